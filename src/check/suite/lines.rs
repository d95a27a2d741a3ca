//! Where things stand in a suite file, because the readers keep no positions.
//!
//! A block sequence is easy to see in the text: its items start with `-` in one column, and
//! everything inside an item is further right. If the text is laid out in another way, the lines
//! of the items are unknown and errors name the line of the suite instead.

/// Lines of one YAML document, counted from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DocumentLines {
    /// First line with content.
    pub start: usize,
    /// First line of each item below `expectations:`.
    pub items: Vec<usize>,
    /// Line after the last one.
    pub end: usize,
}

impl DocumentLines {
    /// First line of the item at `index`, and the line after its last.
    pub(super) fn item(&self, index: usize, count: usize) -> (usize, usize) {
        if self.items.len() != count {
            return (self.start, self.start + 1);
        }
        let start = self.items.get(index).copied().unwrap_or(self.start);
        let end = self.items.get(index + 1).copied().unwrap_or(self.end);
        (start, end)
    }
}

/// The documents of a file.
pub(super) fn documents(text: &str) -> Vec<DocumentLines> {
    let mut documents = Vec::new();
    let mut scan = Scan::default();
    let mut last = 0;
    for (index, line) in text.lines().enumerate() {
        last = index + 1;
        if line == "---" || line.starts_with("--- ") {
            if scan.started {
                documents.push(scan.finish(last));
            }
            scan = Scan {
                started: true,
                ..Scan::default()
            };
        } else {
            scan.take(last, line);
        }
    }
    if scan.started {
        documents.push(scan.finish(last + 1));
    }
    documents
}

/// First line in `start..end` that holds the key `name`, else `start`.
pub(in crate::check) fn key_line(text: &str, (start, end): (usize, usize), name: &str) -> usize {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(number, _)| (start..end).contains(number))
        .find(|(_, line)| holds_key(line, name))
        .map_or(start, |(number, _)| number)
}

fn holds_key(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line.get(..at).and_then(|head| head.chars().next_back());
        let after = line.get(at + name.len()..).unwrap_or_default();
        let starts_word = before.is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
        let after = after.strip_prefix('"').unwrap_or(after);
        starts_word && after.trim_start().starts_with(':')
    })
}

/// First line of each item of the list below `key` of a JSON object, and the line after its last.
pub(super) fn json_items(text: &str, key: &str) -> Vec<(usize, usize)> {
    let mut items = Vec::new();
    let mut walk = JsonWalk::default();
    let mut inside = false;
    let mut start = 1;
    for c in text.chars() {
        let before = walk.depth;
        walk.step(c);
        if walk.in_string {
            continue;
        }
        match c {
            '[' if before == 1 => inside = walk.word == key,
            ']' if before == 2 => inside = false,
            '{' if inside && before == 2 => start = walk.line,
            '}' if inside && before == 3 => items.push((start, walk.line + 1)),
            _ => {}
        }
    }
    items
}

/// Where a walk through JSON is.
struct JsonWalk {
    depth: usize,
    line: usize,
    in_string: bool,
    escaped: bool,
    /// The last string, or the part of it so far.
    word: String,
}

impl Default for JsonWalk {
    fn default() -> Self {
        Self {
            depth: 0,
            line: 1,
            in_string: false,
            escaped: false,
            word: String::new(),
        }
    }
}

impl JsonWalk {
    fn step(&mut self, c: char) {
        if c == '\n' {
            self.line += 1;
        }
        if self.in_string {
            match c {
                _ if self.escaped => self.escaped = false,
                '\\' => self.escaped = true,
                '"' => self.in_string = false,
                c => self.word.push(c),
            }
            return;
        }
        match c {
            '"' => {
                self.in_string = true;
                self.word.clear();
            }
            '{' | '[' => self.depth += 1,
            '}' | ']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}

#[derive(Default)]
struct Scan {
    started: bool,
    start: Option<usize>,
    inside: bool,
    column: Option<usize>,
    items: Vec<usize>,
}

impl Scan {
    fn take(&mut self, number: usize, line: &str) {
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') {
            return;
        }
        self.started = true;
        self.start.get_or_insert(number);
        let column = line.len() - content.len();
        let is_item = content == "-" || content.starts_with("- ");
        if column == 0 && !is_item {
            self.inside = content.starts_with("expectations:");
        } else if self.inside && is_item && *self.column.get_or_insert(column) == column {
            self.items.push(number);
        }
    }

    fn finish(&mut self, end: usize) -> DocumentLines {
        let start = self.start.unwrap_or(end);
        DocumentLines {
            start,
            items: std::mem::take(&mut self.items),
            end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# two suites
---
suite: a
expectations:
  - one:
      sql: |
        - not an item
      column: x
  - two
---
suite: b
expectations:
- three: {column: y}
";

    #[test]
    fn items_are_found_in_each_document() {
        let documents = documents(TEXT);
        assert_eq!(documents.len(), 2);
        assert_eq!(
            documents[0],
            DocumentLines {
                start: 3,
                items: vec![5, 9],
                end: 10
            }
        );
        assert_eq!(
            documents[1],
            DocumentLines {
                start: 11,
                items: vec![13],
                end: 14
            }
        );
        assert_eq!(documents[0].item(0, 2), (5, 9));
        assert_eq!(documents[0].item(0, 3), (3, 4));
    }

    #[test]
    fn items_of_json_are_found() {
        let text = "{\n \"a\": [{}],\n \"expectations\": [\n  {\"type\": \"x}\",\n   \"kwargs\": {\"b\": [1]}},\n  {}\n ]\n}";
        assert_eq!(json_items(text, "expectations"), vec![(4, 6), (6, 7)]);
        assert_eq!(key_line(text, (4, 6), "b"), 5);
    }

    #[test]
    fn keys_are_found_inside_their_item() {
        assert_eq!(key_line(TEXT, (5, 9), "column"), 8);
        assert_eq!(key_line(TEXT, (13, 14), "column"), 13);
        assert_eq!(key_line(TEXT, (13, 14), "colum"), 13);
    }
}
