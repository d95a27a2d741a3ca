//! Layers, origins, rules.

use super::*;

struct Machine {
    dir: tempfile::TempDir,
    variables: Vec<(String, String)>,
    flags: Flags,
}

impl Machine {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(dir.path().join("home")).expect("made");
        std::fs::create_dir_all(dir.path().join("work/inner")).expect("made");
        let home = dir.path().join("home").display().to_string();
        let variables = vec![
            ("HOME".to_owned(), home),
            ("TZ".to_owned(), "UTC".to_owned()),
        ];
        Self {
            dir,
            variables,
            flags: Flags::default(),
        }
    }

    fn file(self, path: &str, text: &str) -> Self {
        let path = self.dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        std::fs::write(path, text).expect("written");
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn flags(mut self, change: impl FnOnce(&mut Flags)) -> Self {
        change(&mut self.flags);
        self
    }

    fn resolve(&self) -> Result<Configuration> {
        let variables = self
            .variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        resolve(&Inputs {
            environment: Environment::of(variables),
            current_dir: self.dir.path().join("work/inner"),
            flags: self.flags.clone(),
        })
    }

    fn value(&self, key: &str) -> (String, String) {
        let configuration = self.resolve().expect("resolved");
        let root = self.dir.path().display().to_string();
        let value = configuration
            .values
            .into_iter()
            .find(|value| value.key == key)
            .expect("known");
        (
            value.value.replace(&root, "~~"),
            value.origin.replace(&root, "~~"),
        )
    }
}

fn pair(value: &str, origin: &str) -> (String, String) {
    (value.to_owned(), origin.to_owned())
}

#[test]
fn each_layer_covers_the_ones_below() {
    let key = "project.threads";
    let machine = Machine::new();
    assert_eq!(machine.value(key).1, "processors of this machine");
    let machine = machine.file("home/.config/cca/config.toml", "[project]\nthreads = 2\n");
    assert_eq!(
        machine.value(key),
        pair("2", "~~/home/.config/cca/config.toml:2")
    );
    let machine = machine.file("work/cca.toml", "\n[project]\nthreads = 3\n");
    assert_eq!(machine.value(key), pair("3", "~~/work/cca.toml:3"));
    let machine = machine.file("work/.env", "CCA_THREADS=4\n");
    assert_eq!(machine.value(key), pair("4", "CCA_THREADS in ~~/work/.env"));
    let machine = machine.variable("CCA_THREADS", "5");
    assert_eq!(machine.value(key), pair("5", "environment CCA_THREADS"));
    let machine = machine.flags(|flags| flags.threads = Some(6));
    assert_eq!(machine.value(key), pair("6", "flag --threads"));
}

#[test]
fn the_familiar_variables_are_understood() {
    let machine = Machine::new().file(
        "work/inner/.env",
        "MONGO_URI=mongodb://ann:s3cr3t-word@db:27017/x\nMONGO_DB=logs\nMONGO_COLLECTION=a,b\n\
         DUCKDB_PATH=/duckdb/analytics.db\nICEBERG_WAREHOUSE_PATH=lake\nICEBERG_CATALOG_NAME=c\n\
         ICEBERG_NAMESPACE=n\nICEBERG_TABLE_NAME=t\nDEAD_LETTER_DIR=/dl\nBATCH_SIZE=10000\n\
         CDC_BUFFER_SECONDS=60\nBACKFILL_ALL_HISTORICAL=true\nPREFECT_API_URL=http://p:4200/api\n\
         SLACK_WEBHOOK_URL=\nALERT_EMAIL=\n",
    );
    let configuration = machine.resolve().expect("resolved");
    let settings = &configuration.settings;
    assert_eq!(settings.source, SourceKind::Mongo);
    assert_eq!(
        settings.mongo.uri.reveal(),
        "mongodb://ann:s3cr3t-word@db:27017/x"
    );
    assert_eq!(settings.mongo.collections, ["a", "b"]);
    assert_eq!(settings.mongo.batch_size, 10_000);
    assert_eq!(
        settings.warehouse.path,
        PathBuf::from("/duckdb/analytics.db")
    );
    assert_eq!(
        settings.lake.warehouse_path,
        machine.dir.path().join("work/inner/lake")
    );
    assert_eq!(settings.watch.buffer.as_secs(), 60);
    assert!(settings.extract.backfill_all_historical);
    assert_eq!(settings.env["MONGO_DB"], "logs");
    assert!(configuration.notices[0].starts_with("reading MongoDB because MONGO_URI is set in"));
    assert!(
        configuration
            .values
            .iter()
            .all(|value| !value.value.contains("s3cr3t-word"))
    );
    assert!(!format!("{settings:?}").contains("s3cr3t-word"));
    assert_eq!(
        machine.value("source.kind"),
        pair(
            "mongo",
            "implied by mongo.uri (MONGO_URI in ~~/work/inner/.env)"
        )
    );
}

