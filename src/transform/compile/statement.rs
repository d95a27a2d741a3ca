//! Whether SQL is one statement: a second one would run outside of the statement that stores the
//! result of the first.

/// The line (from 1) on which a statement ends although more follows.
pub(super) fn second_statement(sql: &str) -> Option<usize> {
    let mut rest = sql;
    while let Some(at) = rest.find(['\'', '"', '-', '/', '$', ';']) {
        let here = rest.get(at..)?;
        if here.starts_with(';') {
            let before = sql.len() - here.len();
            return Some(sql.get(..before)?.matches('\n').count() + 1);
        }
        rest = here.get(skip(here)..).unwrap_or_default();
    }
    None
}

/// Length of the text, name or comment at the beginning of `sql`, else of its first letter.
fn skip(sql: &str) -> usize {
    let close = |open: &str, end: &str| {
        let inside = sql.get(open.len()..)?;
        Some(
            inside
                .find(end)
                .map_or(sql.len(), |at| open.len() + at + end.len()),
        )
    };
    let length = if sql.starts_with("--") {
        close("--", "\n")
    } else if sql.starts_with("/*") {
        close("/*", "*/")
    } else if sql.starts_with('\'') {
        close("'", "'")
    } else if sql.starts_with('"') {
        close("\"", "\"")
    } else if sql.starts_with("$$") {
        close("$$", "$$")
    } else {
        None
    };
    length.unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::second_statement;

    #[test]
    fn only_semicolons_between_statements_count() {
        assert_eq!(
            second_statement("select ';', \";\" -- ;\n/* ; */, $$;$$, 'a''; b', 1 - 2 / 3"),
            None
        );
        assert_eq!(second_statement("select 1\n;\nselect 2"), Some(2));
        assert_eq!(second_statement("select '-- ' ; select 2"), Some(1));
        assert_eq!(second_statement("-- never ends ;"), None);
    }
}
