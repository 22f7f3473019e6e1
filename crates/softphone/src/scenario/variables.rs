//! Variables: `$name`, `${name}`, `${env:HOME}`; `$$` is a dollar sign.

use std::collections::BTreeMap;

/// What names stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables(pub BTreeMap<String, String>);

impl Variables {
    pub fn set(&mut self, name: &str, value: String) {
        let digits: String = value.chars().filter(char::is_ascii_digit).collect();
        self.0.insert(format!("{name}_digits"), digits);
        self.0.insert(name.to_owned(), value);
    }

    /// A text with its variables filled in; the name of one that nobody set otherwise.
    pub fn fill(&self, text: &str) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            filled.push_str(before);
            let (name, tail) = name_of(after);
            match name {
                "$" => filled.push('$'),
                "" => return Err("$".to_owned()),
                name => filled.push_str(&self.value(name).ok_or_else(|| name.to_owned())?),
            }
            rest = tail;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&self, name: &str) -> Option<String> {
        match name.strip_prefix("env:") {
            Some(name) => std::env::var(name).ok(),
            None => self.0.get(name).cloned(),
        }
    }
}

/// The name at the start of a text, and what follows it.
fn name_of(text: &str) -> (&str, &str) {
    if let Some(rest) = text.strip_prefix('$') {
        return ("$", rest);
    }
    if let Some(inside) = text.strip_prefix('{') {
        return inside.split_once('}').unwrap_or(("", inside));
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::Variables;

    #[test]
    fn names_are_filled_in() {
        let mut variables = Variables::default();
        variables.set("slot", "Park 8001".to_owned());
        for (text, filled) in [
            ("dial $slot_digits#", Ok("dial 8001#")),
            ("${slot}!", Ok("Park 8001!")),
            ("5 $$ and none", Ok("5 $ and none")),
            ("$other", Err("other")),
            ("${env:LINESIDE_NO_SUCH_VARIABLE}", Err("env:LINESIDE_NO_SUCH_VARIABLE")),
            ("$", Err("$")),
        ] {
            let found = variables.fill(text);
            assert_eq!(found.as_deref().map_err(String::as_str), filled, "{text}");
        }
    }
}
