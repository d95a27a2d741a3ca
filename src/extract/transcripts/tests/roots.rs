//! Roots, projects and identities.

use super::{Place, pick};

fn files(place: &mut Place) -> Vec<String> {
    place
        .sync()
        .rows
        .iter()
        .map(|row| pick(row, &["project_id", "source_file"]))
        .collect()
}

#[test]
fn every_kind_of_root_gives_the_same_identity() {
    let mut place = Place::new();
    let file = place.write("home/.claude/projects/-p/s1.jsonl", "{}\n");
    place.write("home/.claude/history.jsonl", "{}\n");
    let mut seen = Vec::new();
    for root in [
        "home/.claude",
        "home/.claude/projects",
        "home/.claude/projects/-p",
    ] {
        place.roots = vec![place.path(root)];
        place.marks.clear();
        let rows = place.sync().rows;
        assert_eq!(rows.len(), 1, "{root}");
        seen.push(pick(&rows[0], &["_id", "project_id", "source_file"]));
    }
    place.roots = vec![file];
    place.marks.clear();
    seen.push(pick(
        &place.sync().rows[0],
        &["_id", "project_id", "source_file"],
    ));
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].ends_with("-p | -p/s1.jsonl"));
    place.roots = vec![place.path("home")];
    place.marks.clear();
    assert_eq!(
        files(&mut place),
        [".claude | .claude/history.jsonl", "-p | -p/s1.jsonl"]
    );
}

#[test]
fn other_folders_are_searched_and_ordered_by_path() {
    let mut place = Place::new();
    place.roots = vec![place.path("chats")];
    for below in [
        "z.jsonl",
        "a/b.jsonl",
        "a-b/c.jsonl",
        "a/.hidden/d.jsonl",
        "a/e.json",
    ] {
        place.write(&format!("chats/{below}"), "{}\n");
    }
    assert_eq!(
        files(&mut place),
        [
            "a | a/.hidden/d.jsonl",
            "a | a/b.jsonl",
            "a-b | a-b/c.jsonl",
            "chats | chats/z.jsonl"
        ]
    );
}

#[test]
fn moving_the_tree_renames_nothing() {
    let mut place = Place::new();
    place.write("projects/-p/s1.jsonl", "{\"a\":1}\n");
    let before = place.sync().rows[0]["_id"].clone();
    std::fs::create_dir(place.path("elsewhere")).expect("created");
    std::fs::rename(place.path("projects"), place.path("elsewhere/projects")).expect("moved");
    place.roots = vec![place.path("elsewhere")];
    place.write("elsewhere/projects/-p/s1.jsonl", "{\"a\":1}\n{\"a\":2}\n");
    let rows = place.sync().rows;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0]["_id"].split(':').next(), before.split(':').next());
}

