//! Reads a filter.

use super::values::{Field, Unit, Word};
use super::{Node, Operand, Operator, Query};

/// Parentheses within parentheses.
const DEPTH_MAX: usize = 32;
/// Longest filter, in bytes.
const TEXT_MAX: usize = 4096;

/// Why a filter is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// No such field.
    #[error("{field} is no field of a call{hint}; `lineside trace fields` lists them")]
    UnknownField {
        /// What stands there.
        field: String,
        /// The nearest one.
        hint: String,
    },
    /// No such word.
    #[error("{word} is nothing that a call can be{hint}; `lineside trace fields` lists the words")]
    UnknownWord {
        /// What stands there.
        word: String,
        /// The nearest one.
        hint: String,
    },
    /// A number was wanted.
    #[error("{field} is compared with a number, and {value} is none")]
    NoNumber {
        /// The field.
        field: String,
        /// What stands there.
        value: String,
    },
    /// Texts have no order.
    #[error("{field} is a text: it can be compared with =, != and ~ only")]
    NoOrder {
        /// The field.
        field: String,
    },
    /// Something is missing.
    #[error("after \"{after}\" {wanted} is missing")]
    Missing {
        /// What stands before the place.
        after: String,
        /// What should stand there.
        wanted: &'static str,
    },
    /// Something is too much.
    #[error("\"{text}\" is too much here")]
    TooMuch {
        /// What.
        text: String,
    },
    /// Longer than 4096 bytes, or more than 32 parentheses deep.
    #[error("the filter is too long or too deep")]
    TooLarge,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Operator(Operator),
    Open,
    Close,
    Comma,
}

pub(super) fn parse(text: &str) -> Result<Query, QueryError> {
    if text.len() > TEXT_MAX {
        return Err(QueryError::TooLarge);
    }
    let mut parser = Parser { tokens: tokens(text), at: 0, depth: 0 };
    let query = parser.either()?;
    match parser.tokens.get(parser.at) {
        None => Ok(query),
        Some(token) => Err(QueryError::TooMuch { text: show(token) }),
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, len) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '=' => (Token::Operator(Operator::Equal), if rest.starts_with("==") { 2 } else { 1 }),
            '~' => (Token::Operator(Operator::Contains), 1),
            '!' if rest.starts_with("!=") => (Token::Operator(Operator::Unequal), 2),
            '<' if rest.starts_with("<=") => (Token::Operator(Operator::LessOrEqual), 2),
            '>' if rest.starts_with(">=") => (Token::Operator(Operator::GreaterOrEqual), 2),
            '<' => (Token::Operator(Operator::Less), 1),
            '>' => (Token::Operator(Operator::Greater), 1),
            '"' | '\'' => {
                let inside = &rest[1..];
                let end = inside.find(first).unwrap_or(inside.len());
                (Token::Quoted(inside[..end].to_owned()), (end + 2).min(rest.len()))
            }
            _ => {
                let stops = |c: char| c.is_whitespace() || "(),=~<>\"'".contains(c);
                let end = rest[first.len_utf8()..].find(stops).map_or(rest.len(), |at| at + first.len_utf8());
                let word = rest[..end]
                    .strip_suffix('!')
                    .filter(|_| rest[end..].starts_with('='))
                    .unwrap_or(&rest[..end]);
                (Token::Word(word.to_owned()), word.len().max(1))
            }
        };
        tokens.push(token);
        rest = rest[len..].trim_start();
    }
    tokens
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek_word(&self, wanted: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted))
    }

    fn either(&mut self) -> Result<Query, QueryError> {
        let start = self.at;
        let mut parts = vec![self.all()?];
        while self.peek_word("or") {
            self.at += 1;
            parts.push(self.all()?);
        }
        Ok(self.joined(start, parts, Node::Or))
    }

    fn all(&mut self) -> Result<Query, QueryError> {
        let start = self.at;
        let mut parts = vec![self.term()?];
        while self.peek_word("and") || self.tokens.get(self.at) == Some(&Token::Comma) {
            self.at += 1;
            parts.push(self.term()?);
        }
        Ok(self.joined(start, parts, Node::And))
    }

    fn joined(&self, start: usize, mut parts: Vec<Query>, node: fn(Vec<Query>) -> Node) -> Query {
        match parts.len() {
            1 => parts.remove(0),
            _ => Query { node: node(parts), text: self.text(start) },
        }
    }

    fn text(&self, start: usize) -> String {
        self.tokens[start..self.at].iter().map(show).collect::<Vec<_>>().join(" ")
    }

    fn term(&mut self) -> Result<Query, QueryError> {
        let start = self.at;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(QueryError::TooLarge);
        }
        let node = match self.tokens.get(self.at).cloned() {
            Some(Token::Open) => {
                self.at += 1;
                let inside = self.either()?;
                if self.tokens.get(self.at) != Some(&Token::Close) {
                    return Err(self.missing("a closing parenthesis"));
                }
                self.at += 1;
                self.depth -= 1;
                return Ok(inside);
            }
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("not") => {
                self.at += 1;
                Node::Not(Box::new(self.term()?))
            }
            Some(Token::Word(word)) => {
                self.at += 1;
                self.test(word)?
            }
            Some(token @ (Token::Close | Token::Operator(_) | Token::Comma | Token::Quoted(_))) => {
                return Err(QueryError::TooMuch { text: show(&token) });
            }
            None => return Err(self.missing("a field or a word")),
        };
        self.depth -= 1;
        Ok(Query { node, text: self.text(start) })
    }

    /// A comparison, or words.
    fn test(&mut self, first: String) -> Result<Node, QueryError> {
        if let Some(Token::Operator(operator)) = self.tokens.get(self.at).cloned() {
            self.at += 1;
            let value = match self.tokens.get(self.at).cloned() {
                Some(Token::Word(value) | Token::Quoted(value)) => value,
                _ => return Err(self.missing("a value")),
            };
            self.at += 1;
            return comparison(&first, operator, value);
        }
        let mut words = vec![first];
        while let Some(Token::Word(word)) = self.tokens.get(self.at) {
            let is_next = ["and", "or", "not"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword));
            let is_field = matches!(self.tokens.get(self.at + 1), Some(Token::Operator(_)));
            if is_next || is_field {
                break;
            }
            words.push(word.clone());
            self.at += 1;
        }
        let name = words.join("-").to_lowercase();
        match Word::by_name(&name) {
            Some(word) => Ok(Node::Word(word)),
            None => {
                let names = Word::names();
                let hint = hint(&name, names.iter().map(String::as_str));
                Err(QueryError::UnknownWord { word: words.join(" "), hint })
            }
        }
    }

    fn missing(&self, wanted: &'static str) -> QueryError {
        QueryError::Missing { after: self.text(0), wanted }
    }
}

