//! Texts as numbers, words and signs.

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Digits,
    Letters,
}

/// Splits a text where letters, digits and signs meet. A dot belongs to a number if it is its only
/// one and stands inside it, else it is a token of its own; a comma likewise, and becomes a dot.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let characters: Vec<char> = text.chars().filter(|c| *c != '\0').collect();
    let mut at = 0;
    while let Some(&first) = characters.get(at) {
        let Some(kind) = kind(first) else {
            let sign = if first.is_whitespace() { ' ' } else { first };
            tokens.push(sign.to_string());
            at += 1;
            continue;
        };
        let run = run(characters.get(at..).unwrap_or_default(), kind);
        at += run.text.chars().count();
        run.push_parts(&mut tokens);
    }
    tokens
}

fn kind(c: char) -> Option<Kind> {
    if c.is_ascii_digit() {
        Some(Kind::Digits)
    } else if c.is_alphabetic() {
        Some(Kind::Letters)
    } else {
        None
    }
}

/// Letters and digits, with the dots between them.
struct Run {
    text: String,
    is_dotted: bool,
    has_letters: bool,
    ends_as: Kind,
}

fn run(characters: &[char], first: Kind) -> Run {
    let mut run = Run {
        text: String::new(),
        is_dotted: false,
        has_letters: false,
        ends_as: first,
    };
    for &c in characters {
        let after_dot = run.text.ends_with(['.', ',']) && run.text.ends_with('.');
        let goes_on = match kind(c) {
            Some(kind) if kind == run.ends_as => true,
            // After a dot the kind may change: `Sep.20`.
            Some(kind) if run.is_dotted && after_dot => {
                run.ends_as = kind;
                true
            }
            Some(_) => false,
            None if c == '.' => {
                run.is_dotted = true;
                true
            }
            None if c == ',' => {
                let is_number = run.ends_as == Kind::Digits && !run.is_dotted;
                let is_decimal = is_number && run.text.len() >= 2;
                run.is_dotted |= is_decimal;
                is_decimal
            }
            None => false,
        };
        if !goes_on {
            break;
        }
        run.has_letters |= kind(c) == Some(Kind::Letters) && !run.text.is_empty()
            || run.ends_as == Kind::Letters && !run.text.is_empty();
        run.text.push(c);
    }
    run
}

impl Run {
    fn push_parts(self, tokens: &mut Vec<String>) {
        let dots = self.text.matches('.').count();
        let is_open = self.text.ends_with(['.', ',']);
        if self.is_dotted && (self.has_letters || dots > 1 || is_open) {
            let mut part = String::new();
            for c in self.text.chars() {
                if c == '.' || c == ',' {
                    if !part.is_empty() {
                        tokens.push(std::mem::take(&mut part));
                    }
                    tokens.push(c.to_string());
                } else {
                    part.push(c);
                }
            }
            if !part.is_empty() {
                tokens.push(part);
            }
        } else if self.is_dotted && self.ends_as == Kind::Digits && dots == 0 {
            tokens.push(self.text.replace(',', "."));
        } else {
            tokens.push(self.text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn dots_belong_to_numbers_or_stand_alone() {
        assert_eq!(split("4:30.5"), ["4", ":", "30.5"]);
        assert_eq!(split("30,5"), ["30.5"]);
        assert_eq!(split("1,5"), ["1", ",", "5"]);
        assert_eq!(split("Sep.20.2009"), ["Sep", ".", "20", ".", "2009"]);
        assert_eq!(split("31.1.25"), ["31", ".", "1", ".", "25"]);
        assert_eq!(split("10h36m"), ["10", "h", "36", "m"]);
        assert_eq!(split("a\tb"), ["a", " ", "b"]);
    }
}
