//! The reference pages of `docs/` that are made from the program's interface agree with it:
//! `KEEL_BLESS=1 cargo test --workspace --test reference` in `tests/` rewrites them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use keel_chain_tests::{idl, written};
use serde_json::Value;

fn check(name: &str, expected: &str) {
    written::check(&format!("docs/{name}"), expected);
}

fn interface() -> Value {
    serde_json::from_str(&idl::text()).unwrap()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// Documentation in paragraphs: lines within one are joined.
fn paragraphs(value: &Value) -> Vec<String> {
    let lines: Vec<_> = list(value, "docs").iter().map(|line| line.as_str().unwrap_or_default()).collect();
    let parts = lines.split(|line| line.is_empty()).filter(|part| !part.is_empty());
    parts.map(|part| part.join(" ")).collect()
}

fn sentence(value: &Value) -> String {
    paragraphs(value).join(" ").replace('|', "\\|")
}

/// A line of the table of docs/compute.md.
struct Shape<'t> {
    instruction: &'t str,
    what: &'t str,
    median: &'t str,
}

impl Shape<'_> {
    fn units(&self) -> u64 {
        self.median.replace(',', "").parse().unwrap()
    }
}

/// The shapes of the table, of which a line is instruction, shape, least, median and most.
fn shapes(page: &str) -> Vec<Shape<'_>> {
    let lines = page.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    let shape = |line| match str::split(line, " | ").collect::<Vec<_>>()[..] {
        [instruction, what, _, median, _] => {
            Some(Shape { instruction: instruction.trim_end_matches('`'), what, median })
        }
        _ => None,
    };
    lines.filter_map(shape).collect()
}

/// The cheapest and the dearest shape of an instruction.
fn units(measured: &[Shape], name: &str) -> String {
    let mut own: Vec<_> = measured.iter().filter(|shape| shape.instruction == name).collect();
    own.sort_by_key(|shape| shape.units());
    let told = |shape: &Shape| match shape.what {
        "" => shape.median.to_owned(),
        what => format!("{} ({what})", shape.median),
    };
    match own[..] {
        [] => panic!("docs/compute.md does not know {name}: run `cargo xtask cu`"),
        [only] => format!("Compute units: {}.", told(only)),
        [least, .., most] => format!("Compute units: {} to {}.", told(least), told(most)),
    }
}

#[test]
fn instructions() {
    let (interface, measured) = (interface(), std::fs::read_to_string(written::path("docs/compute.md")).unwrap());
    let measured = shapes(&measured);
    let mut all: Vec<_> = list(&interface, "instructions").iter().collect();
    all.sort_by_key(|instruction| instruction["discriminator"][0].as_u64());
    let mut page = String::from(
        "# Instructions\n\nMade from the program's interface (`cargo xtask idl`). An instruction's data is its number, one byte, and its arguments in order,\nlittle endian. The accounts are in this order; behind them come the remaining ones, which `keel_sdk::instructions` and\n`@keel/sdk` find by themselves and a calling program passes on ([cpi.md](cpi.md)). W is writable, S signs, a question mark is an\naccount that may be nothing, in whose place the program's own address stands. Compute units are the cheapest and the dearest of\nthe shapes measured in [compute.md](compute.md). What an error says is in [errors.md](errors.md).\n",
    );
    for instruction in all {
        let number = instruction["discriminator"][0].as_u64().unwrap();
        writeln!(page, "\n## {number} `{}`\n", text(instruction, "name")).unwrap();
        page.push_str(&paragraphs(instruction).join("\n\n"));
        page.push_str("\n\n| account | | |\n|---|---|---|\n");
        for account in list(instruction, "accounts") {
            let flag = |key: &str, shown: &'static str| if account[key] == true { shown } else { "" };
            let flags = [flag("writable", "W"), flag("signer", "S"), flag("optional", "?")].concat();
            writeln!(page, "| `{}` | {flags} | {} |", text(account, "name"), sentence(account)).unwrap();
        }
        if !list(instruction, "args").is_empty() {
            page.push_str("\n| argument | type |\n|---|---|\n");
        }
        for argument in list(instruction, "args") {
            writeln!(page, "| `{}` | `{}` |", text(argument, "name"), idl::typed(&argument["type"])).unwrap();
        }
        writeln!(page, "\n{}", units(&measured, text(instruction, "name"))).unwrap();
    }
    check("instructions.md", &page);
}

/// Fields of the structs that accounts contain, the structs within them behind.
#[test]
fn fields() {
    let interface = interface();
    let types: BTreeMap<_, _> = list(&interface, "types").iter().map(|kind| (text(kind, "name"), kind)).collect();
    let mut page = String::from(
        "# Accounts, field by field\n\nMade from the program's interface. Where each account is and at which offset a field lies is in [layouts.md](layouts.md).\n",
    );
    let mut names: Vec<_> = list(&interface, "accounts").iter().map(|account| text(account, "name")).collect();
    let mut at = 0;
    while let Some(kind) = names.get(at).and_then(|name| types.get(name)) {
        writeln!(page, "\n## {}\n\n{}\n\n| field | type | |\n|---|---|---|", text(kind, "name"), sentence(kind))
            .unwrap();
        for field in list(&kind["type"], "fields") {
            let shown = idl::typed(&field["type"]);
            writeln!(page, "| `{}` | `{shown}` | {} |", text(field, "name"), sentence(field)).unwrap();
            let within = shown.trim_start_matches('[').split(';').next().unwrap_or_default();
            if let Some((name, _)) = types.get_key_value(within).filter(|(name, _)| !names.contains(name)) {
                names.push(name);
            }
        }
        at += 1;
    }
    assert_eq!(at, names.len(), "{} has no type in the interface", names[at.min(names.len() - 1)]);
    check("accounts.md", &page);
}

/// Every page is in the book's list, and every page of the list is there.
#[test]
fn pages_of_the_book() {
    let folder = written::path("docs");
    let list = std::fs::read_to_string(folder.join("SUMMARY.md")).unwrap();
    let listed: BTreeSet<_> =
        list.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_owned).collect();
    let pages = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let there: BTreeSet<_> = pages.filter(|name| name.ends_with(".md") && name != "SUMMARY.md").collect();
    assert_eq!(listed, there, "docs/SUMMARY.md lists the left ones");
}
