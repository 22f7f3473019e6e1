//! `docs/phones.md`, written from the table by `cargo xtask docs`.

use std::fmt::Write;

use skinny::catalogue;

use super::outbound::{Needs, RULES};
use super::{Clock, Fetch, File, Generation, Model, Text, Verified, addon, all};

const INTRODUCTION: &str = "\
# Phones

What Lineside knows of each model: the table in `crates/exchange/src/model/`, written here by
`cargo xtask docs`. Registration, screens, provisioning and `lineside check` go by the same table.

Nobody has tried a physical phone yet: the facts are from captures, from Cisco's documents and from what users
of other servers report. So every model says \"unverified\", and what is wrong can be overridden per device
without a new release. `lineside phone-check SEP…` leads you through a check of a phone and keeps a capture of
it that we would like to see.
";

const COLUMNS: &str = "\
- **version**: the highest protocol version that the model was seen to speak.
- **lines**: lines and buttons of the phone itself; \"+ 2\": so many modules can be attached.
- **text**: the encoding when the phone does not say that it takes UTF-8.
- **clock**: \"calendar\" phones show the date and time that they are told, in the server's time zone; \"zone\"
  phones add the time zone of their configuration file to UTC.
- **file**: what configures it; \"full\", \"short\" and \"small\" are forms of `SEP<MAC>.cnf.xml`
  ([provisioning](provisioning.md)).
- **loads**: how the names of its SCCP firmware begin, and one that others have run.
";

/// The whole document.
pub fn markdown() -> String {
    let mut text = String::from(INTRODUCTION);
    text.push_str("\n## Models\n\n");
    text.push_str(COLUMNS);
    for generation in Generation::ALL {
        models(&mut text, *generation);
    }
    modules(&mut text);
    messages(&mut text);
    text
}

fn models(text: &mut String, generation: Generation) {
    let _ = writeln!(text, "\n### {}\n", generation.name());
    text.push_str(
        "| model | type | version | lines | screen | softkeys | text | clock | file | loads | verified | to know |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for model in all().filter(|model| model.generation == generation) {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            model.name(),
            model.device_type.0,
            model.version,
            lines(model),
            model.screen(),
            dash(model.softkeys),
            encoding(model.text),
            clock(model),
            file(model),
            loads(model.load, model.load_known),
            verified(model.verified),
            model.note,
        );
    }
}

fn lines(model: &Model) -> String {
    let own = if model.lines == model.buttons {
        model.lines.to_string()
    } else {
        format!("{} of {} buttons", model.lines, model.buttons)
    };
    if model.modules == 0 { own } else { format!("{own} + {}", model.modules) }
}

fn dash(number: u8) -> String {
    if number == 0 { "–".into() } else { number.to_string() }
}

fn encoding(text: Text) -> &'static str {
    match text {
        Text::SingleByte => "Latin-1",
        Text::Utf8 => "UTF-8",
        Text::None => "–",
    }
}

fn clock(model: &Model) -> &'static str {
    match (model.display, model.clock) {
        (None, _) => "–",
        (_, Clock::Calendar) => "calendar",
        (_, Clock::Zone) => "zone",
    }
}

fn file(model: &Model) -> String {
    let form = match model.file {
        File::Full => "full",
        File::Short => "short",
        File::Small => "small",
        File::Binary => return "binary, unknown".into(),
        File::Own => return "its own web page".into(),
        File::None => return "–".into(),
    };
    let way = match model.fetch {
        Fetch::Tftp => "TFTP",
        Fetch::HttpThenTftp => "HTTP, TFTP",
    };
    format!("{form} ({way})")
}

fn loads(begins: &str, known: &str) -> String {
    match (begins, known) {
        ("", _) => "–".into(),
        (begins, "") => format!("`{begins}…`"),
        (begins, known) => format!("`{begins}…`, `{known}`"),
    }
}

fn verified(verified: Verified) -> String {
    match verified {
        Verified::No => "unverified".into(),
        Verified::By { who, load } => format!("{who}, {load}"),
    }
}

fn modules(text: &mut String) {
    text.push_str(
        "\n## Modules\n\n| module | type | buttons | phones | loads | to know |\n|---|---|---|---|---|---|\n",
    );
    for module in addon::ALL {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            module.name,
            module.device_type.0,
            module.buttons,
            module.phones,
            loads(module.load, ""),
            module.note,
        );
    }
}

fn messages(text: &mut String) {
    text.push_str(
        "\n## Messages by generation\n\n\
         What a generation has no mark for is never sent to it: a 7975 hangs up on ClearDisplay, a 7911 resets on\n\
         messages that it does not know. \"v17\" needs protocol version 17, \"dynamic\" feature bit 24 as well,\n\
         \"softkeys\" a model that has some.\n\n",
    );
    let names: Vec<&str> = Generation::ALL.iter().map(|generation| generation.name()).collect();
    let _ = writeln!(text, "| message | {} | needs |", names.join(" | "));
    let _ = writeln!(text, "|---{}|---|", "|---".repeat(names.len()));
    // Those that only hardware knows are not for phones.
    for rule in RULES.iter().filter(|rule| Generation::ALL.iter().any(|phones| rule.is_known_to(*phones))) {
        let name = catalogue::find(rule.id).map_or("?", |entry| entry.name);
        let mark = |generation: &Generation| if rule.is_known_to(*generation) { "✓" } else { "" };
        let marks: Vec<&str> = Generation::ALL.iter().map(mark).collect();
        let needs = match rule.needs {
            Needs::Nothing => "",
            Needs::Modern => "v17",
            Needs::Dynamic => "dynamic",
            Needs::Softkeys => "softkeys",
        };
        let _ = writeln!(text, "| {name} ({:#06x}) | {} | {needs} |", rule.id, marks.join(" | "));
    }
}
