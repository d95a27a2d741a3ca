//! Rows in every form.

use super::*;

fn columns() -> Vec<Column> {
    [
        ("day", "DATE"),
        ("cost", "DECIMAL(18,4)"),
        ("day", "VARCHAR"),
    ]
    .map(|(name, type_name)| Column {
        name: name.into(),
        type_name: type_name.into(),
    })
    .to_vec()
}

fn rows() -> Vec<Vec<Value>> {
    vec![
        vec![
            Value::Temporal("2026-11-20".into()),
            Value::Decimal("1234567890123456.7890".into()),
            Value::Text("a\nb\u{1b}[31m".into()),
        ],
        vec![
            Value::Null,
            Value::Int(9_007_199_254_740_993),
            Value::Text("x, \"y\"".into()),
        ],
    ]
}

#[test]
fn people_get_a_table_with_numbers_to_the_right() {
    let mut table = TableRows::default();
    rows().iter().for_each(|row| table.row(row));
    insta::assert_snapshot!(table.finish(&columns(), None), @r#"
     day                           cost   day
    ───────────────────────────────────────────────
     2026-11-20   1234567890123456.7890   a⏎b·[31m
                       9007199254740993   x, "y"
    "#);
}

#[test]
fn programs_get_objects_with_exact_numbers() {
    let mut out = Vec::new();
    let mut json = JsonRows::new(&mut out);
    for row in rows() {
        json.row(&columns(), &row).expect("written");
    }
    json.finish().expect("ended");
    insta::assert_snapshot!(String::from_utf8(out).expect("text"), @r#"
    [
    {"day":"2026-11-20","cost":1234567890123456.7890,"day_2":"a\nb\u001b[31m"},
    {"day":null,"cost":9007199254740993,"day_2":"x, \"y\""}
    ]
    "#);
    let mut out = Vec::new();
    JsonRows::new(&mut out).finish().expect("ended");
    assert_eq!(out, b"[]\n");
}

#[test]
fn csv_has_names_even_without_rows() {
    let mut out = Vec::new();
    let mut csv = CsvRows::new(&mut out);
    for row in rows() {
        csv.row(&columns(), &row).expect("written");
    }
    csv.finish(&columns()).expect("ended");
    insta::assert_snapshot!(String::from_utf8(out).expect("text"), @r#"
    day,cost,day
    2026-11-20,1234567890123456.7890,"a
    b[31m"
    ,9007199254740993,"x, ""y"""
    "#);
    let mut out = Vec::new();
    CsvRows::new(&mut out).finish(&columns()).expect("ended");
    assert_eq!(out, b"day,cost,day\n");
}

#[test]
fn only_plain_number_types_go_to_the_right() {
    for name in ["BIGINT", "DECIMAL(18,4)", "DOUBLE", "UBIGINT"] {
        assert!(is_number(name), "{name}");
    }
    for name in [
        "INTERVAL",
        "BIGINT[]",
        "STRUCT(a INTEGER)",
        "VARCHAR",
        "DECIMAL(18,4)[]",
    ] {
        assert!(!is_number(name), "{name}");
    }
}

#[test]
fn many_columns_become_records() {
    let many: Vec<Column> = (0..9)
        .map(|index| Column {
            name: format!("column_{index}"),
            type_name: "INTEGER".into(),
        })
        .collect();
    let mut table = TableRows::default();
    table.row(
        &(0..9)
            .map(|number| Value::Int(number * 1_000_000))
            .collect::<Vec<_>>(),
    );
    let text = table.finish(&many, Some(60));
    let plain = anstream::adapter::strip_str(&text).to_string();
    assert!(
        plain.starts_with("── row 1 ──\ncolumn_0  0\ncolumn_1  1000000\n"),
        "{plain}"
    );
}
