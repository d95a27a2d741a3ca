//! What marks tell of files: whether they are whole, and who wrote them.

use super::super::read_states;
use super::{Place, set_modified};
use crate::config::MachineFolder;

const FILE: &str = "projects/-p/s1.jsonl";

/// File name, size, bytes read, broken lines, machine.
fn states(place: &Place) -> Vec<String> {
    let mut states: Vec<String> = read_states(&place.marks)
        .into_iter()
        .map(|state| {
            let name = state.path.rsplit('/').next().expect("a name").to_owned();
            let number =
                |value: Option<u64>| value.map_or("-".to_owned(), |value| value.to_string());
            let machine = state.machine.unwrap_or("-".to_owned());
            let (size, broken) = (number(state.size), number(state.broken_lines));
            format!("{name} {size} {} {broken} {machine}", state.read_bytes)
        })
        .collect();
    states.sort();
    states
}

#[test]
fn what_waits_and_what_is_broken_is_told_for_each_file() {
    let mut place = Place::new();
    let path = place.write(FILE, "{\"a\":1}\n{\"cut\n{\"wait");
    set_modified(&path, 1_700_000_000);
    place.sync();
    // 8 bytes of an entry, 6 of a broken line, 6 that wait.
    assert_eq!(states(&place), ["s1.jsonl 20 14 1 laptop"]);
    let state = read_states(&place.marks).remove(0);
    assert_eq!(state.modified_at, Some(1_700_000_000_000_000));
    place.append(FILE, "s\":1}\nno entry\n");
    place.sync();
    assert_eq!(states(&place), ["s1.jsonl 35 35 2 laptop"]);
    // Reading everything again counts anew, and a file that was replaced begins anew.
    place.read(true);
    assert_eq!(states(&place), ["s1.jsonl 35 35 2 laptop"]);
    place.write(FILE, "{\"b\":1}\n{\"b\":2}\n");
    place.sync();
    assert_eq!(states(&place), ["s1.jsonl 16 16 0 laptop"]);
}

#[test]
fn marks_of_earlier_versions_do_not_know_about_broken_lines() {
    let mut place = Place::new();
    place.write(FILE, "{\"a\":1}\nbroken\n");
    place.sync();
    for mark in place.marks.values_mut() {
        let mut fields: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(mark).expect("JSON");
        assert!(fields.remove("broken").is_some() && fields.remove("machine").is_some());
        *mark = serde_json::to_string(&fields).expect("JSON");
    }
    assert_eq!(states(&place), ["s1.jsonl 15 15 - -"]);
    // What follows is not all there is.
    place.append(FILE, "broken\n");
    place.sync();
    assert_eq!(states(&place), ["s1.jsonl 22 22 - laptop"]);
}

#[test]
fn the_nearest_folder_names_the_machine() {
    let mut place = Place::new();
    let folder = |machine: &str, folder| MachineFolder {
        machine: machine.to_owned(),
        folder,
    };
    place.write("projects/-p/own.jsonl", "{}\n");
    place.write("copies/projects/-p/desktop.jsonl", "{}\n");
    place.write("copies/phone/projects/-p/phone.jsonl", "{}\n");
    place.roots.push(place.path("copies"));
    place.roots.push(place.path("copies/phone"));
    place.machines = vec![
        folder("phone", place.path("copies/phone")),
        folder("desktop", place.path("copies")),
        folder("nowhere", place.path("absent")),
    ];
    place.sync();
    let expected = [
        "desktop.jsonl 3 3 0 desktop",
        "own.jsonl 3 3 0 laptop",
        "phone.jsonl 3 3 0 phone",
    ];
    assert_eq!(states(&place), expected);
}
