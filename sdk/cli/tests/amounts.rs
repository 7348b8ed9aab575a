//! What is typed becomes exactly that, or is refused; what is shown is exactly what there is.

use keel_cli::amount::{percent, position, price, seconds, size, sol, token_price, tokens, typed, usd};
use keel_cli::view::number::{Paid, Share, Size, Tokens, Usd, UsdPrice, exact, grouped};
use keel_cli::view::time::{Lasting, Moment};
use keel_engine::state::{Bank, Market};
use keel_engine::units::{Price, Rate};

/// A market whose contract is `10^exponent` units of its asset.
fn market(exponent: u32) -> Market {
    let mut market: Market = bytemuck::Zeroable::zeroed();
    market.params.contract_exponent = exponent;
    market.name[..3].copy_from_slice(b"ABC");
    market
}

#[test]
fn dollars_are_exact() {
    assert_eq!(usd("12.5"), Ok(12_500_000));
    assert_eq!(usd("$0.000001"), Ok(1));
    assert_eq!(usd("12500000raw"), Ok(12_500_000));
    assert_eq!(usd("18446744073709.551615"), Ok(u64::MAX));
    for wrong in ["0", "-1", "", ".5", "5.", "1e6", "1,000", "0.0000001", "18446744073709.551616", "NaN", "١"] {
        assert!(usd(wrong).is_err(), "{wrong}");
    }
    assert_eq!(sol("0.0001"), Ok(100_000));
    assert_eq!(sol("0"), Ok(0));
}

#[test]
fn sizes_are_in_units_of_the_asset() {
    assert_eq!(size("0.25", &market(0)), Ok(250_000_000));
    // A contract is ten units: a unit is 10^8 atoms.
    assert_eq!(size("0.25", &market(1)), Ok(25_000_000));
    assert_eq!(size("0.00000001", &market(1)), Ok(1));
    assert!(size("0.000000001", &market(1)).is_err(), "finer than an atom");
    assert_eq!(Size::unsigned(25_000_000, &market(1)).to_string(), "0.25 ABC");
    assert_eq!(Size::of(-1_234_500_000_000, &market(0)).to_string(), "-1,234.5 ABC");
}

#[test]
fn prices_are_usd_for_a_unit_and_never_rounded_the_wrong_way() {
    // 1,000 USD for a contract of one unit is a quote atom for a base atom.
    assert_eq!(price("1000", &market(0), false), Ok(Price::ONE));
    // 100 USD for a unit, ten units a contract: the same.
    assert_eq!(price("100", &market(1), true), Ok(Price::ONE));
    for text in ["64123.37", "0.1", "99999.99999999", "7"] {
        let (low, high) = (price(text, &market(0), false).unwrap(), price(text, &market(0), true).unwrap());
        assert!(low.bits <= high.bits && high.bits - low.bits <= 1, "{text}");
        assert_eq!(
            serde_json::to_value(UsdPrice::of(low, &market(0))).unwrap(),
            text,
            "what is typed is what is shown"
        );
    }
    assert_eq!(price("0.004", &market(5), true).unwrap().bits, (400u128 << 48).div_ceil(1_000) as u64);
    for wrong in ["0", "-1", "100000000000", "0.000000000001"] {
        assert!(price(wrong, &market(0), true).is_err(), "{wrong}");
    }
    assert_eq!(UsdPrice::of(Price::from_bits(67 << 48), &market(0)).to_string(), "67,000.00");
    assert_eq!(UsdPrice::of(price("0.00412", &market(5), true).unwrap(), &market(5)).to_string(), "0.0041200");
}

#[test]
fn percentages_and_times() {
    assert_eq!((percent("-1.5%"), percent("+2"), percent("0.0001%")), (Ok(-15_000), Ok(20_000), Ok(1)));
    assert!(percent("0.00001%").is_err() && percent("x").is_err() && percent("%").is_err());
    assert_eq!((seconds("90"), seconds("15m"), seconds("30d")), (Ok(90), Ok(900), Ok(2_592_000)));
    assert!(["", "0", "-1s", "1w", "99999999999d", "1.5h"].iter().all(|text| seconds(text).is_err()));
}

