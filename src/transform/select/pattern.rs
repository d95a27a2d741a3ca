//! Patterns of names and places.

/// Matches `*` (any letters), `?` (one letter) and `[abc]` (one of them).
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let Some(at) = pattern.find(['*', '?', '[']) else {
        return pattern == text;
    };
    let (head, rest) = pattern.split_at(at);
    let Some(tail) = text.strip_prefix(head) else {
        return false;
    };
    let mut letters = rest.chars();
    match letters.next() {
        Some('*') => tail
            .char_indices()
            .map(|(at, _)| at)
            .chain([tail.len()])
            .any(|at| glob(letters.as_str(), tail.get(at..).unwrap_or_default())),
        Some('?') => {
            let mut given = tail.chars();
            given.next().is_some() && glob(letters.as_str(), given.as_str())
        }
        _ => one_of(letters.as_str(), tail),
    }
}

/// `rest` begins behind `[`; without `]` the bracket stands for itself.
fn one_of(rest: &str, tail: &str) -> bool {
    let mut given = tail.chars();
    let first = given.next();
    match (rest.split_once(']'), first) {
        (Some((set, after)), Some(letter)) if !set.is_empty() => {
            let (set, is_excluded) = match set.strip_prefix('!') {
                Some(set) => (set, true),
                None => (set, false),
            };
            in_set(set, letter) != is_excluded && glob(after, given.as_str())
        }
        (None, Some('[')) => glob(rest, given.as_str()),
        _ => false,
    }
}

fn in_set(set: &str, letter: char) -> bool {
    let letters: Vec<char> = set.chars().collect();
    let is_range = letters
        .windows(3)
        .any(|three| matches!(three, [from, '-', to] if (*from..=*to).contains(&letter)));
    is_range || letters.contains(&letter)
}

/// Whether `folder` is the file itself, or a folder it lies in, both below the project; a pattern
/// may stand for either.
pub(super) fn is_under(path: &str, folder: &str) -> bool {
    let folder = folder.trim_start_matches("./").trim_end_matches('/');
    if folder.is_empty() {
        return false;
    }
    let ends = path.match_indices('/').map(|(at, _)| at);
    ends.chain([path.len()])
        .filter_map(|end| path.get(..end))
        .any(|part| glob(folder, part))
}

/// Whether `folder` is a run of whole folders (or the file itself) anywhere in `path`.
pub(super) fn has_folder(path: &str, folder: &str) -> bool {
    let folder = folder
        .trim_start_matches("./")
        .trim_matches(['/', '.', '*']);
    if folder.is_empty() {
        return false;
    }
    let path = format!("/{path}");
    path.contains(&format!("/{folder}/")) || path.ends_with(&format!("/{folder}"))
}

/// Whether dotted `pattern` names the node: its name alone, or the beginning of its full name, with
/// or without the package.
/// Of a version of a model the last part is the version: the name of the model means all its
/// versions, `name.v2` and `name_v2` one of them.
pub(super) fn names(pattern: &str, fqn: &[String], is_version: bool) -> bool {
    let without_package = fqn.get(1..).unwrap_or_default();
    let is_named = match fqn {
        [.., name, version] if is_version => {
            glob(pattern, name)
                || pattern == format!("{name}.{version}")
                || pattern == format!("{name}_{version}")
        }
        [.., name] => glob(pattern, name),
        [] => false,
    };
    is_named || begins(pattern, fqn) || begins(pattern, without_package)
}

fn begins(pattern: &str, fqn: &[String]) -> bool {
    // A name may hold dots itself, as those of model versions do.
    let flat: Vec<&str> = fqn.iter().flat_map(|part| part.split('.')).collect();
    let parts: Vec<&str> = pattern.split('.').collect();
    if parts.len() > flat.len() {
        return false;
    }
    for (wanted, given) in parts.iter().zip(&flat) {
        if wanted.contains(['*', '?', '[']) {
            return glob(pattern, &flat.join("."));
        }
        if wanted != given {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, text) in [
            ("fct_*", "fct_messages"),
            ("*_m?ssages", "fct_messages"),
            ("**", ""),
            ("[a-c]x", "bx"),
            ("[!a]x", "bx"),
            ("a[", "a["),
        ] {
            assert!(glob(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("fct_", "fct_messages"), ("?", ""), ("[a-c]x", "dx")] {
            assert!(!glob(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn folders_match_by_whole_components() {
        let path = "sql/models/marts/facts/a.sql";
        for folder in ["sql/models/marts", "./sql/models/", "sql/*/marts", path] {
            assert!(is_under(path, folder), "{folder}");
        }
        for folder in ["marts", "sql/mod", ""] {
            assert!(!is_under(path, folder), "{folder}");
        }
        for folder in ["marts", "marts/facts", "marts/facts/a.sql", "./sql/models"] {
            assert!(has_folder(path, folder), "{folder}");
        }
        assert!(!has_folder(path, "mart"));
        assert!(!has_folder(path, "facts/b"));
    }

    #[test]
    fn full_names_match_from_their_beginning() {
        let fqn: Vec<String> = ["shop", "staging", "raw", "stg_a.v2"]
            .map(str::to_owned)
            .to_vec();
        for pattern in [
            "stg_a.v2",
            "shop",
            "shop.staging",
            "staging",
            "staging.raw",
            "staging.*",
            "shop.*.raw.*",
            "stg_*",
        ] {
            assert!(names(pattern, &fqn, false), "{pattern}");
        }
        for pattern in ["raw", "shop.raw", "stag", "shop.staging.raw.stg_a.v2.x"] {
            assert!(!names(pattern, &fqn, false), "{pattern}");
        }
        let version: Vec<String> = ["shop", "marts", "scores", "v2"]
            .map(str::to_owned)
            .to_vec();
        for pattern in [
            "scores",
            "scores.v2",
            "scores_v2",
            "sc*",
            "shop.marts.scores",
        ] {
            assert!(names(pattern, &version, true), "{pattern}");
        }
        for pattern in ["v2", "scores_v1", "scores.v1"] {
            assert!(!names(pattern, &version, true), "{pattern}");
        }
    }
}