fn hint<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&'a str> = names.collect();
    let near = names.iter().find(|known| known.contains(name) || name.contains(**known));
    near.map_or_else(String::new, |near| format!(" (the nearest is {near})"))
}

fn comparison(name: &str, operator: Operator, value: String) -> Result<Node, QueryError> {
    let Some(field) = Field::by_name(&name.to_lowercase()) else {
        let names = super::FIELDS.iter().map(|(name, _)| *name);
        return Err(QueryError::UnknownField { field: name.into(), hint: hint(&name.to_lowercase(), names) });
    };
    let has_order = !matches!(operator, Operator::Equal | Operator::Unequal | Operator::Contains);
    if field.unit() == Unit::Text {
        if has_order {
            return Err(QueryError::NoOrder { field: name.into() });
        }
        return Ok(Node::Test(field, operator, Operand::Text(value)));
    }
    match number(&value, field.unit()) {
        Some(number) => Ok(Node::Test(field, operator, Operand::Number(number))),
        None => Err(QueryError::NoNumber { field: name.into(), value }),
    }
}

/// A number in the field's own unit.
fn number(text: &str, unit: Unit) -> Option<f64> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u32::from_str_radix(digits, 16).ok().map(f64::from);
    }
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).unwrap_or(text.len());
    let value = text[..digits].parse::<f64>().ok()?;
    let seconds = match &text[digits..] {
        "" => return Some(value),
        "%" if unit == Unit::Ratio => return Some(value / 100.0),
        "us" | "µs" => value / 1e6,
        "ms" => value / 1e3,
        "s" => value,
        "min" => value * 60.0,
        _ => return None,
    };
    match unit {
        Unit::Millis => Some(seconds * 1e3),
        Unit::Seconds => Some(seconds),
        _ => None,
    }
}

fn show(token: &Token) -> String {
    match token {
        Token::Word(word) => word.clone(),
        Token::Quoted(text) => format!("\"{text}\""),
        Token::Open => "(".into(),
        Token::Close => ")".into(),
        Token::Comma => ",".into(),
        Token::Operator(operator) => match operator {
            Operator::Equal => "=",
            Operator::Unequal => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Contains => "~",
        }
        .into(),
    }
}
