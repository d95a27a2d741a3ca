//! Whether SQL is plainly about one row: columns, constants, comparisons, arithmetic, and no more.

/// Words that may stand before a parenthesis without being a function.
const BEFORE_LISTS: [&str; 4] = ["in", "and", "or", "not"];
/// Words and texts that depend on other rows or on the time.
const OTHERS: [&str; 9] = [
    "select",
    "rowid",
    "from",
    "now",
    "today",
    "yesterday",
    "tomorrow",
    "localtime",
    "localtimestamp",
];
/// What may stand between words.
const SIGNS: &str = "=<>!+-*/%.,()";

/// Whether nothing but the row decides; `false` where that is not plain.
pub(super) fn is_plain(sql: &str) -> bool {
    let mut rest = sql.trim();
    let mut word = String::new();
    while let Some(first) = rest.chars().next() {
        if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
            let (one, after) = rest
                .split_at_checked(end.unwrap_or(rest.len()))
                .unwrap_or_default();
            word = one.to_lowercase();
            if OTHERS.contains(&word.as_str()) || word.starts_with("current") {
                return false;
            }
            rest = after;
        } else if first == '\'' || first == '"' {
            let Some((inside, after)) = rest.get(1..).and_then(|inside| inside.split_once(first))
            else {
                return false;
            };
            if first == '\'' && OTHERS.contains(&inside.trim().to_lowercase().as_str()) {
                return false;
            }
            // A quoted name before a parenthesis is a function, too.
            word = format!("{first}{inside}");
            rest = after;
        } else if first.is_whitespace() {
            rest = rest.trim_start();
        } else {
            let is_call =
                first == '(' && !word.is_empty() && !BEFORE_LISTS.contains(&word.as_str());
            if is_call || !SIGNS.contains(first) || rest.starts_with("--") || rest.starts_with("/*")
            {
                return false;
            }
            word.clear();
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn only_what_is_plain_is_about_the_row() {
        for plain in [
            "role = 'human'",
            "type IN ('user', 'assistant') AND NOT (a > 1.5 OR \"b c\" <> '')",
            "is_message",
            "a IS NOT NULL AND b LIKE 'it''s%' AND c + 1 < 2 * d",
        ] {
            assert!(is_plain(plain), "{plain}");
        }
        for other in [
            "a IN (SELECT b FROM t)",
            "length(a) > 1",
            "random () > 0.5",
            "\"random\"() > 0.5",
            "rowid < 5",
            "t < current_date",
            "t < CURRENT_TIMESTAMP",
            "t < 'now'",
            "t < ' Today '::DATE",
            "a = 1 -- so",
            "a = /* so */ 1",
            "a = $1",
            "a = 'open",
        ] {
            assert!(!is_plain(other), "{other}");
        }
    }
}
