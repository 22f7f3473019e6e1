//! The words of a scenario file, once: the reader, the reference in docs/scenarios.md and the JSON schema come
//! from these tables.

use std::fmt::Write;

use serde_json::{Value, json};

use super::subject::SUBJECTS;

/// A kind of step: the key that makes it one, the keys that may stand beside it.
#[derive(Debug)]
pub struct Word {
    /// The key.
    pub key: &'static str,
    /// What else the table may hold.
    pub beside: &'static [&'static str],
    /// Whether subjects may stand beside it too.
    pub subjects: bool,
    /// What it does.
    pub meaning: &'static str,
    /// How it is written.
    pub example: &'static str,
}

const fn word(
    key: &'static str,
    beside: &'static [&'static str],
    example: &'static str,
    meaning: &'static str,
) -> Word {
    Word { key, beside, subjects: false, meaning, example }
}

const fn seeing(
    key: &'static str,
    beside: &'static [&'static str],
    example: &'static str,
    meaning: &'static str,
) -> Word {
    Word { key, beside, subjects: true, meaning, example }
}

/// The kinds of steps. A step with none of these keys has the name of a phone as its key: see [`ACT`].
pub const STEPS: &[Word] = &[
    seeing(
        "expect",
        &["within", "message", "sent", "fields"],
        r#"{ expect = "b", ring = "inside", calling = "1001", within = 3 }"#,
        "Waits until the phone shows all of this at the same time; for a registration at least 15 seconds unless `within` says less. `message` waits for a message of the server (with `sent = true`: of the phone) that came after the last one expected of this phone; `fields` are its fields.",
    ),
    seeing(
        "never",
        &["within", "message", "sent", "fields"],
        r#"{ never = "b", ring = true, within = 1 }"#,
        "The same must *not* be seen for so long.",
    ),
    word(
        "hear",
        &[
            "from",
            "correlation",
            "delay_max_ms",
            "level_db",
            "tone_hz",
            "digits",
            "silence",
            "sound",
            "within",
        ],
        r#"{ hear = "b", from = "a" }"#,
        "What `a` says from now on is found in what `b` hears (correlation at least 0.8, delay at most 1000 ms unless said otherwise, `level_db`: so many decibels louder or less loud at most; the report has all three); or a tone of `tone_hz`, or `digits` (as telephone events, as tones in the sound, or as messages that make the phone play them), or any `sound = true`, or `silence = true` for as long as `within` says.",
    ),
    word(
        "booted",
        &["asked", "over", "server"],
        r#"{ booted = "a", asked = ["!CTLSEP001122334455.tlv", "SEP001122334455.cnf.xml"], over = "TFTP", server = "192.0.2.1:2000" }"#,
        "A phone with `boot` asked for these files, in this order, others in between allowed; `!` before a name: it was not there. `over`: all of them by TFTP or HTTP. `server`: where its files send it first.",
    ),
    word(
        "take",
        &[],
        r#"{ take = "a", notice = "slot" }"#,
        "Takes what a subject shows into a variable; `$slot_digits` then has its digits only.",
    ),
    word("set", &[], r#"{ set = { b = "1002" } }"#, "Sets variables."),
    word("wait", &[], "{ wait = 0.5 }", "Lets time pass, in seconds."),
    word("log", &[], r#"{ log = "now the hard part" }"#, "A line in the report."),
    word("fail", &[], r#"{ fail = "it rang" }"#, "Ends the scenario as failed."),
    word(
        "send",
        &["message", "fields", "hex", "cut", "length"],
        r#"{ send = "a", message = "KeypadButton", fields = { kp_button = "Five" } }"#,
        "Sends a message by name with fields as `lineside encode` takes them, or bytes (`hex`, header included); `cut` sends only so many bytes of it, `length` makes the header lie.",
    ),
    word(
        "network",
        &["keepalives", "frozen", "reset", "close", "segment_bytes", "read_bytes_per_sec", "normal"],
        r#"{ network = "a", segment_bytes = 1 }"#,
        "Disturbs the phone's connection: `keepalives = false` sends none, `frozen = true` neither reads nor writes (half open), `reset = true` sends RST, `close = true` closes, `segment_bytes` writes so many at a time, `read_bytes_per_sec` reads slowly, `normal = true` ends all of it.",
    ),
    word(
        "repeat",
        &["as", "steps"],
        r#"{ repeat = 3, as = "n", steps = [ … ] }"#,
        "The steps several times; `n` counts from 1.",
    ),
    word(
        "each",
        &["steps"],
        r#"{ each = "numbers.csv", steps = [ … ] }"#,
        "The steps for each row of a CSV file, whose first row names the variables.",
    ),
    seeing(
        "if",
        &["within", "message", "sent", "fields", "steps", "else"],
        r#"{ if = "a", prompt = "Enter", steps = [ … ], else = [ … ] }"#,
        "Steps only if the phone shows that (now, or `within` seconds).",
    ),
    word(
        "when",
        &["is", "steps", "else"],
        r#"{ when = "$n", is = "2", steps = [ … ] }"#,
        "Steps only if two texts are the same.",
    ),
    word(
        "choose",
        &[],
        "{ choose = [ [ … ], [ … ] ] }",
        "One of several lists of steps, by chance; `--seed` repeats it.",
    ),
    word(
        "parallel",
        &[],
        "{ parallel = [ [ … ], [ … ] ] }",
        "Lists of steps at the same time, each with copies of the variables.",
    ),
    word(
        "barrier",
        &["within"],
        r#"{ barrier = "both are ready" }"#,
        "Waits until all branches of the `parallel` that have this barrier are here.",
    ),
    word(
        "run",
        &["with"],
        r#"{ run = "call.toml", with = { b = "1002" } }"#,
        "Another file's steps, with this one's phones and variables; phones that this one lacks are added.",
    ),
];

/// The step whose key is the name of a phone.
pub const ACT: Word = word(
    "PHONE",
    &["refused", "within"],
    r#"{ a = ["offhook", "keys 1002"] }"#,
    "The phone obeys commands of its console: `dial 1002`, `press Hold`, `keys 12#`, `line 2`, `speeddial 1`, `button Transfer`, `offhook`, `onhook`, `speaker`, `headset`, `answer`, `hangup`, `hold`, `resume`, `redial`, `enbloc 1002`, `select 0x12`, `unregister`, `power on`, `power off`, `choose Lock` (the entry of a page that the server pushed that begins so), `stream hear 239.1.1.1:20480`, `stream speak 127.0.0.1:20480`, `stream off` (sound without a call), `play FILE`, `record FILE`, `record off`, `say speech 7`, `say nothing`. A key that is not there yet is waited for; `hangup` and `onhook` wait until the call is gone, half a second at most. `refused` wants a refusal with these words.",
);

/// Keys of a phone's table, what each is.
pub const SEAT: &[(&str, &str)] = &[
    ("device", "device name, such as SEP001122334455; two phones may have the same"),
    ("model", "the model: 7960 (the default), 7965, 30VIP …"),
    ("servers", "its servers in order; those of the command line where there are none"),
    (
        "boot",
        "a file server (host, or host:port for TFTP at another port): it fetches its files there before it registers, in its model's order, and registers where they say, unless `servers` does",
    ),
    ("bind", "the address from which it connects; several phones may share one"),
    ("say", "what it says: `speech N` (test speech, the default), `nothing`, or a WAV file"),
    ("off", "true: without power until `power on`"),
    ("strict", "true: it hangs up on what its model would choke on"),
    ("token", "true: it asks for a token before it registers"),
    ("standby", "true: it holds a connection to its second server"),
    ("reconnect_in_call", "true: it comes back in mid-call, as wireless phones do"),
];

/// Keys of the file itself.
pub const FILE: &[(&str, &str)] = &[
    ("name", "what it is called in reports; the file's name where it is absent"),
    ("description", "what it shows"),
    ("within", "how long expectations wait unless they say so, in seconds; 5 where it is absent"),
    ("variables", "variables and their values; `--set NAME=VALUE` overrides them"),
    ("phones", "a table for each phone"),
    ("steps", "what happens"),
];

/// The kind of step with a key.
pub(super) fn find(key: &str) -> Option<&'static Word> {
    STEPS.iter().find(|word| word.key == key)
}

/// The reference of the files, as it stands in docs/scenarios.md.
pub fn reference() -> String {
    let mut text = String::new();
    // A String takes everything.
    let _ = write_reference(&mut text);
    text
}

fn write_reference(text: &mut String) -> std::fmt::Result {
    writeln!(text, "### The file\n\n| key | what |\n|---|---|")?;
    FILE.iter().try_for_each(|(key, what)| writeln!(text, "| `{key}` | {what} |"))?;
    writeln!(text, "\n### `[phones.NAME]`\n\n| key | what |\n|---|---|")?;
    SEAT.iter().try_for_each(|(key, what)| writeln!(text, "| `{key}` | {what} |"))?;
    writeln!(text, "\n### Steps\n\n| step | what it does |\n|---|---|")?;
    for word in std::iter::once(&ACT).chain(STEPS) {
        writeln!(text, "| `{}` | {} |", word.example, word.meaning)?;
    }
    writeln!(
        text,
        "\n### Subjects of `expect`, `never`, `if` and `take`\n\n| subject | what | for example |\n|---|---|---|"
    )?;
    SUBJECTS.iter().try_for_each(|s| writeln!(text, "| `{}` | {} | `{}` |", s.name, s.meaning, s.example))
}

/// A JSON schema of the files, for editors.
pub fn schema() -> Value {
    let scalar = json!({ "type": ["string", "number", "boolean"] });
    let steps = json!({ "type": "array", "items": { "$ref": "#/$defs/step" } });
    let kinds: Vec<Value> = STEPS.iter().map(|word| kind_schema(word, &steps)).collect();
    let act = json!({
        "type": "object", "minProperties": 1, "maxProperties": 3,
        "propertyNames": { "not": { "enum": STEPS.iter().map(|word| word.key).collect::<Vec<_>>() } },
        "additionalProperties": { "type": ["string", "array", "number"] },
        "description": ACT.meaning,
    });
    let seat: serde_json::Map<_, _> =
        SEAT.iter().map(|(key, what)| ((*key).to_owned(), json!({ "description": what }))).collect();
    let describe = |key: &str| FILE.iter().find(|(name, _)| *name == key).map_or("", |(_, what)| *what);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of lineside phone run",
        "type": "object",
        "required": ["phones", "steps"],
        "additionalProperties": false,
        "properties": {
            "name": { "type": "string", "description": describe("name") },
            "description": { "type": "string", "description": describe("description") },
            "within": { "type": "number", "description": describe("within") },
            "variables": { "type": "object", "additionalProperties": scalar, "description": describe("variables") },
            "phones": { "type": "object", "description": describe("phones"), "additionalProperties": {
                "type": "object", "required": ["device"], "additionalProperties": false, "properties": seat,
            } },
            "steps": steps,
        },
        "$defs": { "step": { "anyOf": [{ "oneOf": kinds }, act] } },
    })
}

fn kind_schema(word: &Word, steps: &Value) -> Value {
    let mut properties = serde_json::Map::new();
    let beside = word
        .beside
        .iter()
        .copied()
        .chain(SUBJECTS.iter().map(|s| s.name).filter(|_| word.subjects || word.key == "take"));
    for key in beside {
        let of = if matches!(key, "steps" | "else") { steps.clone() } else { json!({}) };
        properties.insert(key.to_owned(), of);
    }
    properties.insert(word.key.to_owned(), json!({ "description": word.meaning }));
    json!({ "type": "object", "required": [word.key], "additionalProperties": false, "properties": properties })
}
