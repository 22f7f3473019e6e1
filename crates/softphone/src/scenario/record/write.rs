//! The file of a recording.

use std::fmt::Write;

use super::{Recorded, Recorder, Value};

impl Recorder {
    /// The scenario, as a file. What of the capture is not played stands there as a comment.
    pub fn finish(mut self, name: &str) -> String {
        self.flush_all();
        self.expect();
        self.settle_all();
        self.name_redialled();
        let mut text = String::new();
        // A String takes everything.
        let _ = self.write(name, &mut text);
        text
    }

    fn write(&self, name: &str, text: &mut String) -> std::fmt::Result {
        writeln!(text, "name = {}", quoted(name))?;
        if self.players.is_empty() {
            writeln!(text, "# no phone is in this capture: there is nothing to play")?;
        }
        writeln!(text, "steps = [")?;
        self.steps.iter().try_for_each(|step| self.write_step(step, text))?;
        writeln!(text, "]")?;
        for player in &self.players {
            let model = player.phone.profile().model;
            writeln!(
                text,
                "\n[phones.{}]\ndevice = {}\nmodel = {}",
                player.alias,
                quoted(&player.device),
                quoted(model)
            )?;
        }
        Ok(())
    }

    fn write_step(&self, step: &Recorded, steps: &mut String) -> std::fmt::Result {
        match step {
            Recorded::Note(note) => writeln!(steps, "    # {note}"),
            Recorded::Act(place, command) => {
                writeln!(steps, "    {{ {} = {} }},", self.alias(*place), quoted(command))
            }
            Recorded::ActIf(place, state, command) => {
                let (alias, command) = (self.alias(*place), quoted(command));
                let (of, state) = (quoted(alias), quoted(state));
                writeln!(steps, "    {{ if = {of}, call = {state}, steps = [{{ {alias} = {command} }}] }},")
            }
            Recorded::Expect(place, wanted) => {
                write!(steps, "    {{ expect = {}", quoted(self.alias(*place)))?;
                wanted.iter().try_for_each(|(name, value)| write!(steps, ", {name} = {}", value.text()))?;
                writeln!(steps, " }},")
            }
        }
    }

    fn alias(&self, place: usize) -> &str {
        self.players.get(place).map_or("a", |player| player.alias.as_str())
    }
}

impl Value {
    fn text(&self) -> String {
        match self {
            Value::Not(other) => quoted(&format!("!{}", other.replace('$', "$$"))),
            Value::Are(values) => match values.as_slice() {
                [] => quoted("none"),
                [one] => quoted(&escaped(one)),
                more => {
                    let more: Vec<String> = more.iter().map(|value| quoted(&escaped(value))).collect();
                    format!("[{}]", more.join(", "))
                }
            },
        }
    }
}

/// A value that means itself: a dollar sign begins a variable, `!` and `=` say how to compare.
fn escaped(value: &str) -> String {
    let value = value.replace('$', "$$");
    if value.starts_with(['!', '=']) { format!("={value}") } else { value }
}

/// JSON's quoting is TOML's too. What a capture says stays on its line.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}