#[test]
fn named_roots_or_a_named_source_beat_the_presence_of_a_database() {
    let machine = Machine::new()
        .variable("MONGO_URI", "mongodb://db")
        .flags(|flags| flags.roots = vec!["here".into()]);
    assert_eq!(
        machine.value("source.kind"),
        pair("transcripts", "implied by --roots")
    );
    assert_eq!(
        machine.value("transcripts.roots"),
        pair("~~/work/inner/here", "flag --roots")
    );
    let machine = Machine::new()
        .variable("MONGO_URI", "mongodb://db")
        .variable("CCA_SOURCE_KIND", "transcripts");
    assert_eq!(
        machine.value("source.kind"),
        pair("transcripts", "environment CCA_SOURCE_KIND")
    );
}

#[test]
fn wrong_values_name_key_and_origin() {
    let refused = |machine: Machine| machine.resolve().expect_err("refused").to_string();
    assert_eq!(
        refused(Machine::new().variable("BATCH_SIZE", "many")),
        "error[config]: `mongo.batch_size` must be a whole number from 1 to 1000000\n   \
         at environment BATCH_SIZE\n   \
         cause: `many` is not a whole number"
    );
    let error = refused(Machine::new().file("work/cca.toml", "[mongo]\nlookback = true\n"));
    assert!(
        error.contains("`mongo.lookback` must be a duration such as `30s`, `5m` or `24h`"),
        "{error}"
    );
    assert!(
        error.contains("work/cca.toml:2\n   cause: it is true or false"),
        "{error}"
    );
    let error = refused(Machine::new().flags(|flags| flags.timezone = Some("Mars/Base".into())));
    assert!(
        error.contains("at flag --timezone\n   cause: `Mars/Base` is not a known zone"),
        "{error}"
    );
    let error = refused(Machine::new().flags(|flags| flags.threads = Some(0)));
    assert!(
        error.contains("`project.threads` must be a whole number from 1 to 1024"),
        "{error}"
    );
}

#[test]
fn the_data_folder_follows_the_project() {
    let key = "project.data_dir";
    let machine = Machine::new();
    assert_eq!(
        machine.value(key),
        pair("~~/home/.local/share/cca", "XDG data folder")
    );
    let machine = machine.file("work/inner/data/iceberg/catalog.db", "");
    assert_eq!(
        machine.value(key),
        pair("~~/work/inner/data", "there is one in this folder")
    );
    let machine = machine.file("work/cca.toml", "");
    assert_eq!(
        machine.value(key),
        pair("~~/work/data", "beside the project")
    );
    assert_eq!(
        machine.value("project.dir"),
        pair("~~/work", "project found")
    );
    assert_eq!(
        machine.value("warehouse.path"),
        pair("~~/work/data/warehouse.duckdb", "built-in")
    );
    let machine = machine.file("work/cca.toml", "[project]\ndata_dir = 'out'\n");
    assert_eq!(
        machine.value(key),
        pair("~~/work/out", "~~/work/cca.toml:2")
    );
    assert_eq!(machine.value("publish.dir").0, "~~/work/out/published");
    let machine = machine.flags(|flags| flags.data_dir = Some("x".into()));
    assert_eq!(
        machine.value(key),
        pair("~~/work/inner/x", "flag --data-dir")
    );
}

#[test]
fn transcripts_are_where_claude_code_keeps_them() {
    let machine = Machine::new()
        .file("home/.claude/projects/p/s.jsonl", "")
        .file("home/.config/claude/projects/p/s.jsonl", "");
    assert_eq!(
        machine.value("transcripts.roots").0,
        "~~/home/.claude, ~~/home/.config/claude"
    );
    let machine = machine.variable("CLAUDE_CONFIG_DIR", "/a,~/b");
    assert_eq!(
        machine.value("transcripts.roots"),
        pair("/a, ~~/home/b", "environment CLAUDE_CONFIG_DIR")
    );
}

#[test]
fn a_missing_project_folder_is_refused() {
    let error = Machine::new()
        .flags(|flags| flags.project_dir = Some("nowhere".into()))
        .resolve()
        .expect_err("refused");
    assert_eq!(error.message(), "the project folder does not exist");
}
