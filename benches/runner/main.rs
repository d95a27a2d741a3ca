//! The model runner: against dbt-core on a small project, and what a model costs over its SQL.
//!
//! ```text
//! cargo bench --bench runner -- [--models 1000] [--dbt PATH] [--work DIR]
//! ```
//!
//! `--dbt` is dbt-core with dbt-duckdb (default: `dbt` on the search path); without one the
//! comparison is left out with a line. Nothing is asserted, because a busy machine is slower; the
//! aims stand beside the figures.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a measurement for people, which stops where it cannot go on"
)]

#[path = "../pipeline/usage.rs"]
#[expect(dead_code, reason = "shared with another benchmark, which uses more")]
mod usage;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use cca::project::Project;
use cca::transform::{Graph, RunOptions, Selection, TransformSettings};
use cca::warehouse::Warehouse;

fn main() {
    let mut models = 1000;
    let mut dbt = PathBuf::from("dbt");
    let mut work = std::env::temp_dir().join("cca-bench-runner");
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("a value");
        match argument.as_str() {
            "--models" => models = value().parse().expect("a number"),
            "--dbt" => dbt = value().into(),
            "--work" => work = value().into(),
            _ => {}
        }
    }
    let small = work.join("small");
    write_project(&small, 5);
    against_dbt(&small, &dbt);
    let big = work.join("big");
    write_project(&big, models);
    parsing(&big, models);
    memory(&big, models);
    overhead(&big, models);
}

/// A dbt project of `count` models, a third of them tables, each but the first few reading another
/// one.
fn write_project(folder: &Path, count: usize) {
    if folder.exists() {
        std::fs::remove_dir_all(folder).expect("removed");
    }
    std::fs::create_dir_all(folder.join("models")).expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
    write("dbt_project.yml", "name: bench\nprofile: bench\n");
    write(
        "profiles.yml",
        "bench:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: bench.duckdb, threads: 2}\n",
    );
    let mut described = "version: 2\nmodels:\n".to_owned();
    for number in 0..count {
        let roots = (count / 10).max(1);
        let text = if number < roots {
            format!("select {number} as id, 'x' as name")
        } else {
            let parent = number - roots;
            let kind = if number % 3 == 0 { "table" } else { "view" };
            format!(
                "{{{{ config(materialized='{kind}') }}}}\nselect id, name || '{{{{ var('mark', '.') }}}}' as name from {{{{ ref('m{parent}') }}}}"
            )
        };
        write(&format!("models/m{number}.sql"), &text);
        writeln!(
            described,
            "  - name: m{number}\n    columns: [{{name: id, data_tests: [not_null]}}]"
        )
        .expect("text");
    }
    write("models/p.yml", &described);
}

/// CPU time of the best of `times` runs.
fn best(times: usize, mut command: impl FnMut() -> Command) -> usage::Usage {
    let mut runs: Vec<usage::Usage> = (0..times).map(|_| usage::of(&mut command())).collect();
    runs.sort_by_key(|run| run.cpu);
    runs.swap_remove(0)
}

fn cca(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cca"));
    command
        .args(words)
        .arg("-q")
        .arg("--project-dir")
        .arg(folder);
    command
}

fn against_dbt(folder: &Path, dbt: &Path) {
    let ours = best(5, || cca(folder, &["build"]));
    println!("build of 5 models and their tests   {ours}");
    let is_there = Command::new(dbt).arg("--version").output().is_ok();
    if !is_there {
        println!(
            "  left out: no dbt at `{}` (name it with --dbt)",
            dbt.display()
        );
        return;
    }
    let theirs = best(2, || {
        let mut command = Command::new(dbt);
        let folders = [("--project-dir", folder), ("--profiles-dir", folder)];
        command.arg("build").current_dir(folder);
        for (flag, folder) in folders {
            command.arg(flag).arg(folder);
        }
        command
    });
    println!("  the same with dbt-core            {theirs}");
    println!(
        "  dbt-core uses {:.0} times the CPU time (aim: 30)",
        theirs.cpu.as_secs_f64() / ours.cpu.as_secs_f64()
    );
}

fn parsing(folder: &Path, models: usize) {
    let settings = TransformSettings::default();
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let started = Instant::now();
        let project = Project::discover(Some(folder)).expect("a project");
        Graph::parse(&project, &settings).expect("a graph");
        best = best.min(started.elapsed());
    }
    println!(
        "reading {models} models               {:8.3} s wall (aim for 1,000: 0.3)",
        best.as_secs_f64()
    );
}

fn memory(folder: &Path, models: usize) {
    let used = best(2, || cca(folder, &["run"]));
    println!("run of {models} models                {used} (aim for 1,000: 150 MiB)");
}

/// Runs the models, and then the same statements alone, in memory.
fn overhead(folder: &Path, models: usize) {
    let project = Project::discover(Some(folder)).expect("a project");
    let graph = Graph::parse(&project, &TransformSettings::default()).expect("a graph");
    let selection = Selection {
        exclude: vec!["resource_type:test".to_owned()],
        ..Selection::default()
    };
    let observer = cca::event::Silent;
    let measure = |work: &dyn Fn(&Warehouse)| {
        let warehouse = Warehouse::in_memory().expect("a database");
        let (started, before) = (Instant::now(), usage::own_cpu());
        work(&warehouse);
        (started.elapsed(), usage::own_cpu() - before)
    };
    let all = measure(&|warehouse| {
        let options = RunOptions::default();
        let report = cca::transform::run(
            cca::transform::Verb::Run,
            &graph,
            warehouse,
            &selection,
            &options,
            &observer,
        );
        assert!(report.expect("a report").is_ok());
    });
    let compiled = graph.compile(&selection, None).expect("compiled");
    let nodes = graph.list(&selection).expect("listed");
    let statements: Vec<String> = compiled
        .iter()
        .filter_map(|model| {
            let node = nodes.iter().find(|node| node.id == model.id)?;
            let kind = node.materialization.to_uppercase();
            let (schema, name) = (&node.schema, &node.identifier);
            Some(format!(
                "CREATE {kind} \"{schema}\".\"{name}\" AS {}",
                model.sql
            ))
        })
        .collect();
    let bare = measure(&|warehouse| {
        let connection = warehouse.connect().expect("a connection");
        for statement in &statements {
            connection.batch(statement).expect("run");
        }
    });
    let per_model = |one: Duration, other: Duration| {
        (one.as_secs_f64() - other.as_secs_f64()) * 1e3 / models as f64
    };
    println!(
        "a model costs over its SQL          {:8.2} ms wall {:8.2} ms CPU (aim: 2); the SQL alone {:.2} ms",
        per_model(all.0, bare.0),
        per_model(all.1, bare.1),
        bare.0.as_secs_f64() * 1e3 / models as f64
    );
}
