//! Crashes in which every other trader has other collateral than USDC as margin: it falls with the market, loses its peg, or
//! nobody knows its price.

use crate::collateral::{Margin, SOL, YIELD_DOLLAR};
use crate::paths::{Knots, PLAIN, PROVIDERS, Path};

/// Crashes in which every other trader has other collateral than USDC.
pub const WITH_COLLATERAL: &[Path] = &[
    Path {
        name: "sol-10",
        what: "market and SOL 10% down in 5 minutes",
        prices: &[&[(300, 0.9)]],
        margin: sol(&[(300, 0.9)]),
        ..PLAIN
    },
    Path {
        name: "sol-30",
        what: "both 30% down in 10 minutes",
        prices: &[&[(600, 0.7)]],
        margin: sol(&[(600, 0.7)]),
        ..PLAIN
    },
    Path {
        name: "sol-60",
        what: "both 60% down in 15 minutes",
        prices: &[&[(900, 0.4)]],
        margin: sol(&[(900, 0.4)]),
        ..PLAIN
    },
    Path {
        name: "sol-fast",
        what: "both 30% down in 2 minutes",
        prices: &[&[(120, 0.7)]],
        margin: sol(&[(120, 0.7)]),
        ..PLAIN
    },
    Path {
        name: "sol-gap-10",
        what: "both open 10% lower",
        prices: &[&[(59, 1.0), (60, 0.9)]],
        margin: sol(&[(59, 1.0), (60, 0.9)]),
        ..PLAIN
    },
    Path {
        name: "sol-gap-20",
        what: "both open 20% lower",
        prices: &[&[(59, 1.0), (60, 0.8)]],
        margin: sol(&[(59, 1.0), (60, 0.8)]),
        ..PLAIN
    },
    Path {
        name: "sol-unwanted",
        what: "both 30% down in 10 minutes, nobody has the capital to buy SOL",
        prices: &[&[(600, 0.7)]],
        tick: 10,
        keeper_every: 10,
        margin: Some(Margin { token: &SOL, prices: &[(600, 0.7)], silent: &[], is_wanted: false }),
        ..PLAIN
    },
    Path {
        name: "sol-late",
        what: "both 30% down in 10 minutes, the keeper looks once a minute",
        prices: &[&[(600, 0.7)]],
        margin: sol(&[(600, 0.7)]),
        keeper_every: 60,
        ..PLAIN
    },
    Path {
        name: "sol-silent",
        what: "both 30% down in 10 minutes, SOL's feed goes silent after 2 for 20",
        prices: &[&[(600, 0.7)]],
        margin: Some(Margin { token: &SOL, prices: &[(600, 0.7)], silent: &[(120, 1_320)], is_wanted: true }),
        ..PLAIN
    },
    Path {
        name: "sol-dead",
        what: "both 30% down in 10 minutes, SOL's feed goes silent after 2 and for 26 hours",
        prices: &[&[(600, 0.7)]],
        tick: 20,
        keeper_every: 20,
        margin: Some(Margin { token: &SOL, prices: &[(600, 0.7)], silent: &[(120, 93_600)], is_wanted: true }),
        ..PLAIN
    },
    Path {
        name: "sol-worst",
        what: "both 60% down in 15 minutes, SOL's feed goes silent after 2 for 2 hours, all liquidity leaves, nobody takes over, nobody buys, no keeper for 20 minutes",
        prices: &[&[(900, 0.4)]],
        tick: 10,
        keeper_every: 10,
        absent: &[(0, 1_200)],
        leave: PROVIDERS,
        liquidator: false,
        margin: Some(Margin { token: &SOL, prices: &[(900, 0.4)], silent: &[(120, 7_320)], is_wanted: false }),
        ..PLAIN
    },
    Path {
        name: "depeg",
        what: "the market stands still, the dollar goes to 0.80 in 10 minutes",
        prices: &[&[(600, 1.0)]],
        margin: dollar(&[(600, 0.8)]),
        ..PLAIN
    },
    Path {
        name: "depeg-gap",
        what: "the market stands still, the dollar opens at 0.80",
        prices: &[&[(60, 1.0)]],
        margin: dollar(&[(59, 1.0), (60, 0.8)]),
        ..PLAIN
    },
    Path {
        name: "depeg-fall",
        what: "15% down in 10 minutes, and the dollar to 0.80 with it",
        prices: &[&[(600, 0.85)]],
        margin: dollar(&[(600, 0.8)]),
        ..PLAIN
    },
    Path {
        name: "depeg-amid",
        what: "15% down in 10 minutes, and the dollar opens at 0.80 when it is 12%",
        prices: &[&[(600, 0.85)]],
        margin: dollar(&[(479, 1.0), (480, 0.8)]),
        ..PLAIN
    },
    Path {
        name: "depeg-silent",
        what: "15% down in 10 minutes, the dollar to 0.80 with it, whose feed is silent for 3 hours after 2 minutes",
        prices: &[&[(600, 0.85)]],
        tick: 10,
        keeper_every: 10,
        margin: Some(Margin { token: &YIELD_DOLLAR, prices: &[(600, 0.8)], silent: &[(120, 10_920)], is_wanted: true }),
        ..PLAIN
    },
];

/// SOL as margin, whose feed never sleeps.
const fn sol(prices: Knots) -> Option<Margin> {
    Some(Margin { token: &SOL, prices, silent: &[], is_wanted: true })
}

/// The yield dollar as margin, whose feed never sleeps.
const fn dollar(prices: Knots) -> Option<Margin> {
    Some(Margin { token: &YIELD_DOLLAR, prices, silent: &[], is_wanted: true })
}
