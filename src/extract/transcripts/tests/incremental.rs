//! Marks: what a second run reads.

use std::collections::BTreeMap;

use super::{Place, merged, pick, set_modified, without_times};

const FILE: &str = "projects/-p/s1.jsonl";

fn offsets(landed: &super::Landed) -> Vec<String> {
    landed
        .rows
        .iter()
        .map(|row| pick(row, &["_op", "source_offset"]))
        .collect()
}

#[test]
fn only_what_was_appended_is_read() {
    let mut place = Place::new();
    place.write(FILE, "{\"a\":1}\n");
    assert_eq!(offsets(&place.sync()), ["upsert | 0"]);
    let idle = place.sync();
    assert_eq!((idle.batches, idle.counts.bytes), (0, 0));
    place.append(FILE, "{\"a\":2}\n");
    let next = place.sync();
    assert_eq!(offsets(&next), ["upsert | 8"]);
    assert_eq!(next.counts.bytes, 8);
}

#[test]
fn unchanged_files_are_not_opened() {
    let mut place = Place::new();
    let path = place.write(FILE, "{\"a\":1}\n{\"wait");
    set_modified(&path, 1_000_000);
    place.sync();
    assert_eq!(place.notices.len(), 1, "{:?}", place.notices);
    assert!(
        place.notices[0].contains("incomplete"),
        "{:?}",
        place.notices
    );
    // Other contents under the same size and time: nobody looks.
    place.write(FILE, "{\"a\":2}\n{\"wait");
    set_modified(&path, 1_000_000);
    assert_eq!(place.sync().batches, 0);
    assert!(place.notices.is_empty(), "{:?}", place.notices);
}

#[test]
fn a_new_time_alone_moves_the_mark_only() {
    let mut place = Place::new();
    let path = place.write(FILE, "{\"a\":1}\n");
    place.sync();
    set_modified(&path, 1_000_000);
    let touched = place.sync();
    assert_eq!(
        (
            touched.rows.len(),
            touched.marks.len(),
            touched.counts.bytes
        ),
        (0, 1, 0)
    );
    assert_eq!(place.sync().batches, 0);
}

#[test]
fn shrunken_and_replaced_files_are_read_anew() {
    for (name, contents) in [
        ("shrunken", "{\"a\":1}\n".to_owned()),
        (
            "replaced at the head",
            format!("{{\"b\":1}}\n{{\"a\":2}}\n{{\"a\":3}}\n{}", "\n".repeat(9)),
        ),
        (
            "replaced before the mark",
            "{\"a\":1}\n{\"a\":9}\n{\"a\":3}\n".to_owned(),
        ),
    ] {
        let mut place = Place::new();
        let path = place.write(FILE, "{\"a\":1}\n{\"a\":2}\n");
        let mut warehouse = BTreeMap::new();
        merged(&mut warehouse, &place.sync().rows);
        place.write(FILE, &contents);
        set_modified(&path, 1_000_000);
        let again = place.sync();
        assert_eq!(
            pick(&again.rows[0], &["_op", "source_file"]),
            "truncate | -p/s1.jsonl",
            "{name}"
        );
        assert!(again.rows[1]["_id"].starts_with(&again.rows[0]["_id"]));
        assert!(
            place.notices[0].contains("was replaced"),
            "{:?}",
            place.notices
        );
        merged(&mut warehouse, &again.rows);
        let expected: Vec<_> = contents.lines().filter(|line| !line.is_empty()).collect();
        let held: Vec<_> = warehouse
            .values()
            .map(|row| row["_raw_json"].as_str())
            .collect();
        assert_eq!(held, expected, "{name}");
        assert_eq!(
            again.counts.read,
            expected.len() as u64,
            "control rows do not count"
        );
    }
}

#[test]
fn a_full_run_gives_the_same_rows() {
    let mut place = Place::new();
    place.write(FILE, "{\"a\":1}\n{\"a\":2}");
    place.write("projects/-p/s2.jsonl", "{\"a\":3}\n");
    let mut warehouse = BTreeMap::new();
    merged(&mut warehouse, &place.sync().rows);
    place.append(FILE, "\n{\"a\":4}\n");
    merged(&mut warehouse, &place.sync().rows);
    let before = without_times(&warehouse);
    let full = place.read(true);
    assert_eq!(
        full.rows.len(),
        4,
        "nothing is taken back: {:?}",
        offsets(&full)
    );
    merged(&mut warehouse, &full.rows);
    assert_eq!(without_times(&warehouse), before);
    assert_eq!(place.sync().batches, 0);
}

#[test]
fn versions_grow_even_when_the_clock_goes_back() {
    let mut place = Place::new();
    place.write(FILE, "{\"a\":1}\n");
    let first = place.sync();
    let far = i64::MAX / 2;
    for value in place.marks.values_mut() {
        let mut mark: serde_json::Value = serde_json::from_str(value).expect("JSON");
        assert_eq!(mark["seq"].to_string(), first.rows[0]["_seq"]);
        mark["seq"] = far.into();
        *value = mark.to_string();
    }
    place.append(FILE, "{\"a\":2}\n");
    assert_eq!(place.sync().rows[0]["_seq"], (far + 1).to_string());
}

#[test]
fn deleted_files_keep_their_rows_and_marks() {
    let mut place = Place::new();
    let path = place.write(FILE, "{\"a\":1}\n{\"a\":2}\n");
    place.write("projects/-p/s2.jsonl", "{\"a\":3}\n");
    place.sync();
    std::fs::remove_file(&path).expect("removed");
    assert_eq!(place.sync().batches, 0);
    place.write(FILE, "{\"a\":7}\n");
    assert_eq!(offsets(&place.sync()), ["truncate | -", "upsert | 0"]);
}

#[test]
fn a_partial_mark_continues_where_the_batch_ended() {
    let mut place = Place::new();
    let lines: String = (0..20_000).map(|n| format!("{{\"a\":{n}}}\n")).collect();
    place.write(FILE, &lines);
    struct First(Option<crate::entry::Batch>);
    impl super::Sink for First {
        fn accept(&mut self, batch: crate::entry::Batch) -> super::Result<()> {
            if self.0.is_some() {
                return Err(crate::error::Error::unavailable("full"));
            }
            self.0 = Some(batch);
            Ok(())
        }
    }
    let settings = crate::config::TranscriptSettings {
        roots: place.roots.clone(),
        ..Default::default()
    };
    let source = super::TranscriptSource::new(&settings, 1);
    let mut first = First(None);
    let stopped = super::Source::read(
        &source,
        &place.marks,
        false,
        &mut first,
        &crate::event::Silent,
    );
    assert!(stopped.is_err());
    let batch = first.0.expect("one batch");
    assert_eq!(batch.counts.landed, 8192);
    for mark in batch.marks {
        place.marks.insert(mark.key, mark.value.expect("set"));
    }
    let rest = place.sync();
    assert_eq!(rest.counts.landed, 20_000 - 8192);
    assert_eq!(rest.rows[0]["_raw_json"], "{\"a\":8192}");
}

#[test]
fn illegible_marks_are_noticed() {
    let mut place = Place::new();
    place.write(FILE, "{\"a\":1}\n");
    place.sync();
    for value in place.marks.values_mut() {
        *value = "?".to_owned();
    }
    assert_eq!(place.sync().rows.len(), 1);
    assert!(
        place.notices[0].contains("not legible"),
        "{:?}",
        place.notices
    );
}