#[test]
fn equal_names_in_two_roots_stay_apart_for_good() {
    let mut place = Place::new();
    for root in ["one", "two", "three"] {
        place.write(
            &format!("{root}/projects/-p/s1.jsonl"),
            format!("{{\"in\":\"{root}\"}}\n"),
        );
    }
    let hash_of = |place: &mut Place, roots: &[&str]| {
        place.roots = roots.iter().map(|root| place.path(root)).collect();
        for root in roots {
            place.append(&format!("{root}/projects/-p/s1.jsonl"), "{}\n");
        }
        let landed = place.sync();
        assert!(landed.rows.iter().all(|row| row["_op"] == "upsert"));
        let mut hashes: Vec<_> = landed
            .rows
            .iter()
            .map(|row| (row["source_file"].clone(), row["_id"][..16].to_owned()))
            .collect();
        hashes.dedup();
        hashes
    };
    let first = hash_of(&mut place, &["one", "two"]);
    assert_eq!(first.len(), 2);
    assert_eq!(first[0].0, "-p/s1.jsonl");
    assert!(
        first[1].0.ends_with("/two/projects/-p/s1.jsonl"),
        "{first:?}"
    );
    assert_ne!(first[0].1, first[1].1);
    let swapped = hash_of(&mut place, &["two", "one"]);
    assert_eq!(swapped, [first[1].clone(), first[0].clone()]);
    assert_eq!(hash_of(&mut place, &["two"]), [first[1].clone()]);
    let three = hash_of(&mut place, &["three", "two", "one"]);
    assert_eq!(three[1..], [first[1].clone(), first[0].clone()]);
    assert!(
        three[0].0.ends_with("/three/projects/-p/s1.jsonl"),
        "{three:?}"
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed_once_and_loops_are_noticed() {
    use std::os::unix::fs::symlink;
    let mut place = Place::new();
    place.write("projects/-p/s1.jsonl", "{}\n");
    place.write("outside/s2.jsonl", "{}\n");
    symlink(place.path("projects"), place.path("projects/-p/loop")).expect("linked");
    symlink(place.path("outside"), place.path("projects/-linked")).expect("linked");
    symlink(place.path("projects/-p"), place.path("projects/-a-copy")).expect("linked");
    symlink(place.path("nowhere"), place.path("projects/-dangling")).expect("linked");
    place.roots.push(place.path("projects/-p"));
    assert_eq!(
        files(&mut place),
        ["-linked | -linked/s2.jsonl", "-p | -p/s1.jsonl"]
    );
    let notices = place.notices.join("\n");
    assert!(notices.contains("leads back to"), "{notices}");
    assert!(notices.contains("-dangling` is left out"), "{notices}");
}

#[test]
fn a_folder_is_no_transcript() {
    let mut place = Place::new();
    place.write("projects/-p/folder.jsonl/s1.jsonl", "{}\n");
    assert_eq!(files(&mut place), ["-p | -p/folder.jsonl/s1.jsonl"]);
    assert_eq!(place.marks.len(), 1);
}

#[test]
fn absent_roots_are_noticed_unless_all_are() {
    let mut place = Place::new();
    place.write("projects/-p/s1.jsonl", "{}\n");
    place.roots.push(place.path("absent"));
    assert_eq!(place.sync().rows.len(), 1);
    assert!(place.notices[0].contains("absent`"), "{:?}", place.notices);
    for roots in [vec![], vec![place.path("absent")]] {
        let settings = crate::config::TranscriptSettings {
            roots,
            ..Default::default()
        };
        let source = super::TranscriptSource::new(&settings, 1);
        let mut landed = super::Landed::default();
        let failed = super::Source::read(
            &source,
            &place.marks,
            false,
            &mut landed,
            &crate::event::Silent,
        );
        assert!(!failed.expect_err("nothing to read").hints().is_empty());
    }
}

#[test]
fn a_file_that_vanishes_is_noticed() {
    let place = Place::new();
    let path = place.write("projects/-p/s1.jsonl", "{}\n");
    let observer = super::Notices::default();
    let found = super::super::discover::discover(&place.roots, &observer).expect("found");
    let known =
        super::super::identity::identify(found, &Default::default(), 1, &Default::default());
    std::fs::remove_file(path).expect("removed");
    let mut accept = |_| panic!("nothing to hand over");
    let mut output = super::super::output::Output::new("x", 1, &observer, &mut accept);
    super::super::scan::scan(&known[0], false, &mut output).expect("goes on");
    assert!(output.close().expect("closed").is_empty());
    let notices = observer.0.into_inner().expect("not poisoned");
    assert!(notices[0].contains("s1.jsonl` is left out"), "{notices:?}");
}

#[test]
fn threads_change_nothing() {
    let mut place = Place::new();
    for file in 0..30 {
        let text = "x".repeat(400);
        let line = |n| format!("{{\"uuid\":\"{file}-{n}\",\"content\":\"{text}\"}}\n");
        let lines: String = (0..4_000).map(line).collect();
        place.write(&format!("projects/-p{}/s{file:02}.jsonl", file % 3), lines);
    }
    let ids = |place: &mut Place, threads: usize| {
        place.threads = threads;
        place.marks.clear();
        place
            .sync()
            .rows
            .into_iter()
            .map(|row| row["_id"].clone())
            .collect::<Vec<_>>()
    };
    let one = ids(&mut place, 1);
    assert_eq!(one.len(), 120_000);
    assert!(one == ids(&mut place, 3));
}
