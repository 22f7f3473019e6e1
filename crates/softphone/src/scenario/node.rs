//! A scenario file as a tree whose nodes know their lines. Scalars stay text: a variable may stand anywhere.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Fault, Problem};

/// A value of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub line: usize,
    pub data: Data,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    Text(String),
    Truth(bool),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

/// The lines of a text, to say where something stands.
struct Lines<'t>(&'t str);

impl Lines<'_> {
    fn at(&self, offset: usize) -> usize {
        self.0.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }
}

/// Reads a file.
pub(super) fn parse(text: &str) -> Result<Vec<(String, Node)>, Fault> {
    let lines = Lines(text);
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| lines.at(span.start));
        Fault { line, problem: Problem::Syntax(error.message().to_owned()) }
    })?;
    Ok(entries(table.get_ref(), &lines))
}

fn entries(table: &DeTable<'_>, lines: &Lines<'_>) -> Vec<(String, Node)> {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| (key.span().start, key.get_ref().to_string(), node(value, lines)))
        .collect();
    // In the order in which they are written, so that mistakes are told from the top.
    entries.sort_by_key(|(at, ..)| *at);
    entries.into_iter().map(|(_, key, node)| (key, node)).collect()
}

fn node(value: &Spanned<DeValue<'_>>, lines: &Lines<'_>) -> Node {
    let data = match value.get_ref() {
        DeValue::String(text) => Data::Text(text.to_string()),
        DeValue::Integer(number) => Data::Text(number.as_str().to_owned()),
        DeValue::Float(number) => Data::Text(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Data::Truth(*truth),
        DeValue::Datetime(time) => Data::Text(time.to_string()),
        DeValue::Array(items) => Data::List(items.iter().map(|item| node(item, lines)).collect()),
        DeValue::Table(table) => Data::Table(entries(table, lines)),
    };
    Node { line: lines.at(value.span().start), data }
}

impl Node {
    pub fn fault(&self, problem: Problem) -> Fault {
        Fault { line: self.line, problem }
    }

    fn wrong(&self, wanted: &'static str) -> Fault {
        self.fault(Problem::Kind { wanted })
    }

    /// A scalar as text.
    pub fn text(&self) -> Result<String, Fault> {
        match &self.data {
            Data::Text(text) => Ok(text.clone()),
            Data::Truth(truth) => Ok(truth.to_string()),
            _ => Err(self.wrong("text or a number")),
        }
    }

    pub fn truth(&self) -> Result<bool, Fault> {
        match &self.data {
            Data::Truth(truth) => Ok(*truth),
            _ => Err(self.wrong("true or false")),
        }
    }

    pub fn list(&self) -> Result<&[Node], Fault> {
        match &self.data {
            Data::List(items) => Ok(items),
            _ => Err(self.wrong("a list")),
        }
    }

    /// A list, or one that stands for a list of one.
    pub fn one_or_more(&self) -> &[Node] {
        match &self.data {
            Data::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    pub fn table(&self) -> Result<&[(String, Node)], Fault> {
        match &self.data {
            Data::Table(entries) => Ok(entries),
            _ => Err(self.wrong("a table")),
        }
    }

    /// As JSON, for the fields of a message.
    pub fn json(&self, text: &impl Fn(&str) -> String) -> serde_json::Value {
        use serde_json::Value;
        match &self.data {
            Data::Truth(truth) => Value::Bool(*truth),
            Data::Text(raw) => {
                let said = text(raw);
                said.parse::<i64>().map_or_else(|_| Value::String(said), Value::from)
            }
            Data::List(items) => items.iter().map(|item| item.json(text)).collect(),
            Data::Table(entries) => {
                Value::Object(entries.iter().map(|(key, node)| (key.clone(), node.json(text))).collect())
            }
        }
    }
}
