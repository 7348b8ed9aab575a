//! The parameter table: defaults are allowed, each bound and each inequality is refused, by name.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::cast_possible_truncation)]

use keel_engine::Error;
use keel_engine::params::Params;

/// Names and values.
type Changes = &'static [(&'static str, u64)];

fn with(changes: &[(&str, u64)]) -> Params {
    let mut params = Params::DEFAULT;
    for (name, value) in changes {
        params.set(name, *value).unwrap();
    }
    params
}

#[test]
fn the_defaults_are_in_bounds_and_within_the_envelope() {
    assert_eq!(Params::DEFAULT.out_of_bounds(), None);
    assert_eq!(Params::DEFAULT.unsafe_combination(), None);
    assert_eq!(Params::DEFAULT.check(), Ok(()));
}

#[test]
fn the_table_is_the_struct() {
    let mut names: Vec<_> = Params::TABLE.iter().map(|row| row.name).collect();
    for row in Params::TABLE {
        assert!(row.min <= row.default && row.default <= row.max, "{}: default in bounds", row.name);
        assert!(!row.what.is_empty());
        assert_eq!(with(&[(row.name, row.default)]), Params::DEFAULT, "{}", row.name);
        let other = if row.default == row.min { row.max } else { row.min };
        assert_ne!(with(&[(row.name, other)]), Params::DEFAULT, "{} is a field of its own", row.name);
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Params::TABLE.len());
    let words = size_of::<Params>() / 4;
    let wide =
        Params::TABLE.iter().filter(|row| row.name == "min_tick_liquidity" || row.name == "skew_scale_base").count();
    assert_eq!(Params::TABLE.len() + wide + Params::DEFAULT.reserved.len(), words);
}

#[test]
fn each_bound_is_refused_by_name() {
    for row in Params::TABLE {
        assert_eq!(with(&[(row.name, row.min)]).out_of_bounds(), None, "{} at its minimum", row.name);
        assert_eq!(with(&[(row.name, row.max)]).out_of_bounds(), None, "{} at its maximum", row.name);
        for outside in [row.min.checked_sub(1), row.max.checked_add(1)].into_iter().flatten() {
            let params = with(&[(row.name, outside)]);
            assert_eq!(params.out_of_bounds(), Some(row.name));
            assert_eq!(params.check(), Err(Error::InvalidParameter), "{} = {outside}", row.name);
        }
    }
    let mut params = Params::DEFAULT;
    params.reserved[3] = 1;
    assert_eq!((params.out_of_bounds(), params.check()), (Some("reserved"), Err(Error::InvalidParameter)));
}

#[test]
fn an_unknown_name_or_a_value_that_does_not_fit_is_refused() {
    let mut params = Params::DEFAULT;
    assert_eq!(params.set("imr", 1), Err(Error::InvalidParameter));
    assert_eq!(params.set("reserved", 0), Err(Error::InvalidParameter));
    assert_eq!(params.set("imr_ppm", 1 << 32), Err(Error::InvalidParameter));
    assert_eq!(params, Params::DEFAULT);
    assert_eq!(params.set("skew_scale_base", 1 << 62), Ok(()));
}

/// Each inequality at its edge: the last value that holds, and the first that does not.
#[test]
fn each_inequality_is_refused_by_name() {
    let envelope = "speed * time to d_max + mark_band + funding + d_max + fee <= mmr";
    let edges: &[(&str, Changes, Changes)] = &[
        (
            "lp_share + insurance_share + treasury_share = 100%",
            &[("lp_share_ppm", 850_000), ("treasury_share_ppm", 0)],
            &[("lp_share_ppm", 799_999)],
        ),
        ("funding_step divides an hour", &[("funding_step_secs", 75)], &[("funding_step_secs", 70)]),
        (
            "max_gap is at most 60 funding steps",
            &[("funding_step_secs", 10), ("max_gap_secs", 600)],
            &[("funding_step_secs", 10), ("max_gap_secs", 601)],
        ),
        ("mark_ring is odd", &[("mark_ring", 5)], &[("mark_ring", 4)]),
        (
            "price_band / tick_spacing <= 128 grid ticks",
            &[("tick_spacing", 1), ("price_band_ppm", 12_000)],
            &[("tick_spacing", 1), ("price_band_ppm", 12_801), ("imr_ppm", 60_000)],
        ),
        ("base_fee <= max_fee", &[("base_fee_ppm", 3_000)], &[("base_fee_ppm", 3_001)]),
        ("d_min <= d_max", &[("d_min_ppm", 10_000)], &[("d_min_ppm", 10_001)]),
        ("mmr < imr", &[], &[("mmr_ppm", 50_000)]),
        ("price_band + mark_band + max_fee <= imr - mmr", &[("imr_ppm", 50_000)], &[("imr_ppm", 49_999)]),
        (
            "2 * price_band + max_fee <= mmr",
            &[("price_band_ppm", 13_500), ("imr_ppm", 60_000)],
            &[("price_band_ppm", 13_501), ("imr_ppm", 60_000)],
        ),
        (
            "mmr * (1 + buffer) > d_max + conf_limit + max_fee",
            &[("conf_limit_ppm", 19_999)],
            &[("conf_limit_ppm", 20_000)],
        ),
        (
            "funding_cap <= (imr - mmr) / 8",
            &[("funding_cap_ppm_per_hour", 2_500)],
            &[("funding_cap_ppm_per_hour", 2_501)],
        ),
        ("2 * mark_band <= d_max", &[("mark_band_ppm", 5_000)], &[("d_max_ppm", 9_999)]),
        ("flag_ttl > 2 * plateau + auction + deleverage_window", &[("flag_ttl_secs", 131)], &[("flag_ttl_secs", 130)]),
    ];
    for (name, holds, breaks) in edges {
        let broken = with(breaks);
        assert_eq!(broken.out_of_bounds(), None, "{name}");
        assert_eq!((broken.unsafe_combination(), broken.check()), (Some(*name), Err(Error::UnsafeParameters)));
        let rule = with(holds).unsafe_combination();
        assert!(rule.is_none_or(|rule| rule == envelope), "{name}: {rule:?}");
    }
    // 20 + 2 + 5 + 60 s at 8,000 ppm a minute are 11,600, the cap over them 31, the rest 18,000: 29,631 of 30,000. One
    // ppm a minute more is 1.45 of them: 254 more fit.
    assert_eq!(with(&[("max_index_speed_ppm_per_min", 8_254)]).unsafe_combination(), None);
    assert_eq!(with(&[("max_index_speed_ppm_per_min", 8_255)]).unsafe_combination(), Some(envelope));
}

/// Without a band its two rules take it as nothing.
#[test]
fn no_band_is_a_band_of_nothing() {
    assert_eq!(with(&[("price_band_ppm", 0), ("imr_ppm", 40_000)]).check(), Ok(()));
    assert_eq!(with(&[("price_band_ppm", 0), ("imr_ppm", 37_999)]).check(), Err(Error::UnsafeParameters));
}
