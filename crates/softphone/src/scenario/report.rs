//! What happens, written down: for people, one JSON object a line, JUnit XML.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event as Xml};

use super::run::{Event, Outcome};

/// A line for people; nothing for what says nothing by itself.
pub fn line(event: &Event, quiet: bool) -> Option<String> {
    Some(match event {
        Event::Began { scenario } => format!("── {scenario}"),
        Event::Step { failed: None, .. } if quiet => return None,
        Event::Step { line, step, took_ms, found, failed: None } => {
            let found = found.as_ref().map_or_else(String::new, |found| format!(": {found}"));
            format!("  ✔ {line:>4}  {step}{found}  ({took_ms:.0} ms)")
        }
        Event::Step { line, step, failed: Some(why), .. } => {
            format!("  ✘ {line:>4}  {step}\n          {why}")
        }
        Event::Said { text } => format!("       {text}"),
        Event::Ended(outcome) => ended(outcome),
    })
}

fn ended(outcome: &Outcome) -> String {
    let secs = outcome.took_ms / 1000.0;
    match &outcome.failed {
        None => format!("✔ {}: {} steps in {secs:.1} s", outcome.scenario, outcome.steps),
        Some(failed) => format!("✘ {}: {failed}", outcome.scenario),
    }
}

/// One JSON object.
pub fn json(event: &Event) -> String {
    // All of it is text and numbers.
    serde_json::to_string(event).unwrap_or_default()
}

/// JUnit's XML, one test case for each scenario.
pub fn junit(outcomes: &[Outcome], out: &mut dyn Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    let failures = outcomes.iter().filter(|outcome| !outcome.is_passed()).count();
    let secs: f64 = outcomes.iter().map(|outcome| outcome.took_ms / 1000.0).sum();
    let counts = [
        ("tests", outcomes.len().to_string()),
        ("failures", failures.to_string()),
        ("time", format!("{secs:.3}")),
    ];
    xml.write_event(Xml::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut suite = BytesStart::new("testsuite");
    suite.push_attribute(("name", "lineside phone run"));
    counts.iter().for_each(|(key, value)| suite.push_attribute((*key, value.as_str())));
    xml.write_event(Xml::Start(suite))?;
    for outcome in outcomes {
        let time = format!("{:.3}", outcome.took_ms / 1000.0);
        let mut case = BytesStart::new("testcase");
        case.push_attribute(("name", plain(&outcome.scenario).as_str()));
        case.push_attribute(("classname", "scenario"));
        case.push_attribute(("time", time.as_str()));
        let Some(failed) = &outcome.failed else {
            xml.write_event(Xml::Empty(case))?;
            continue;
        };
        xml.write_event(Xml::Start(case))?;
        let mut failure = BytesStart::new("failure");
        failure.push_attribute(("message", plain(&failed.why).as_str()));
        xml.write_event(Xml::Start(failure))?;
        xml.write_event(Xml::Text(BytesText::new(&plain(&failed.to_string()))))?;
        xml.write_event(Xml::End(BytesEnd::new("failure")))?;
        xml.write_event(Xml::End(BytesEnd::new("testcase")))?;
    }
    xml.write_event(Xml::End(BytesEnd::new("testsuite")))?;
    writeln!(xml.into_inner())
}

/// What XML can hold: it has no way to write most control characters.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}
