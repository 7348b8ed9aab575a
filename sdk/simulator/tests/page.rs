//! The tables of `docs/scenarios.md` are those of the parser. `KEEL_BLESS=1 cargo test -p keel-simulator --test page`
//! rewrites them.

mod files;

use std::fmt::Write;

use files::{blessed, repository, scenarios};
use keel_simulator::scenario::keys::{ACCOUNT, ACTIONS, BANK, FILE, Key, MARKET, POOL, Rule, SERIES, STEP, STRATEGY};
use keel_simulator::setup::EXCHANGE_PARAMETERS;

fn keys(keys: &[Key]) -> String {
    let mut table = String::from("| key | | what |\n|---|---|---|\n");
    for key in keys {
        let need = if key.required { "required" } else { "" };
        writeln!(table, "| `{}` | {need} | {} |", key.name, key.what).unwrap();
    }
    table
}

fn exchange() -> String {
    let mut table = String::from("| parameter | default | bounds | what for |\n|---|---|---|---|\n");
    for row in EXCHANGE_PARAMETERS {
        writeln!(table, "| `{}` | {} | {}..{} | {} |", row.name, row.default, row.min, row.max, row.what).unwrap();
    }
    table
}

fn actions() -> String {
    let mut table = String::from("| action | what | keys | prints |\n|---|---|---|---|\n");
    for info in ACTIONS {
        let shown = |key: &Key| format!("`{}`{}", key.name, if key.required { "" } else { "?" });
        let mut keys = info.keys.iter().map(shown).collect::<Vec<_>>().join(", ");
        keys.push_str(match info.rule {
            Rule::None => "",
            Rule::BaseOrQuote => " (`base` or `quote`)",
            Rule::MarketOrBank => " (`market` or `bank`)",
            Rule::OneRange => " (ticks, or slot, or none)",
        });
        writeln!(table, "| `{}` | {} | {keys} | {} |", info.name, info.what, info.prints).unwrap();
    }
    table.push_str("\n| key | what |\n|---|---|\n");
    let mut told: Vec<(&str, &str)> = Vec::new();
    for key in ACTIONS.iter().flat_map(|info| info.keys) {
        if !told.contains(&(key.name, key.what)) {
            told.push((key.name, key.what));
            writeln!(table, "| `{}` | {} |", key.name, key.what).unwrap();
        }
    }
    table
}

/// The page with what stands between `<!-- name -->` and the next `<!-- end -->` replaced.
fn with_section(page: &str, name: &str, content: &str) -> String {
    let begin = format!("<!-- {name} -->\n");
    let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("the page has no section {name}"));
    let (_, after) = rest.split_once("<!-- end -->").unwrap_or_else(|| panic!("the section {name} has no end"));
    format!("{before}{begin}{content}<!-- end -->{after}")
}

#[test]
fn tables() {
    let path = repository().join("docs/scenarios.md");
    let mut page = std::fs::read_to_string(&path).unwrap();
    for (name, content) in [
        ("file", keys(FILE)),
        ("market", keys(MARKET)),
        ("exchange", exchange()),
        ("bank", keys(BANK)),
        ("account", keys(ACCOUNT)),
        ("pool", keys(POOL)),
        ("strategy", keys(STRATEGY)),
        ("series", keys(SERIES)),
        ("step", keys(STEP)),
        ("actions", actions()),
    ] {
        page = with_section(&page, name, &content);
    }
    blessed(&path, &page);
}

/// What stands outside of lists and objects.
fn outermost(text: &str) -> String {
    let mut depth = 0;
    let outside = |letter: &char| {
        depth += i32::from("[{".contains(*letter));
        let is_outside = depth == 0;
        depth -= i32::from("]}".contains(*letter));
        is_outside
    };
    text.trim_end_matches('}').chars().filter(outside).collect()
}

#[test]
fn the_actions_print_what_the_table_says() {
    let mut seen = std::collections::BTreeSet::new();
    for path in scenarios() {
        let file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let printed = std::fs::read_to_string(path.with_extension("out")).unwrap();
        for (step, line) in file["steps"].as_array().unwrap().iter().zip(printed.lines()) {
            let Some((_, done)) = line.split_once("\"ok\":true") else { continue };
            let info = ACTIONS.iter().find(|info| step["do"] == info.name).unwrap();
            let names = info.prints.split(", ").filter(|name| !name.is_empty());
            let expected: Vec<String> = names.map(|name| format!("\"{name}\":")).collect();
            let done = outermost(done);
            let found: Vec<&str> = done.split(',').filter(|part| part.contains(':')).collect();
            assert_eq!(found.len(), expected.len(), "{} prints {done}", info.name);
            assert!(
                found.iter().zip(&expected).all(|(found, expected)| found.starts_with(expected.as_str())),
                "{done}"
            );
            seen.insert(info.name);
        }
    }
    assert_eq!(seen.len(), ACTIONS.len(), "every action succeeds somewhere: {seen:?}");
}
