//! Vectors: known answers, the order of rounding, and an error for everything that is not served.

use keel_simulator::vectors::{answer, answer_all};

#[track_caller]
fn answers(line: &str, expected: &str) {
    assert_eq!(answer(line), expected, "{line}");
}

#[track_caller]
fn refused(line: &str, part: &str) {
    let answer = answer(line);
    assert!(answer.starts_with(r#"{"error":""#) && answer.contains(part), "{line}: {answer}");
    let _json: serde_json::Value = serde_json::from_str(&answer).unwrap();
}

#[test]
fn ticks() {
    answers(r#"{"op":"sqrt_price_at_tick","tick":0}"#, r#"{"sqrt_price":"18446744073709551616"}"#);
    // floor(1.0001^(1/2) * 2^64)
    answers(r#"{"op":"sqrt_price_at_tick","tick":"1"}"#, r#"{"sqrt_price":"18447666387855959850"}"#);
    answers(r#"{"op":"tick_at_sqrt_price","sqrt_price":"18447666387855959849"}"#, r#"{"tick":0}"#);
    answers(r#"{"op":"tick_at_sqrt_price","sqrt_price":18447666387855959850}"#, r#"{"tick":1}"#);
    for tick in [-150_000, -149_999, -12_345, -1, 1, 64, 149_999, 150_000] {
        let line = format!(r#"{{"op":"sqrt_price_at_tick","tick":{tick}}}"#);
        let s = answer(&line).replace(r#"{"sqrt_price":"#, r#"{"op":"tick_at_sqrt_price","sqrt_price":"#);
        answers(&s, &format!(r#"{{"tick":{tick}}}"#));
    }
    refused(r#"{"op":"sqrt_price_at_tick","tick":150001}"#, "InvalidTick");
    refused(r#"{"op":"sqrt_price_at_tick","tick":"-99999999999999999999"}"#, "InvalidTick");
    refused(r#"{"op":"tick_at_sqrt_price","sqrt_price":"1"}"#, "InvalidSqrtPrice");
    refused(r#"{"op":"tick_at_sqrt_price","sqrt_price":"-1"}"#, "InvalidSqrtPrice");
}

#[test]
fn amounts() {
    // From s = 1 to 2: half of L, and L.
    let delta = |op: &str, rest: &str| {
        format!(r#"{{"op":"{op}","a":"18446744073709551616","b":"36893488147419103232","liquidity":"1001",{rest}}}"#)
    };
    answers(&delta("base_delta", r#""round_up":false"#), r#"{"amount":"500"}"#);
    answers(&delta("base_delta", r#""round_up":true"#), r#"{"amount":"501"}"#);
    answers(&delta("quote_delta", r#""peg":"140737488355328","round_up":false"#), r#"{"amount":"500"}"#);
    answers(&delta("quote_delta", r#""peg":"140737488355328","round_up":true"#), r#"{"amount":"501"}"#);
    refused(&delta("quote_delta", r#""peg":"0","round_up":true"#), "InvalidPrice");
    refused(&delta("base_delta", r#""round_up":"true""#), "`round_up` must be true or false");
    refused(&delta("base_delta", r#""round_up":true,"peg":"1""#), "does not take `peg`");
    refused(&delta("base_delta", r#""round_up":true,"a":"1""#), "`a` is given twice");
    let large = delta("quote_delta", r#""peg":"281474976710656","round_up":true"#);
    refused(&large.replace("1001", "1208925819614629174706177"), "LiquidityTooLarge");
    refused(&large.replace("1001", "1208925819614629174706176"), "NotionalTooLarge");
    refused(&large.replace("1001", "-1"), "LiquidityTooLarge");
    refused(&large.replace("1001", "1.5"), "whole number");
    refused(&large.replace("1001", "1e3"), "whole number");
    refused(&large.replace("1001", "+1"), "whole number");
    refused(&large.replace("1001", ""), "whole number");
}

/// A step at the peg 1 from `s` = 1 with L = 1,000,000.
fn step(target: &str, amount: &str, kind: &str, exact: &str) -> String {
    format!(
        r#"{{"op":"step","sqrt_price":"18446744073709551616","target":"{target}","liquidity":"1000000","peg":"281474976710656","amount":"{amount}","kind":"{kind}","exact":"{exact}"}}"#
    )
}

#[test]
fn steps() {
    let (up, down) = ("36893488147419103232", "9223372036854775808");
    // A fifth of L out leads from 1 to 1.25, and a quarter of L in; what the taker gets may be an atom less than exact.
    answers(
        &step(up, "200000", "base", "out"),
        r#"{"sqrt_price":"23058430092136939520","base":"200000","quote":"250000"}"#,
    );
    answers(
        &step(up, "250000", "quote", "in"),
        r#"{"sqrt_price":"23058430092136939520","base":"199999","quote":"250000"}"#,
    );
    answers(
        &step(down, "250000", "base", "in"),
        r#"{"sqrt_price":"14757395258967641293","base":"250000","quote":"199999"}"#,
    );
    answers(
        &step(down, "250000", "quote", "out"),
        r#"{"sqrt_price":"13835058055282163712","base":"333334","quote":"250000"}"#,
    );
    // The target ends a step; amounts of a whole step round against the taker.
    answers(
        &step(up, "4611686018427387904", "base", "out"),
        r#"{"sqrt_price":"36893488147419103232","base":"499999","quote":"1000000"}"#,
    );
    answers(
        &step(down, "600000", "quote", "out"),
        r#"{"sqrt_price":"9223372036854775808","base":"1000001","quote":"500000"}"#,
    );
    // Nothing moves nothing.
    answers(&step(up, "0", "base", "out"), r#"{"sqrt_price":"18446744073709551616","base":"0","quote":"0"}"#);
    let here = "18446744073709551616";
    answers(&step(here, "5", "base", "in"), r#"{"sqrt_price":"18446744073709551616","base":"0","quote":"0"}"#);
    refused(&step(up, "1", "base", "in"), "the target lies above");
    refused(&step(down, "1", "quote", "in"), "the target lies below");
    refused(&step(up, "1", "both", "in"), "`kind` is");
    refused(&step(up, "1", "base", "up"), "`exact` is");
    refused(&step(up, "4611686018427387905", "base", "out"), "AmountTooLarge");
    refused(&step("1", "1", "base", "in"), "InvalidSqrtPrice");
    refused(&step(up, "1", "base", "out").replace("1000000", "0"), "InsufficientLiquidity");
}

#[test]
fn a_step_far_from_its_target_needs_no_amount_up_to_there() {
    // At the largest liquidity everything up to the target is beyond any amount; the step itself is not.
    let line = step("33000000000000000000000", "1000000000000", "quote", "in")
        .replace("1000000\"", "1208925819614629174706176\"");
    let line = line.replace("\"amount\":\"1000001208925819614629174706176\"", "\"amount\":\"1000000000000\"");
    answers(&line, r#"{"sqrt_price":"18446744073724810405","base":"999999995903","quote":"1000000000000"}"#);
}

#[test]
fn funding() {
    let line = |rest: &str| {
        format!(r#"{{"op":"funding_rate","rate":"0","ema":"0","premium":"281474976710656","dt":60{rest}}}"#)
    };
    // 60 / 3660 of the way to a premium of 1; the rate moves by the slew of a minute, 3.5 ppm.
    answers(&line(""), r#"{"ema":"4614343880502","rate":"985162418"}"#);
    answers(&line(r#","params":{"funding_slew_ppm_per_hour2":"0"}"#), r#"{"ema":"4614343880502","rate":"0"}"#);
    answers(&line(r#","params":{"funding_tau_secs":600}"#), r#"{"ema":"25588634246423","rate":"985162418"}"#);
    refused(&line(r#","params":{"funding_tau":600}"#), "no market parameter `funding_tau`");
    refused(&line(r#","params":{"funding_tau_secs":1}"#), "from 600 to 86400");
    refused(&line(r#","params":[]"#), "must be an object");
    refused(&line("").replace("60", "2147483649"), "MathOverflow");
    refused(&line("").replace("281474976710656", "4611686018427387905"), "MathOverflow");
    refused(&line("").replace("281474976710656", "-9223372036854775809"), "MathOverflow");
}

#[test]
fn what_is_no_operation() {
    for line in [
        "",
        "{",
        "[]",
        "null",
        "\"op\"",
        "{}",
        r#"{"op":1}"#,
        r#"{"op":"swap"}"#,
        r#"{"op":"step"}"#,
        "{\"op\":\"step\"}}",
    ] {
        refused(line, "");
    }
    let deep = "[".repeat(100_000);
    refused(&deep, "");
    refused(&format!(r#"{{"op":"step","amount":{deep}}}"#), "");
}

#[test]
fn every_line_has_an_answer() {
    let input = b"{\"op\":\"sqrt_price_at_tick\",\"tick\":0}\r\n\n\xff\xfe\n{\"op\":\"tick_at_sqrt_price\",\"sqrt_price\":\"18446744073709551616\"}";
    let mut output = Vec::new();
    answer_all(&input[..], &mut output).unwrap();
    let lines: Vec<&str> = std::str::from_utf8(&output).unwrap().lines().collect();
    assert_eq!(lines.len(), 4);
    assert_eq!((lines[0], lines[3]), (r#"{"sqrt_price":"18446744073709551616"}"#, r#"{"tick":0}"#));
    assert!(lines[1].contains("error") && lines[2].contains("UTF-8"));
}
