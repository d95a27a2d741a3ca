//! What counts as an entry: line ends, garbage, encodings, sizes.

use proptest::prelude::*;

use super::{Place, merged, pick, rows_of, without_times};

fn raw(contents: impl AsRef<[u8]>) -> Vec<String> {
    let texts = rows_of(contents).into_iter();
    texts
        .map(|row| pick(&row, &["source_offset", "_raw_json"]))
        .collect()
}

#[test]
fn identities_are_file_and_offset() {
    let rows = rows_of("{\"a\":1}\n{\"a\":2}\n");
    let ids: Vec<_> = rows.iter().map(|row| row["_id"].as_str()).collect();
    let (hash, first) = ids[0].split_once(':').expect("two parts");
    assert_eq!((hash.len(), first), (16, "000000000000"));
    assert_eq!(ids[1], format!("{hash}:000000000008"));
    let facts = [
        "_source",
        "_op",
        "project_id",
        "source_file",
        "session_id",
        "user_name",
    ];
    assert_eq!(
        pick(&rows[0], &facts),
        "transcripts | upsert | -p | -p/s1.jsonl | s1 | ada"
    );
}

#[test]
fn line_ends_blanks_and_marks_are_no_entries() {
    assert_eq!(raw(""), Vec::<String>::new());
    assert_eq!(raw("\n\n \r\n"), Vec::<String>::new());
    assert_eq!(
        raw("\u{feff}{\"a\":1}\r\n\n{\"a\":2}\r\n"),
        ["3 | {\"a\":1}", "13 | {\"a\":2}"]
    );
    assert_eq!(raw("\0\0\0{\"a\":1}\n"), ["3 | {\"a\":1}"]);
    assert_eq!(raw("  {\"a\":1}  \n"), ["2 | {\"a\":1}"]);
}

#[test]
fn objects_back_to_back_are_entries_of_their_own() {
    assert_eq!(
        raw("{\"a\":1}{\"a\":2} {\"a\":3}\n"),
        ["0 | {\"a\":1}", "7 | {\"a\":2}", "15 | {\"a\":3}"]
    );
}

#[test]
fn a_whole_object_without_line_feed_counts_and_a_part_waits() {
    assert_eq!(
        raw("{\"a\":1}\n{\"a\":2}"),
        ["0 | {\"a\":1}", "8 | {\"a\":2}"]
    );
    assert_eq!(raw("{\"a\":1}\n{\"a\":"), ["0 | {\"a\":1}"]);
    assert_eq!(raw("12"), Vec::<String>::new());
}

#[test]
fn garbage_is_kept_whole_with_its_position() {
    let mut place = Place::new();
    let lines: [&[u8]; 7] = [
        b"{\"a\":1}",
        b"{\"cut\":\"of",
        b"{\"a\":2} tail",
        b"[1,2]",
        b"\"text\"",
        b"{\"b\":\"\xff\"}",
        b"{\"a\":3}",
    ];
    let path = place.write("projects/-p/s1.jsonl", lines.join(&b'\n'));
    let landed = place.sync();
    assert_eq!((landed.counts.landed, landed.counts.dead_lettered), (3, 5));
    let path = std::fs::canonicalize(path)
        .expect("there")
        .display()
        .to_string();
    let found: Vec<_> = landed
        .dead_letters
        .iter()
        .map(|dead| {
            let position = dead.position.strip_prefix(&path).expect("the file");
            format!("{position} {} {}", dead.payload, dead.reason)
        })
        .collect();
    assert_eq!(
        found,
        [
            ":8 {\"cut\":\"of EOF while parsing a string at line 1 column 10",
            ":27 tail not a JSON object",
            ":32 [1,2] not a JSON object",
            ":38 \"text\" not a JSON object",
            ":45 base64:eyJiIjoi/yJ9 not UTF-8 at byte 51",
        ]
    );
    assert!(
        landed
            .dead_letters
            .iter()
            .all(|dead| dead.source == "transcripts")
    );
    assert!(place.sync().rows.is_empty() && place.notices.is_empty());
}

#[test]
fn valid_objects_are_never_dead() {
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    let deep_message = format!(
        "{{\"message\":{{\"content\":{}1{}}}}}",
        "[".repeat(500),
        "]".repeat(500)
    );
    let lines = [
        r#"{"uuid":"a","uuid":"b"}"#,
        r#"{"durationMs":1e999,"uuid":"lost to null"}"#,
        r#"{"uuid":"half \ud83d","summary":"\ude00"}"#,
        r#"{"\u0074ype":"user"}"#,
        &deep,
        &deep_message,
    ];
    for line in lines {
        let rows = rows_of(format!("{line}\n"));
        assert_eq!(rows.len(), 1, "{line}");
        assert_eq!(rows[0]["_raw_json"], line);
    }
    assert_eq!(pick(&rows_of(lines[0])[0], &["uuid"]), "b");
    assert_eq!(
        pick(&rows_of(lines[2])[0], &["uuid", "title"]),
        "half \u{fffd} | \u{fffd}"
    );
    assert_eq!(pick(&rows_of(lines[3])[0], &["type"]), "user");
}

#[test]
fn lines_of_many_megabytes_pass() {
    let text = "x\\n".repeat(8 << 20);
    let rows = rows_of(format!(
        "{{\"type\":\"user\",\"content\":\"{text}\"}}\n{{\"a\":1}}"
    ));
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["content_text"].len(), 16 << 20);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn pieces_give_the_same_rows_as_the_whole(
        parts in prop::collection::vec(part(), 0..12),
        cuts in prop::collection::vec(0_usize..400, 0..5),
    ) {
        let contents: Vec<u8> = parts.concat();
        let mut whole = Place::new();
        whole.write("projects/-p/s1.jsonl", &contents);
        let at_once = whole.sync();
        let mut expected = std::collections::BTreeMap::new();
        merged(&mut expected, &at_once.rows);

        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(contents.len())).collect();
        cuts.push(contents.len());
        cuts.sort_unstable();
        let mut pieces = Place::new();
        let mut grown = std::collections::BTreeMap::new();
        let (mut dead, mut from) = (Vec::new(), 0);
        pieces.write("projects/-p/s1.jsonl", "");
        for cut in cuts {
            pieces.append("projects/-p/s1.jsonl", &contents[from..cut]);
            from = cut;
            let landed = pieces.sync();
            merged(&mut grown, &landed.rows);
            dead.extend(landed.dead_letters.into_iter().map(|dead| dead.payload));
        }
        prop_assert_eq!(without_times(&grown), without_times(&expected));
        let dead_at_once: Vec<_> =
            at_once.dead_letters.into_iter().map(|dead| dead.payload).collect();
        prop_assert_eq!(dead, dead_at_once);
    }
}

/// A piece of a transcript, good or bad.
fn part() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        5 => Just(b"{\"type\":\"user\",\"timestamp\":\"2026-01-02T03:04:05.678Z\"}\n".to_vec()),
        3 => Just("{\"type\":\"summary\",\"summary\":\"größer 🙂\"}\r\n".as_bytes().to_vec()),
        1 => Just(b"{\"a\":{}}".to_vec()),
        1 => Just(b"{\"cut".to_vec()),
        1 => Just(b"\n".to_vec()),
        1 => Just(b"  \n\0".to_vec()),
        1 => Just(b"nonsense\n".to_vec()),
        1 => Just(b"{\"bad\":\"\xff\xfe\"}\n".to_vec()),
        1 => Just(b"\xef\xbb\xbf{\"b\":[1]}\n".to_vec()),
    ]
}
