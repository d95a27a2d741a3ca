//! The price list: dated, checked before it is used, and beside that of others.

use serde_json::{Value, json};

use super::lines::{Built, pairs, said, used, with};
use super::usage::{costs, usage};
use crate::fixtures::{self, cca, fail, succeed};

const T: &str = "2026-03-02T10:00:00.000";

const HEADER: &str = "model_pattern,valid_from,valid_to,input_usd_per_mtok,output_usd_per_mtok,cache_write_5m_usd_per_mtok,cache_write_1h_usd_per_mtok,cache_read_usd_per_mtok,long_context_threshold_tokens,long_input_usd_per_mtok,long_output_usd_per_mtok,long_cache_write_5m_usd_per_mtok,long_cache_write_1h_usd_per_mtok,long_cache_read_usd_per_mtok,fast_multiplier,batch_multiplier,regional_multiplier,web_search_usd_per_1000";

fn price(pattern: &str, from: &str, to: &str, input: &str) -> String {
    format!("{pattern},{from},{to},{input},50,12,20,1,,,,,,,1,0.5,1,10")
}

fn prices(rows: &[String]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

#[test]
fn the_price_of_the_day_of_the_response_holds() {
    let built = Built::from(&[(
        "-home-ada-shop/s.jsonl",
        vec![
            used(
                "s",
                "2025-12-31T23:59:59.000",
                "before",
                "claude-opus-4-6",
                &usage(1_000_000, 0),
            ),
            used(
                "s",
                "2026-01-31T23:59:59.999",
                "january",
                "claude-opus-4-6",
                &usage(1_000_000, 0),
            ),
            used(
                "s",
                "2026-02-01T00:00:00.000",
                "february",
                "claude-opus-4-6",
                &usage(1_000_000, 0),
            ),
            used("s", T, "other", "claude-opus-4-7", &usage(1_000_000, 0)),
        ],
    )]);
    succeed(cca(built.path()).args(["init", "-q"]));
    std::fs::write(
        built.path().join("seeds/model_prices.csv"),
        prices(&[
            price("claude-opus-4-6", "2026-01-01", "2026-01-31", "10"),
            price("claude-opus-4-6", "2026-02-01", "", "20"),
            price("claude-*", "", "", "30"),
        ]),
    )
    .expect("written");
    succeed(cca(built.path()).args(["run", "-q"]));
    assert_eq!(
        costs(&built),
        pairs([
            ("january", json!("10.0000000000")),
            ("february", json!("20.0000000000")),
            // The longest name that matches and holds on the day.
            ("before", json!("30.0000000000")),
            ("other", json!("30.0000000000")),
        ])
    );
}

#[test]
fn a_wrong_price_list_is_one_clear_message_before_anything_is_built() {
    let built = Built::from(&[("-home-ada-shop/s.jsonl", vec![said("s", T, "m", "ok")])]);
    succeed(cca(built.path()).args(["init", "-q"]));
    let seed = built.path().join("seeds/model_prices.csv");
    let good = price("claude-opus-4-6", "", "", "5");
    for (rows, line, parts) in [
        (
            vec![
                price("claude-a", "2026-01-01", "2026-03-31", "1"),
                price("claude-a", "2026-03-31", "", "2"),
            ],
            3,
            ["claude-a", "line 2", "overlap"],
        ),
        (
            vec![
                price("claude-a", "", "", "1"),
                good.clone(),
                price("claude-a", "2026-01-01", "", "2"),
            ],
            4,
            ["claude-a", "line 2", "overlap"],
        ),
        (
            vec![
                price("claude-a", "2026-01-01", "", "1"),
                price("claude-a", "2026-01-01", "", "1"),
            ],
            3,
            ["claude-a", "line 2", "twice"],
        ),
        (
            vec![
                good.clone(),
                price("claude-a", "2026-02-01", "2026-01-31", "1"),
            ],
            3,
            ["2026-02-01", "2026-01-31", "before"],
        ),
        (
            vec![price("claude-a", "2026-02-30", "", "1")],
            2,
            ["2026-02-30", "valid_from", "date"],
        ),
        (
            vec![price("claude-a", "", "", "five")],
            2,
            ["five", "input_usd_per_mtok", "number"],
        ),
        (
            vec![price("claude-a", "", "", "-5")],
            2,
            ["-5", "input_usd_per_mtok", "below 0"],
        ),
        (
            vec![price("claude-a", "", "", "")],
            2,
            ["input_usd_per_mtok", "empty", "claude-a"],
        ),
        (
            vec![price("claude-a", "", "", "1").replace(",20,1,,", ",20,1,200000,")],
            2,
            ["long_input_usd_per_mtok", "claude-a", "or none"],
        ),
        (
            vec![price("", "", "", "1")],
            2,
            ["model_pattern", "empty", "line"],
        ),
    ] {
        std::fs::write(&seed, prices(&rows)).expect("written");
        for command in ["run", "seed", "backfill"] {
            let message = fail(
                cca(built.path())
                    .args([command, "-q"])
                    .env("CCA_TRANSCRIPTS_ROOTS", built.path().join("claude")),
                2,
            );
            assert!(
                message.contains(&format!("seeds/model_prices.csv:{line}")),
                "{command}: {message}"
            );
            assert!(message.contains("hint:"), "{command}: {message}");
            for part in parts {
                if part != "line" {
                    assert!(message.contains(part), "{part}: {message}");
                }
            }
            assert_eq!(message.matches("error[").count(), 1, "{message}");
        }
    }
    let headless = prices(&[good]).replace("cache_read_usd_per_mtok", "cache_red_usd_per_mtok");
    std::fs::write(&seed, headless).expect("written");
    let message = fail(cca(built.path()).args(["run", "-q"]), 2);
    assert!(
        message.contains("cache_red_usd_per_mtok") && message.contains("cache_read_usd_per_mtok"),
        "{message}"
    );
    // Nothing was touched meanwhile.
    assert_eq!(costs(&built), pairs([("m", json!("0.0005500000"))]));
}

/// Rates per million tokens that another program was seen to use, by the model's name.
#[test]
fn rates_equal_those_measured_in_another_program() {
    let Some(shared) = fixtures::shared("the comparison of prices") else {
        return;
    };
    let text = std::fs::read(shared.join("facts/ccusage_prices_offline.json")).expect("readable");
    let measured: Value = serde_json::from_slice(&text).expect("JSON");
    let models: Vec<(&String, &Value)> = measured
        .as_object()
        .expect("models")
        .iter()
        // Those it has no price for are not compared, nor names that are no model of the vendor.
        .filter(|(name, rates)| name.contains("claude-") && rates["i"].as_f64() > Some(0.0))
        .collect();
    // A hundred thousand tokens, so that no request is long; a million where it is meant to be.
    let few = |class: &str| {
        let mut usage = usage(0, 0);
        match class {
            "i" | "fast_i" => usage["input_tokens"] = json!(100_000),
            "o" => usage["output_tokens"] = json!(100_000),
            "cr" => usage["cache_read_input_tokens"] = json!(100_000),
            "i_big" => usage["input_tokens"] = json!(1_000_000),
            "cw" => usage["cache_creation_input_tokens"] = json!(100_000),
            _ => {
                usage["cache_creation_input_tokens"] = json!(100_000);
                usage["cache_creation"] = json!({"ephemeral_1h_input_tokens": 100_000});
            }
        }
        if class == "fast_i" {
            usage["speed"] = json!("fast");
        }
        usage
    };
    let classes = ["i", "o", "cw", "cw1h", "cr", "fast_i", "i_big"];
    let mut lines = Vec::new();
    for (name, _) in &models {
        for class in classes {
            lines.push(used("s", T, &format!("{name} {class}"), name, &few(class)));
        }
    }
    let built = Built::from(&[("-home-ada-shop/s.jsonl", lines)]);
    let costs = costs(&built);
    assert!(models.len() > 30);
    for (name, rates) in models {
        for class in classes {
            let cost: f64 = costs[&format!("{name} {class}")]
                .as_str()
                .unwrap_or_else(|| panic!("no price for {name}"))
                .parse()
                .expect("a number");
            let rate = |key: &str| rates[key].as_f64().expect("a rate");
            let expected = match class {
                // It bills the part above 200,000 dearer, the vendor the whole request; on Vertex
                // (`@`) it does not know the tier.
                "i_big" if name.contains('@') => continue,
                "i_big" => (rate("i_big") - 0.2 * rate("i")) / 0.8,
                class => rate(class) / 10.0,
            };
            assert!(
                (cost - expected).abs() < 1e-9,
                "{name} {class}: {cost} {expected}"
            );
        }
    }
}

/// Rates of claude-sonnet-4-5 per million: 3 in, 15 out, 6 written for an hour, 0.3 read; above
/// 200,000 tokens of input in one request 6 in and 22.5 out.
#[test]
fn each_request_of_a_response_has_the_rates_of_its_own_size() {
    let request = |input: u64, output: u64, more: &Value| {
        with(
            json!({"type": "message", "input_tokens": input, "output_tokens": output}),
            more,
        )
    };
    let hour = json!({"cache_read_input_tokens": 60_000, "cache_creation_input_tokens": 1000,
                      "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 1000}});
    let none = json!({});
    let response = |id: &str, whole: Value, requests: [Value; 2]| {
        let usage = with(whole, &json!({"iterations": requests}));
        used("s", T, id, "claude-sonnet-4-5", &usage)
    };
    let built = Built::from(&[(
        "-home-ada-shop/s.jsonl",
        vec![
            // 231,000 tokens of input, but 150,000 and 81,000 in one request each. The split of
            // the response knows only the first of them.
            response(
                "apart",
                with(
                    usage(170_000, 300),
                    &with(
                        hour.clone(),
                        &json!({"cache_creation": {"ephemeral_1h_input_tokens": 0}}),
                    ),
                ),
                [request(150_000, 100, &none), request(20_000, 200, &hour)],
            ),
            response(
                "one_long",
                usage(202_000, 200),
                [request(201_000, 100, &none), request(1000, 100, &none)],
            ),
            // What does not add up tells nothing.
            response(
                "not_told",
                usage(230_000, 200),
                [request(150_000, 100, &none), request(20_000, 100, &none)],
            ),
        ],
    )]);
    assert_eq!(
        costs(&built),
        pairs([
            ("apart", json!("0.5385000000")),
            ("one_long", json!("1.2127500000")),
            ("not_told", json!("1.3845000000")),
        ])
    );
    built.says(
        "SELECT cache_creation_5m_tokens AS w5, cache_creation_1h_tokens AS w1 FROM marts.fct_api_calls WHERE message_id = 'apart'",
        &json!({"w5": 0, "w1": 1000}),
    );
}
