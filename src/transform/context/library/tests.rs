use super::*;

fn macros(order: &[(&str, &[&str])], defined: &[(&str, &str)]) -> Macros {
    let order = order.iter().map(|(namespace, packages)| {
        let packages = packages.iter().map(|one| (*one).to_owned());
        ((*namespace).to_owned(), packages.collect())
    });
    let mut all = Macros::new("shop", order.collect());
    for (package, name) in defined {
        all.add(Macro {
            id: format!("macro.{package}.{name}"),
            name: (*name).to_owned(),
            package: (*package).to_owned(),
            template: String::new(),
            path: String::new(),
            file: String::new(),
            line: 1,
            written: String::new(),
            parameters: Vec::new(),
            open: None,
        });
    }
    all
}

fn materialization(defined: &[(&str, &str)], name: &str, written: bool) -> Option<String> {
    let all = macros(&[], defined);
    let found = all.materialization(name, written)?;
    Some(found.package.clone() + "." + &found.name)
}

#[test]
fn the_project_replaces_what_is_built_in_and_packages_do_not() {
    let of_package = [("lib", "materialization_table_duckdb")];
    assert_eq!(materialization(&of_package, "table", false), None);
    let own = [
        ("lib", "materialization_mine_duckdb"),
        ("shop", "materialization_mine_default"),
        ("shop", "materialization_view_default"),
        ("shop", "materialization_table_default"),
    ];
    let is = |name: &str, expected: Option<&str>| {
        assert_eq!(
            materialization(&own, name, false).as_deref(),
            expected,
            "{name}"
        );
    };
    // One for this engine comes first, wherever it is.
    is("mine", Some("lib.materialization_mine_duckdb"));
    // A view is made the same way on all engines, a table is not.
    is("view", Some("shop.materialization_view_default"));
    is("table", None);
    is("incremental", None);
    is(
        "table_function",
        Some("dbt.materialization_table_function_duckdb"),
    );
    assert_eq!(
        materialization(&[], "incremental", true).as_deref(),
        Some("dbt.materialization_incremental_duckdb")
    );
}

#[test]
fn macros_of_dbt_that_are_replaced_change_how_things_are_built() {
    let changes = |order: &[(&str, &[&str])], defined: &[(&str, &str)]| {
        macros(order, defined).changes(Way::Building)
    };
    assert!(changes(&[], &[("shop", "duckdb__create_table_as")]));
    assert!(changes(&[], &[("shop", "run_hooks")]));
    assert!(!changes(&[], &[("shop", "create_tables")]));
    let of_package = [("lib", "default__create_table_as")];
    assert!(!changes(&[], &of_package));
    assert!(changes(&[("dbt", &["shop", "lib", "dbt"])], &of_package));
    assert!(!changes(
        &[("dbt", &["shop", "lib", "dbt"])],
        &[("lib", "run_hooks")]
    ));
}