#[test]
fn numbers_are_shown_as_they_are() {
    assert_eq!(exact(-12_500_000, 6), "-12.5");
    assert_eq!(exact(5, 6), "0.000005");
    assert_eq!(exact(i128::from(u64::MAX), 6), "18446744073709.551615");
    assert_eq!(grouped(1_234_567_895, 6, 2), "1,234.57");
    assert_eq!(grouped(-1_995_000, 6, 2), "-2.00");
    assert_eq!(grouped(-1, 6, 2), "0.00");
    assert_eq!(Usd(1_234_567_890_000).to_string(), "1,234,567.89 USD");
    assert_eq!(Usd(-1).to_string(), "-0.000001 USD");
    assert_eq!(Usd(0).to_string(), "0.00 USD");
    assert_eq!(Share::of(Rate::from_ppm(125)).to_string(), "0.0125%");
    assert_eq!(serde_json::to_value(Share::of_ppm(125)).unwrap(), "0.000125");
    assert_eq!(serde_json::to_value(Usd(1_500_000)).unwrap(), "1.5");
    // A quote atom for a base atom is 1,000 USD for a unit.
    assert_eq!(Paid::of(-(1 << 48), &market(0)).to_string(), "-1,000.000000 USD");
    assert_eq!(Paid::of(1 << 38, &market(0)).share(Price::ONE), Share(1 << 38));
}

#[test]
fn times_are_dates_of_utc() {
    for (unix, date) in [
        (0, "1970-01-01 00:00:00 UTC"),
        (951_782_400, "2000-02-29 00:00:00 UTC"),
        (1_735_689_599, "2024-12-31 23:59:59 UTC"),
        (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        (-1, "1969-12-31 23:59:59 UTC"),
    ] {
        assert_eq!(Moment(unix).to_string(), date);
    }
    let shown = [59, 61, 3_661, 90_000, -61].map(|seconds| Lasting(seconds).to_string());
    assert_eq!(shown, ["59 s", "1 min 1 s", "1 h 1 min", "1 d 1 h", "-1 min 1 s"]);
}

/// The bank of a token with so many decimals.
fn bank(decimals: u8) -> Bank {
    Bank { decimals, ..bytemuck::Zeroable::zeroed() }
}

#[test]
fn tokens_are_exact_in_their_own_decimals() {
    assert_eq!(tokens("1.5", &bank(9)), Ok(1_500_000_000));
    assert_eq!(tokens("1.5", &bank(6)), Ok(1_500_000));
    assert!(
        tokens("1.5", &bank(0)).is_err() && tokens("0.0000001", &bank(6)).is_err() && tokens("0", &bank(9)).is_err()
    );
    assert_eq!(typed("0.000000001").as_deref(), Ok("0.000000001"));
    assert!(typed("0.0000000001").is_err() && typed("0").is_err() && typed("-1").is_err() && typed("1e3").is_err());
    let shown = Tokens::of(1_234_500_000_000, &bank(9), "SOL".to_owned());
    assert_eq!((shown.to_string().as_str(), exact(1_234_500_000_000, 9).as_str()), ("1,234.50 SOL", "1234.5"));
    assert_eq!(serde_json::to_value(shown).unwrap(), "1234.5");
}

#[test]
fn prices_of_tokens_are_usd_for_a_token() {
    // A quote atom for an atom of nine decimals is 1,000 USD for a token, of six decimals 1 USD.
    for (text, decimals) in [("1000", 9), ("1", 6), ("0.25", 6), ("150.5", 9)] {
        let Ok(price) = token_price(text, &bank(decimals), false) else { panic!("{text}") };
        assert_eq!(serde_json::to_value(UsdPrice::of_token(price, &bank(decimals))).unwrap(), text);
    }
    assert_eq!(token_price("1", &bank(6), false), Ok(Price::ONE));
    assert_eq!(token_price("1000", &bank(9), true), Ok(Price::ONE));
    assert_eq!(UsdPrice::of_token(Price::ONE, &bank(6)).to_string(), "1.0000");
}

#[test]
fn positions_may_be_short_or_nothing() {
    assert_eq!(position("-0.25", &market(0)), Ok(-250_000_000));
    assert_eq!(position("0", &market(0)), Ok(0));
    assert_eq!(position("0.25", &market(1)), Ok(25_000_000));
    assert!(position("0.000000001", &market(1)).is_err() && position("x", &market(0)).is_err());
}
