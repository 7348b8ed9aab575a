//! `docs/risk.md` explains every parameter, with the code's own defaults and bounds, and works the solvency envelope with
//! the code's own numbers. `KEEL_BLESS=1 cargo test -p keel-engine --test risk` writes the numbers anew; words are written by
//! hand.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test"
)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use keel_engine::exchange_params::EXCHANGE_PARAMETERS;
use keel_engine::params::{MILLION, Params};

/// Default, smallest and largest value of every parameter.
fn parameters() -> BTreeMap<&'static str, [u64; 3]> {
    let market = Params::TABLE.iter().map(|row| (row.name, [row.default, row.min, row.max]));
    let exchange = EXCHANGE_PARAMETERS.iter();
    let exchange = exchange.map(|row| (row.name, [row.default, row.min, row.max].map(u64::from)));
    market.chain(exchange).collect()
}

/// The parameter of a line of a table: name, and its cells.
fn row(line: &str) -> Option<(&str, Vec<&str>)> {
    let name = line.strip_prefix("| `")?.split('`').next()?;
    let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
    (cells.len() == 5).then_some((name, cells))
}

/// A number with thousands separators.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place != 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The inequalities of `Params::unsafe_combination` with the numbers of the defaults.
fn envelope() -> String {
    let params = Params::DEFAULT;
    let get = |name| params.get(name).expect("a parameter of that name");
    let lag = get("mark_ring").div_ceil(2) * get("mark_step_secs");
    let waits = [get("max_age_mark_secs"), lag, get("plateau_secs"), get("auction_secs")];
    let secs: u64 = waits.iter().sum();
    let (speed, cap) = (get("max_index_speed_ppm_per_min"), get("funding_cap_ppm_per_hour"));
    let (moved, funding) = ((speed * secs).div_ceil(60), (cap * secs).div_ceil(3_600));
    let [mark_band, d_max, fee] = ["mark_band_ppm", "d_max_ppm", "max_fee_ppm"].map(get);
    let [band, conf] = ["price_band_ppm", "conf_limit_ppm"].map(get);
    let (imr, mmr) = (get("imr_ppm"), get("mmr_ppm"));
    let target = mmr * (u64::from(MILLION) + get("buffer_ppm")) / u64::from(MILLION);
    let rule = |title: &str, names: &str, parts: &[u64], sign: &str, limit: u64, limit_name: &str| {
        let sum: u64 = parts.iter().sum();
        let holds = if sign == "<" { sum < limit } else { sum <= limit };
        assert!(holds, "{title}: {sum} against {limit}");
        let shown: Vec<String> = parts.iter().map(|part| grouped(*part)).collect();
        let left = grouped(limit - sum);
        let (shown, sum, limit) = (shown.join(" + "), grouped(sum), grouped(limit));
        format!("| {title} | {names} | {shown} = **{sum}** | {sign} {limit} ({limit_name}) | {left} |\n")
    };
    let mut text = format!(
        "Time from the last refresh to the largest discount: `max_age_mark` {} + median's lag {} + `plateau` {} + `auction` {} = **{secs} s**. \
         In it the index moves {} * {secs} / 60 = {} and funding takes {} * {secs} / 3,600 = {funding}.\n\n",
        waits[0],
        waits[1],
        waits[2],
        waits[3],
        grouped(speed),
        grouped(moved),
        grouped(cap),
    );
    text.push_str("| inequality | parts | with the defaults | at most | room |\n|---|---|---|---|---|\n");
    for line in [
        rule(
            "1. Closed in time",
            "index, mark band, funding, largest discount, fees",
            &[moved, mark_band, funding, d_max, fee],
            "<=",
            mmr,
            "mmr",
        ),
        rule(
            "2. Opened in the band",
            "price band, mark band, fee",
            &[band, mark_band, fee],
            "<=",
            imr - mmr,
            "imr - mmr",
        ),
        rule("3. Reduced in twice the band", "twice the price band, fee", &[2 * band, fee], "<=", mmr, "mmr"),
        rule(
            "4. Each step improves health",
            "largest discount, confidence, fee",
            &[d_max, conf, fee],
            "<",
            target,
            "mmr * (1 + buffer)",
        ),
        rule("5. Funding leaves time", "8 hours of the cap", &[8 * cap], "<=", imr - mmr, "imr - mmr"),
        rule("6. Deleveraging stays open", "twice the mark band", &[2 * mark_band], "<=", d_max, "d_max"),
    ] {
        text.push_str(&line);
    }
    text
}

/// The page as it must be: every row's numbers, and the envelope.
fn expected(page: &str) -> String {
    let parameters = parameters();
    let mut lines = String::new();
    let mut inside = false;
    for line in page.lines() {
        if line == "<!-- envelope -->" {
            write!(lines, "{line}\n{}", envelope()).unwrap();
            inside = true;
        }
        inside &= line != "<!-- end -->";
        if inside {
            continue;
        }
        match row(line).and_then(|(name, cells)| Some((name, cells, parameters.get(name)?))) {
            Some((name, cells, [default, min, max])) => {
                writeln!(lines, "| `{name}` | {default} | {min}..{max} | {} | {} |", cells[3], cells[4]).unwrap();
            }
            None => writeln!(lines, "{line}").unwrap(),
        }
    }
    lines
}

#[test]
fn every_parameter_is_explained_once_and_with_its_own_numbers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/risk.md");
    let page = std::fs::read_to_string(&path).expect("docs/risk.md is there");
    let parameters = parameters();
    let mut explained: BTreeMap<&str, usize> = parameters.keys().map(|name| (*name, 0)).collect();
    for (name, cells) in page.lines().filter_map(row) {
        let times = explained.get_mut(name);
        *times.unwrap_or_else(|| panic!("docs/risk.md explains `{name}`, which is no parameter")) += 1;
        assert!(cells[3].len() > 10 && !cells[4].is_empty(), "docs/risk.md says nothing of `{name}`");
    }
    let wrong: Vec<_> = explained.iter().filter(|(_, times)| **times != 1).collect();
    assert!(wrong.is_empty(), "parameters that docs/risk.md does not explain exactly once: {wrong:?}");

    let expected = expected(&page);
    if std::env::var_os("KEEL_BLESS").is_some() {
        std::fs::write(&path, &expected).expect("docs/ is writable");
    } else {
        assert!(
            page == expected,
            "docs/risk.md is out of date: run KEEL_BLESS=1 cargo test -p keel-engine --test risk"
        );
    }
}
