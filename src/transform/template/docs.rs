//! Blocks of documentation in Markdown files.

use super::pieces::first_word;

/// The `{% docs name %}` blocks of a Markdown file, as name and text. Nothing else in the file
/// is a template.
pub(in crate::transform) fn docs(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = next_tag(rest, "docs") {
        let name = before.to_owned();
        let Some(end) = end_of_docs(after) else {
            break;
        };
        let (body, tail) = after.split_at_checked(end).unwrap_or((after, ""));
        found.push((name, body.trim().to_owned()));
        rest = tail;
    }
    found
}

/// The blocks a description names with `{{ doc('name') }}` or `{{ doc('package', 'name') }}`, as
/// package and name, in order.
pub(in crate::transform) fn docs_named(description: &str) -> Vec<(Option<String>, String)> {
    let calls = description.split("{{").skip(1).filter_map(|part| {
        let inside = part.split("}}").next()?.trim_start_matches('-');
        let arguments = inside.trim_start().strip_prefix("doc")?.trim_start();
        let arguments = arguments.strip_prefix('(')?.split(')').next()?;
        let mut texts = arguments.split(',').map(|text| {
            let text = text.trim().trim_matches(['\'', '"']);
            text.to_owned()
        });
        let first = texts.next()?;
        Some(match texts.next() {
            Some(name) => (Some(first), name),
            None => (None, first),
        })
    });
    calls.collect()
}

/// The name in the next `{% keyword name %}`, and the text after that tag.
fn next_tag<'a>(text: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    for (at, _) in text.match_indices("{%") {
        let inside = text
            .get(at + 2..)?
            .trim_start_matches(['-', '+'])
            .trim_start();
        let Some(after) = inside.strip_prefix(keyword) else {
            continue;
        };
        if !after.starts_with(char::is_whitespace) {
            continue;
        }
        let (name, rest) = after.split_once("%}")?;
        return Some((name.trim().trim_end_matches(['-', '+']).trim(), rest));
    }
    None
}

fn end_of_docs(text: &str) -> Option<usize> {
    text.match_indices("{%")
        .find(|(at, _)| {
            let inner = text.get(at + 2..).unwrap_or_default();
            first_word(inner.trim_start_matches(['-', '+'])) == "enddocs"
        })
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_name_blocks() {
        let named = docs_named("Of {{ doc('a') }} and {{- doc(\"p\", 'b') -}}; {{ other('c') }}");
        let b = (Some("p".to_owned()), "b".to_owned());
        assert_eq!(named, [(None, "a".to_owned()), b]);
        assert!(docs_named("nothing").is_empty());
    }

    #[test]
    fn docs_are_found_between_other_text() {
        let text = "# x\n{% docs a %}\none {{ not a template }}\n{% enddocs %}\n{%- docs b.c -%}two{%- enddocs -%}";
        assert_eq!(
            docs(text),
            [
                ("a".to_owned(), "one {{ not a template }}".to_owned()),
                ("b.c".to_owned(), "two".to_owned())
            ]
        );
    }
}
