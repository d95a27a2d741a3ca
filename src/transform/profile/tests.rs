//! What a profile says, and what it gets wrong.

use super::*;

fn project(dir: &Path) -> Project {
    let file = dir.join(DBT_PROJECT_FILE);
    crate::sys::fs::write_atomic(&file, b"name: shop\nprofile: shop\n").expect("written");
    Project::discover(Some(dir)).expect("a project")
}

fn read(profiles: &str, request: &ProfileRequest) -> Result<Profile> {
    let dir = tempfile::tempdir().expect("a folder");
    let project = project(dir.path());
    let file = dir.path().join("profiles.yml");
    crate::sys::fs::write_atomic(&file, profiles.as_bytes()).expect("written");
    Profile::read(&project, request)
}

#[test]
fn a_target_is_understood() {
    let text = "shop:\n  target: \"{{ env_var('T', 'dev') }}\"\n  outputs:\n    dev:\n      type: duckdb\n      path: \"{{ env_var('DB') }}/my.shop.duckdb\"\n      schema: analytics\n      threads: 4\n      extensions: [parquet, {name: icu, repo: core}]\n      settings: {memory_limit: 1GB, preserve_insertion_order: false}\n      attach:\n        - {path: other.db, alias: \"o\", read_only: true}\n    prod: {type: duckdb}\n";
    let mut request = ProfileRequest::default();
    request.env.insert("DB".into(), "files".into());
    let profile = read(text, &request).expect("valid");
    assert!(
        profile
            .path
            .as_ref()
            .expect("a file")
            .ends_with("files/my.shop.duckdb")
    );
    assert_eq!(profile.target.name, "dev");
    assert_eq!(profile.target.schema, "analytics");
    assert_eq!(profile.target.database.as_deref(), Some("my"));
    assert_eq!(profile.threads, Some(4));
    assert_eq!(
        profile.opening,
        [
            "LOAD 'icu'",
            "ATTACH IF NOT EXISTS 'other.db' AS \"o\" (READ_ONLY)"
        ]
    );
    assert_eq!(
        profile.session,
        [
            "SET \"memory_limit\" = '1GB'",
            "SET \"preserve_insertion_order\" = false"
        ]
    );
    request.target = Some("prod".into());
    let profile = read(text, &request).expect("valid");
    assert_eq!(profile.path, None);
    assert_eq!(profile.target.database.as_deref(), Some("memory"));
}

#[test]
fn mistakes_say_what_there_is() {
    let message =
        |text: &str, request: &ProfileRequest| read(text, request).expect_err("wrong").to_string();
    let none = ProfileRequest::default();
    assert!(message("shopp: {}", &none).contains("Did you mean `shopp`?"));
    let text = "shop: {target: dev, outputs: {prod: {type: duckdb}}}";
    assert!(message(text, &none).contains("There is `prod`."));
    let text = "shop: {target: dev, outputs: {dev: {type: postgres}}}";
    assert!(message(text, &none).contains("only `duckdb`"));
    let text = "shop: {target: dev, outputs: {dev: {type: duckdb, path: \"{{ env_var('NO') }}\"}}}";
    assert!(message(text, &none).contains("environment variable `NO` is not set"));
    let dir = tempfile::tempdir().expect("a folder");
    let lonely = Profile::read(&project(dir.path()), &none).expect_err("no file");
    assert!(lonely.to_string().contains("--profiles-dir"), "{lonely}");
}
