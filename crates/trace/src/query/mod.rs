//! The small language of filters and expectations.
//!
//! ```text
//! expression = term { ("and" | "," | "or") term }        "and" binds tighter than "or"; a comma is an "and"
//! term       = "not" term | "(" expression ")" | test
//! test       = field operator value | word
//! operator   = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~"       "~": contains, whatever the letter case
//! ```
//!
//! Text values may hold `*` for any characters. Times take `us`, `ms`, `s`, `min` (milestones count in ms, `duration`
//! and `talk` in s without one), ratios take `%`. Fields, words and what they mean: [`FIELDS`], [`WORDS`] and the names
//! of findings and outcomes. What is not known fails every test but `!=` and `not`.

mod parse;
#[cfg(test)]
mod tests;
mod values;

use crate::analysis::{Analysis, Call};

pub use parse::QueryError;
pub use values::{FIELDS, WORDS};
use values::{Field, Value, Word};

/// A parsed filter or expectation.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    node: Node,
    text: String,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    And(Vec<Query>),
    Or(Vec<Query>),
    Not(Box<Query>),
    Test(Field, Operator, Operand),
    Word(Word),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Text(String),
    Number(f64),
}

impl Query {
    /// Reads one.
    ///
    /// # Errors
    /// When it is not understood; the error says where and what may stand there.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        parse::parse(text)
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a call is meant.
    pub fn matches(&self, analysis: &Analysis, call: &Call) -> bool {
        match &self.node {
            Node::And(parts) => parts.iter().all(|part| part.matches(analysis, call)),
            Node::Or(parts) => parts.iter().any(|part| part.matches(analysis, call)),
            Node::Not(part) => !part.matches(analysis, call),
            Node::Word(word) => word.holds(call),
            Node::Test(field, operator, operand) => test(&field.of(analysis, call), *operator, operand),
        }
    }

    /// The parts that must all hold, each to be told on its own.
    pub fn expectations(&self) -> Vec<&Query> {
        match &self.node {
            Node::And(parts) => parts.iter().flat_map(Query::expectations).collect(),
            _ => vec![self],
        }
    }

    /// What a call has in place of what is expected, for a test of a field.
    pub fn found(&self, analysis: &Analysis, call: &Call) -> Option<String> {
        let Node::Test(field, ..) = &self.node else { return None };
        let values = field.of(analysis, call);
        let shown: Vec<String> = values.iter().map(Value::to_string).collect();
        Some(if shown.is_empty() { "not seen".into() } else { shown.join(", ") })
    }
}

fn test(values: &[Value], operator: Operator, operand: &Operand) -> bool {
    match operator {
        Operator::Unequal => !values.iter().any(|value| compare(value, Operator::Equal, operand)),
        _ => values.iter().any(|value| compare(value, operator, operand)),
    }
}

fn compare(value: &Value, operator: Operator, operand: &Operand) -> bool {
    match (value, operand) {
        (Value::Number(value), Operand::Number(wanted)) => match operator {
            Operator::Equal => (value - wanted).abs() < 1e-9,
            Operator::Less => value < wanted,
            Operator::LessOrEqual => value <= wanted,
            Operator::Greater => value > wanted,
            Operator::GreaterOrEqual => value >= wanted,
            Operator::Unequal | Operator::Contains => false,
        },
        (Value::Text(value), Operand::Text(wanted)) => match operator {
            Operator::Equal => glob(&wanted.to_lowercase(), &value.to_lowercase()),
            Operator::Contains => value.to_lowercase().contains(&wanted.to_lowercase()),
            _ => false,
        },
        _ => false,
    }
}

/// Whether `text` fits `pattern`, in which `*` stands for any characters.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(part) = last.replace(part) {
            let Some(at) = str::find(rest, part) else { return false };
            rest = &rest[at + part.len()..];
        }
    }
    match last {
        None => rest.is_empty(),
        Some(end) => rest.len() >= end.len() && rest.ends_with(end),
    }
}
