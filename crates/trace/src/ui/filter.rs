//! What the user types to see less: words, each of which must be found; `column:word` looks in one column only; `!word` must
//! not be found.

/// A filter, ready to be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    column: Option<String>,
    word: String,
    not: bool,
}

impl Filter {
    /// Of what was typed.
    pub fn parse(text: &str) -> Self {
        let term = |part: &str| {
            let (not, part) = part.strip_prefix('!').map_or((false, part), |rest| (true, rest));
            let (column, word) = match part.split_once(':') {
                Some((column, word))
                    if !column.is_empty() && column.chars().all(|c| c.is_ascii_alphabetic()) =>
                {
                    (Some(column.to_lowercase()), word)
                }
                _ => (None, part),
            };
            Term { column, word: word.to_lowercase(), not }
        };
        Self { terms: text.split_whitespace().map(term).filter(|term| !term.word.is_empty()).collect() }
    }

    /// Whether a row passes; `cells` are its columns with their names.
    pub fn passes(&self, cells: &[(&str, &str)]) -> bool {
        self.terms.iter().all(|term| {
            let of_column = |name: &str| {
                term.column.as_ref().is_none_or(|column| name.to_lowercase().starts_with(column))
            };
            let found = cells
                .iter()
                .any(|(name, value)| of_column(name) && value.to_lowercase().contains(&term.word));
            found != term.not
        })
    }

    /// Whether it lets everything pass.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_columns_and_negation() {
        let cells = [("caller", "321 (Ann)"), ("outcome", "answered")];
        for (text, passes) in [
            ("", true),
            ("ann", true),
            ("caller:321 outcome:answ", true),
            ("outcome:321", false),
            ("!busy", true),
            ("!outcome:answered", false),
            ("!", true),
        ] {
            assert_eq!(Filter::parse(text).passes(&cells), passes, "{text}");
        }
    }
}
