//! What filters mean, and what is said of wrong ones.

use super::*;
use crate::analysis::{Options, analyse_capture};

fn holds(filter: &str) -> bool {
    let analysis = analyse_capture(&crate::example::capture()[..], Options::default()).expect("a capture").0;
    let query = Query::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    query.matches(&analysis, &analysis.call(0).unwrap())
}

#[test]
fn what_holds_of_the_example() {
    for filter in [
        "answered",
        "caller=1001 and callee=1002",
        "caller=10*, callee!=1003",
        "number=1002 or busy",
        "name ~ alice",
        "phone=SEP*460",
        "setup<200ms",
        "setup<0.2s",
        "setup>=0",
        "not (busy or abandoned)",
        "legs=2 and branches=0",
        "reference=0x1000001",
        "outcome=answered",
        "both-way audio, ended",
    ] {
        assert!(holds(filter), "{filter}");
    }
    for filter in ["busy", "caller=1002", "legs>2", "loss<1%", "finding=loss", "not answered", "no answer"] {
        assert!(!holds(filter), "{filter}");
    }
}

#[test]
fn wrong_filters_are_explained() {
    for (filter, words) in [
        ("", "a field or a word is missing"),
        ("caller=", "a value is missing"),
        ("colour=red", "colour is no field"),
        ("answred", "answred is nothing that a call can be"),
        ("legs=two", "compared with a number"),
        ("caller<5", "=, != and ~ only"),
        ("(answered", "closing parenthesis"),
        ("answered)", "\")\" is too much"),
    ] {
        let error = Query::parse(filter).expect_err(filter).to_string();
        assert!(error.contains(words), "{filter}: {error}");
    }
    assert_eq!(Query::parse(&"(".repeat(1000)), Err(QueryError::TooLarge));
    assert_eq!(Query::parse(&"x".repeat(5000)), Err(QueryError::TooLarge));
}

#[test]
fn stars_stand_for_any_characters() {
    for (pattern, text, fits) in [
        ("a*c", "abc", true),
        ("a*c", "ac", true),
        ("*", "", true),
        ("a*b*c", "abc", true),
        ("a*a", "a", false),
        ("ab", "abc", false),
        ("*b", "ab", true),
    ] {
        assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
    }
}
