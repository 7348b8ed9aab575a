//! The command line.

use keel_demo::arguments::Arguments;

fn parse(line: &str) -> anyhow::Result<Arguments> {
    Arguments::parse(line.split_whitespace().map(str::to_owned))
}

#[test]
fn options_have_defaults() {
    let arguments = parse("").unwrap();
    assert_eq!((arguments.prices, arguments.days, arguments.samples, arguments.seed), (None, None, 4, 2));
}

#[test]
fn options_are_read() {
    let arguments =
        parse("--prices a.csv --days 2.5 --samples 2 --seed 7 --report out.html --record run.json").unwrap();
    assert_eq!(arguments.prices.unwrap().to_str(), Some("a.csv"));
    assert_eq!((arguments.days, arguments.samples, arguments.seed), (Some(2.5), 2, 7));
    assert_eq!(arguments.report.unwrap().to_str(), Some("out.html"));
    assert_eq!(arguments.record.unwrap().to_str(), Some("run.json"));
}

#[test]
fn what_is_not_understood_is_refused() {
    for line in ["--price a.csv", "--days", "--days 0", "--days x", "--samples 0", "--samples 13", "a.csv"] {
        assert!(parse(line).is_err(), "{line}");
    }
}
