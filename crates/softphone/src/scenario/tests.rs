//! Files that are right, files that are wrong, and what the words mean.

use std::path::Path;

use super::subject::{find, matches};
use super::*;

fn fault(text: &str) -> String {
    Scenario::parse(text, Path::new(".")).expect_err("there is a mistake").to_string()
}

#[test]
fn mistakes_are_told_with_their_line() {
    for (text, expect) in [
        ("name = \n", "line 1: "),
        ("\nnam = 'x'", "line 2: \"nam\" means nothing here; the nearest that does is \"name\""),
        ("[phones.a]\nmodel = '7960'", "line 1: device is missing"),
        ("[phones.run]\ndevice = 'x'", "line 1: no phone can be called \"run\""),
        ("steps = [\n { a = 'dail 1002' },\n]", "line 2: \"dail\" is no command"),
        (
            "steps = [\n { expect = 'a', promt = 'x' },\n]",
            "line 2: \"promt\" means nothing here; the nearest that does is \"prompt\"",
        ),
        (
            "steps = [\n { say = 'it rings' },\n]\n[phones.a]\ndevice = 'x'",
            "line 2: \"say\" is neither a kind of step nor a phone of this file; the nearest kind is ",
        ),
        ("steps = [{ expect = 'a' }]", "line 1: what is to be seen is missing"),
        (
            "steps = [{ expect = 'a', message = 'SetLampp' }]",
            "line 1: \"SetLampp\" means nothing here; the nearest that does is \"SetLamp\"",
        ),
        ("steps = [{ send = 'a' }]", "line 1: message or hex, one of them is missing"),
        (
            "steps = [{ repeat = 2, step = [] }]",
            "line 1: \"step\" means nothing here; the nearest that does is \"steps\"",
        ),
        ("within = 'soon'", "line 1: a number of seconds belongs here"),
        ("steps = [{}]", "line 1: the step is empty"),
        ("steps = [{ run = 'no such file.toml' }]", "line 1: ./no such file.toml: "),
    ] {
        let told = fault(text);
        assert!(told.starts_with(expect), "{text}\n{told}");
    }
}

#[test]
fn every_example_of_the_reference_is_read() {
    for word in std::iter::once(&ACT).chain(STEPS).filter(|word| word.key != "run") {
        let text = format!("steps = [\n{}\n]", word.example.replace('…', r#"{ a = "offhook" }"#));
        Scenario::parse(&text, Path::new(".")).unwrap_or_else(|fault| panic!("{}: {fault}", word.example));
    }
}

#[test]
fn values_are_compared_as_people_write_them() {
    let (call, prompt) = (find("call").expect("a subject"), find("prompt").expect("a subject"));
    let some = |text: &str| vec![text.to_owned()];
    for (subject, values, wanted, expect) in [
        (call, some("ring out"), "RingOut", true),
        (call, some("ring out"), "ring", false),
        (call, some("ring out"), "!connected", true),
        (call, vec![], "none", true),
        (call, some("hold"), "none", false),
        (prompt, some("From Alice 1001"), "from alice", true),
        (prompt, some("From Alice 1001"), "=From Alice", false),
        (prompt, some("From Alice 1001"), "=From Alice 1001", true),
        (prompt, vec![], "true", false),
        (prompt, some("x"), "true", true),
    ] {
        assert_eq!(matches(subject, &values, wanted), expect, "{} {values:?} {wanted}", subject.name);
    }
}

#[test]
fn the_schema_knows_every_word() {
    let schema = schema().to_string();
    let keys = STEPS.iter().flat_map(|word| word.beside.iter().chain(std::iter::once(&word.key)));
    for key in keys.copied().chain(subject::SUBJECTS.iter().map(|subject| subject.name)) {
        assert!(schema.contains(&format!("\"{key}\"")), "{key}");
    }
}
