//! A MongoDB collection: into the landing table, and on to marts and checks.

use std::path::Path;
use std::process::{Command, Stdio};

use futures::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{self, DateTime, Document, RawDocumentBuf};

use crate::Plan;
use crate::mongod::{Mongod, Setup};
use crate::usage::{Usage, cca, of, own_cpu, reported};

/// Documents of the comparison with the stack of services this replaces.
const SMALL: usize = 48_000;
/// Bytes of the longest line among them; they then come to about 108 MB, as there.
const LONGEST: usize = 14_000;
/// How often they are read.
const RUNS: usize = 5;
const DATABASE: &str = "bench";

pub(crate) fn measure(plan: &Plan) {
    let Some(server) = Mongod::start(Setup::default()) else {
        println!("\nno MongoDB server: the collection is not measured");
        return;
    };
    let data = plan.work.join("data-collection");
    let logs = plan.work.join("logs-collection");
    if !logs.join("truth.json").exists() {
        let bytes = (plan.documents as u64 * 5000).to_string();
        of(cca(&data)
            .args([
                "demo",
                "--generate-only",
                "--seed",
                "2",
                "--size",
                &bytes,
                "--target",
            ])
            .arg(&logs));
    }
    let inserted = fill(&server, &logs, "large", plan.documents, 1000..=3000);
    let (bytes, floor) = received(&server, "large");
    println!(
        "\n{inserted} documents of 1 to 3 KB, {:.0} MB of BSON",
        bytes as f64 / 1e6
    );
    println!("{:<32} {floor:8.2} s CPU", "floor: receive raw batches");
    let report = |name: &str, usage: &Usage| {
        println!(
            "{name:<32} {usage}  {:6.1} × floor",
            usage.cpu.as_secs_f64() / floor
        );
    };
    let run = |command: &str, collection: &str| {
        let _absent = std::fs::remove_dir_all(&data);
        let mut run = cca(&data);
        run.arg(command)
            .env("MONGO_URI", server.uri())
            .env("MONGO_DB", DATABASE)
            .env("MONGO_COLLECTION", collection);
        run
    };
    let ours = of(&mut run("extract", "large"));
    report("extract: landed", &ours);
    match peer(&server, &plan.work) {
        Some(peer) => {
            report("rivet-cli: Parquet", &peer);
            println!(
                "{:<32} {:8.2} × the CPU of rivet-cli",
                "extract",
                ours.cpu.as_secs_f64() / peer.cpu.as_secs_f64()
            );
        }
        None => println!("rivet-cli cannot be installed: no comparison"),
    }
    measure_small(&server, &logs, || run("backfill", "small"));
}

/// From the documents of the replaced stack to marts.
fn measure_small(server: &Mongod, logs: &Path, backfill: impl Fn() -> Command) {
    let small = fill(server, logs, "small", SMALL, 0..=LONGEST);
    let (bytes, _) = received(server, "small");
    println!("\n{small} documents, {:.0} MB of BSON", bytes as f64 / 1e6);
    // A short run; the best of a few says most about the program.
    let runs = (0..RUNS).map(|_| reported(&mut backfill()));
    let (usage, report) = runs
        .min_by_key(|(usage, _)| usage.wall)
        .expect("more than none");
    println!("{:<32} {usage}  best of {RUNS}", "backfill");
    println!(
        "{:<32} {:8.2} s wall",
        "of it to marts and checks",
        until_checked(&report)
    );
}

/// Seconds of the stages before publication.
fn until_checked(report: &serde_json::Value) -> f64 {
    let stages = report.get("stages").and_then(|stages| stages.as_array());
    let stages = stages.expect("stages");
    let before = stages
        .iter()
        .filter(|stage| stage.get("stage").is_some_and(|name| name != "publish"));
    before
        .filter_map(|stage| stage.get("elapsed")?.as_f64())
        .sum()
}

/// Fills a collection with the lines of transcripts whose length is within `lengths`.
fn fill(
    server: &Mongod,
    logs: &Path,
    collection: &str,
    wanted: usize,
    lengths: std::ops::RangeInclusive<usize>,
) -> usize {
    let mut documents: Vec<Document> = Vec::with_capacity(wanted);
    let files = walkdir::WalkDir::new(logs)
        .sort_by_file_name()
        .into_iter()
        .flatten();
    let files = files.filter(|item| item.path().extension().is_some_and(|kind| kind == "jsonl"));
    'files: for file in files {
        let text = std::fs::read_to_string(file.path()).expect("readable");
        for line in text.lines().filter(|line| lengths.contains(&line.len())) {
            let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let mut document = bson::serialize_to_document(&value).expect("an object");
            let second = i64::try_from(documents.len() / 500).expect("small");
            document.insert(
                "ingestedAt",
                DateTime::from_millis(1_767_000_000_000 + second * 1000),
            );
            document.insert("sourceFile", file.path().to_string_lossy().into_owned());
            documents.push(document);
            if documents.len() == wanted {
                break 'files;
            }
        }
    }
    let count = documents.len();
    server.insert(DATABASE, collection, documents);
    server.with_client(|client| async move {
        let index = mongodb::IndexModel::builder()
            .keys(bson::doc! { "ingestedAt": 1, "_id": 1 })
            .build();
        let collection: Collection<Document> = client.database(DATABASE).collection(collection);
        collection.create_index(index).await.expect("an index");
        // What the server still has to write would be measured as ours.
        let admin = client.database("admin");
        let written = admin.run_command(bson::doc! { "fsync": 1 }).await;
        written.expect("written to disk");
    });
    count
}

/// Bytes, and CPU seconds of receiving them in order without looking inside.
fn received(server: &Mongod, collection: &str) -> (usize, f64) {
    let started = own_cpu();
    let bytes = server.with_client(|client| async move {
        let collection: Collection<RawDocumentBuf> =
            client.database(DATABASE).collection(collection);
        let mut batches = collection
            .find(bson::doc! {})
            .sort(bson::doc! { "ingestedAt": 1, "_id": 1 })
            .batch_size(1000)
            .batch()
            .await
            .expect("a cursor");
        let mut bytes = 0;
        while let Some(batch) = batches.try_next().await.expect("a batch") {
            bytes += batch.doc_slices().expect("documents").as_bytes().len();
        }
        bytes
    });
    (bytes, (own_cpu() - started).as_secs_f64())
}

/// The same collection through the peer.
fn peer(server: &Mongod, work: &Path) -> Option<Usage> {
    let folder = work.join("rivet");
    let program = folder.join("bin/rivet");
    if !program.exists() {
        let quiet = |command: &mut Command| {
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            status.is_ok_and(|status| status.success())
        };
        let installed = quiet(Command::new("python3").args(["-m", "venv"]).arg(&folder))
            && quiet(Command::new(folder.join("bin/pip")).args(["install", "rivet-cli==0.32.2"]));
        if !installed {
            return None;
        }
    }
    let output = folder.join("output");
    let _absent = std::fs::remove_dir_all(&output);
    let config = folder.join("rivet.yaml");
    let text = format!(
        "source:\n  type: mongo\n  url_env: DATABASE_URL\nexports:\n  - name: large\n    table: large\n    \
         mode: full\n    format: parquet\n    destination:\n      type: local\n      path: {}/\n",
        output.display()
    );
    std::fs::write(&config, text).expect("written");
    let uri = format!(
        "mongodb://{}/{DATABASE}?directConnection=true",
        server.host()
    );
    Some(of(Command::new(program)
        .arg("run")
        .arg("--config")
        .arg(&config)
        .current_dir(&folder)
        .env("DATABASE_URL", uri)))
}
