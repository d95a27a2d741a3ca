//! Real transcripts in a folder `shared` beside or above the project, where there is one.

use std::path::Path;

use super::{Landed, Place, pick};

/// Reads them all and compares with what reading line by line finds.
#[test]
fn real_transcripts_are_read_completely() {
    let mut above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let below = |folder: &Path| folder.join("shared/data/transcripts").canonicalize().ok();
    let Some(folder) = above.find_map(below) else {
        eprintln!("skipped: no folder `shared/data/transcripts` beside the project");
        return;
    };
    let mut place = Place::new();
    place.roots = vec![folder];
    let landed: Landed = place.sync();
    let (mut objects, mut others) = (0, 0);
    for file in walkdir::WalkDir::new(&place.roots[0]).into_iter().flatten() {
        if file.path().extension().is_some_and(|end| end == "jsonl") {
            let text = std::fs::read(file.path()).expect("readable");
            for line in text
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
            {
                match serde_json::from_slice::<serde_json::Value>(line) {
                    Ok(value) if value.is_object() => objects += 1,
                    _ => others += 1,
                }
            }
        }
    }
    assert!(
        landed.counts.landed >= objects,
        "{:?} {objects} {others}",
        landed.counts
    );
    assert!(
        landed.counts.dead_lettered <= others,
        "{:?} {objects} {others}",
        landed.counts
    );
    let mut ids: Vec<_> = landed.rows.iter().map(|row| pick(row, &["_id"])).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), landed.rows.len());
}
