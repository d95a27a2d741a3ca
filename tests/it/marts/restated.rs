//! What changes later: days, projects and titles are those of a warehouse built from the same files
//! at once, wherever a session was before.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::lines::{Built, answer, call, prompt, result, said, with};
use crate::fixtures::query;

const A: &str = "-home-ada-shop/a.jsonl";
const B: &str = "-home-ada-shop/b.jsonl";
const C: &str = "-home-ada-till/c.jsonl";

/// A session of one prompt and one edit, which begins at `at`, as in `2026-03-02T10:0`.
fn work(session: &str, at: &str, directory: &str, file: &str) -> Vec<Value> {
    let id = |kind: &str| format!("{kind}_{session}");
    let structured = json!({"structuredPatch": [
        {"oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 2, "lines": [" a", "+b"]}]});
    let edit = call(
        &id("edit"),
        "Edit",
        &json!({"file_path": format!("{directory}/{file}")}),
    );
    let lines = vec![
        prompt(session, &format!("{at}0:00.000"), "add a button"),
        answer(session, &format!("{at}1:00.000"), &id("m1"), &[edit]),
        result(session, &format!("{at}2:00.000"), &id("edit"), &structured),
        said(session, &format!("{at}3:00.000"), &id("m2"), "ok"),
    ];
    let place = json!({"cwd": directory});
    lines.into_iter().map(|line| with(line, &place)).collect()
}

/// The lines with `from` replaced by `to` wherever it stands.
fn replaced(lines: &[Value], from: &str, to: &str) -> Vec<Value> {
    let texts = lines.iter().map(|line| line.to_string().replace(from, to));
    texts
        .map(|text| serde_json::from_str(&text).expect("JSON"))
        .collect()
}

/// The marts with the columns in which warehouses with the same contents agree.
fn marts(built: &Built) -> BTreeMap<String, Value> {
    built.map(
        "SELECT table_name, string_agg('\"' || column_name || '\"', ', ' ORDER BY ordinal_position)
         FROM information_schema.columns
         WHERE table_schema = 'marts' AND NOT starts_with(column_name, '_') GROUP BY ALL",
    )
}

/// A fingerprint of the rows of every mart.
fn contents(built: &Built) -> BTreeMap<String, Value> {
    let each = marts(built).into_iter().map(|(name, columns)| {
        let columns = columns.as_str().unwrap_or_default();
        format!(
            "SELECT '{name}', md5(string_agg(t::VARCHAR, ' ' ORDER BY t::VARCHAR))
             FROM (SELECT {columns} FROM marts.{name}) AS t"
        )
    });
    built.map(&each.collect::<Vec<_>>().join(" UNION ALL "))
}

/// What publication tells unchanged days by, with a fingerprint of the rows it stands for: a table,
/// a day, their number and newest load.
fn days(built: &Built) -> BTreeMap<String, Value> {
    let tables = query(
        built.path(),
        "SELECT table_name AS name FROM information_schema.columns
         WHERE table_schema = 'marts' AND column_name IN ('date_key', '_load_id')
         GROUP BY ALL HAVING count(*) = 2 ORDER BY ALL",
    );
    assert!(tables.len() >= 10, "{tables:?}");
    let name = |table: &Value| table["name"].as_str().expect("a name").to_owned();
    let each = tables.iter().map(name).map(|name| {
        format!(
            "SELECT concat_ws(' ', '{name}', date_key, count(*), max(_load_id)) AS period,
                    md5(string_agg(t::VARCHAR, ' ' ORDER BY t::VARCHAR)) AS contents
             FROM marts.{name} AS t GROUP BY date_key"
        )
    });
    built.map(&each.collect::<Vec<_>>().join(" UNION ALL "))
}

/// A warehouse that was brought up to date after every change of its files.
struct Followed {
    built: Built,
    files: BTreeMap<&'static str, Vec<Value>>,
}

impl Followed {
    fn of(files: &[(&'static str, Vec<Value>)]) -> Self {
        Self {
            built: Built::from(files),
            files: files.iter().cloned().collect(),
        }
    }

    /// Writes files and brings the warehouse up to date; days that look unchanged are.
    fn change(&mut self, files: &[(&'static str, Vec<Value>)]) {
        let before = days(&self.built);
        self.built.write(files);
        self.files.extend(files.iter().cloned());
        self.built.run("sync");
        for (period, contents) in days(&self.built) {
            let earlier = before.get(&period).unwrap_or(&contents);
            assert_eq!(earlier, &contents, "{period} changed unnoticed");
        }
    }

    /// The warehouse is as if it had been built from the files at once.
    #[track_caller]
    fn is_as_if_built_at_once(&self) {
        let files = self.files.iter();
        let files: Vec<_> = files.map(|(path, lines)| (*path, lines.clone())).collect();
        let found = contents(&self.built);
        for (name, rows) in contents(&Built::from(&files)) {
            assert_eq!(found.get(&name), Some(&rows), "{name}");
        }
    }

    fn title_of(&self, session: &str) -> Value {
        let titles = "SELECT session_id, title FROM marts.dim_sessions";
        self.built.map(titles)[session].clone()
    }
}

#[test]
fn days_and_projects_lose_what_moves_away_and_gain_what_comes() {
    let (shop, till) = ("/home/ada/shop", "/home/ada/till");
    let a = work("a", "2026-03-02T10:0", shop, "a.rs");
    let b = work("b", "2026-03-02T11:0", shop, "b.rs");
    let c = work("c", "2026-03-04T10:0", till, "c.rs");
    let mut followed = Followed::of(&[(A, a.clone()), (B, b.clone()), (C, c.clone())]);

    // to another day, to another project
    let moved = replaced(&a, "2026-03-02", "2026-03-03");
    followed.change(&[(A, moved.clone()), (C, replaced(&c, till, shop))]);
    followed.is_as_if_built_at_once();

    // to another file, back again, on over midnight
    let evening = work("a2", "2026-03-03T23:5", shop, "a.rs");
    let night = work("a3", "2026-03-04T00:0", shop, "z.rs");
    let more = replaced(&evening, "\"a2\"", "\"a\"");
    let late = [moved, more, replaced(&night, "\"a3\"", "\"a\"")].concat();
    followed.change(&[
        (A, late.clone()),
        (B, replaced(&b, "b.rs", "c.rs")),
        (C, c.clone()),
    ]);
    followed.is_as_if_built_at_once();

    // without the end, with hardly anything left, forked
    let own = work("d", "2026-03-05T10:0", till, "d.rs");
    let copied = replaced(&c, "\"sessionId\":\"c\"", "\"sessionId\":\"d\"");
    followed.change(&[
        (A, late[..6].to_vec()),
        (B, b[..1].to_vec()),
        ("-home-ada-till/d.jsonl", [copied, own].concat()),
    ]);
    // what the fork was made from, gone
    let nothing = json!({"type": "mode", "mode": "plan", "sessionId": "c"});
    followed.change(&[(C, vec![nothing])]);
    followed.is_as_if_built_at_once();
}

#[test]
fn a_title_follows_its_summary_from_whatever_session_it_comes() {
    let shop = "/home/ada/shop";
    let a = work("a", "2026-03-02T10:0", shop, "a.rs");
    let b = work("b", "2026-03-03T10:0", shop, "b.rs");
    let c = work("c", "2026-03-04T10:0", shop, "c.rs");
    let summary = |text: &str, of: &[Value]| {
        let leaf = &of.last().expect("a line")["uuid"];
        vec![json!({"type": "summary", "summary": text, "leafUuid": leaf})]
    };
    let mut followed = Followed::of(&[(A, a.clone()), (B, b.clone()), (C, c.clone())]);
    assert_eq!(followed.title_of("a"), "add a button");
    followed.change(&[(C, [c.clone(), summary("First", &a)].concat())]);
    assert_eq!(followed.title_of("a"), "First");

    // Of two, the one in the last file; the other one is aimed elsewhere later. A fork that repeats
    // the line has a title of its own.
    let copied = replaced(&a, "\"sessionId\":\"a\"", "\"sessionId\":\"d\"");
    let fork = [copied, work("d", "2026-03-05T10:0", shop, "d.rs")].concat();
    let both = [
        ("-home-ada-shop/d.jsonl", fork),
        (B, [b.clone(), summary("Second", &a)].concat()),
        (C, [summary("Third", &a), c.clone()].concat()),
    ];
    followed.change(&both);
    assert_eq!(followed.title_of("a"), "Third");
    assert_eq!(followed.title_of("d"), "add a button");
    followed.change(&[(B, [summary("Second", &c), b.clone()].concat())]);
    followed.is_as_if_built_at_once();

    // Gone, and of a line that is yet to come.
    let last = said("a", "2026-03-02T10:09:00.000", "m9", "ok");
    let early = summary("Early", std::slice::from_ref(&last));
    followed.change(&[(B, [early, b].concat()), (C, c)]);
    assert_eq!(followed.title_of("a"), "add a button");
    followed.change(&[(A, [a, vec![last]].concat())]);
    assert_eq!(followed.title_of("a"), "Early");
    followed.is_as_if_built_at_once();
}
