//! What the figures may be at the most.

use keel_engine::state::MarginAccount;
use keel_sdk::accounts::Stored;

use crate::bench::Figure;
use crate::sizes::Size;

/// A figure beside its budget.
pub struct Verdict {
    pub name: &'static str,
    pub figure: u64,
    pub budget: u64,
}

impl Verdict {
    /// Whether it is within.
    pub const fn holds(&self) -> bool {
        self.figure <= self.budget
    }
}

/// Where the pool's health or value is told.
const POOL: &str = "5 markets, a range and a position in each";

/// Median compute units that one shape may take.
const SHAPES: [(&str, &str, &str, u64); 13] = [
    ("trade, 1 position, no tick crossed", "trade", "1 position, 0 ticks crossed", 15_000),
    ("refresh", "refresh", "a fresh price", 6_000),
    ("refresh, a funding step ends", "refresh", "a fresh price, a funding step ends", 6_000),
    ("liquidate_on_curve", "liquidate_on_curve", "1 position, 0 ticks crossed", 18_000),
    ("liquidate", "liquidate", "1 position, the liquidator holds 1 position", 15_000),
    ("begin_liquidation on a healthy account", "begin_liquidation", "healthy, refused, 1 position", 2_500),
    ("deposit, beside the token program", "deposit", "beside the token program", 6_000),
    ("withdraw, beside the token program", "withdraw", "1 position, beside the token program", 6_000),
    ("execute_deposit, 5 markets", "execute_deposit", POOL, 80_000),
    ("execute_redeem, 5 markets", "execute_redeem", POOL, 80_000),
    ("rebalance, 5 markets", "rebalance", "5 markets, the range placed anew", 100_000),
    ("backstop, 5 markets", "backstop", "1 position, the pool: 5 markets, a range and a position in each", 40_000),
    ("execute_order", "execute_order", "a limit, filled in whole", 18_000),
];

/// Every budget with its figure.
pub fn verdicts(figures: &[Figure], sizes: &[Size]) -> Vec<Verdict> {
    let median = |instruction: &str, shape: &str| {
        let found = figures.iter().find(|figure| figure.instruction == instruction && figure.shape == shape);
        // A shape that was not measured is over its budget.
        found.map_or(u64::MAX, |figure| figure.median)
    };
    let bytes = |name: &str| sizes.iter().find(|size| size.name == name).map_or(u64::MAX, |size| size.bytes as u64);
    let shapes = SHAPES.iter().map(|(name, instruction, shape, budget)| Verdict {
        name,
        figure: median(instruction, shape),
        budget: *budget,
    });
    let crossing = median("trade", "1 position, 20 ticks crossed")
        .saturating_sub(median("trade", "1 position, 0 ticks crossed"))
        .div_ceil(20);
    let others = [
        Verdict { name: "trade, each tick crossed", figure: crossing, budget: 1_500 },
        Verdict { name: "bytes of a margin account", figure: bytes(MarginAccount::NAME), budget: 1_200 },
        // The risk engine, its governance, the pool, orders and delegates: 76 instructions.
        Verdict { name: "bytes of the program", figure: bytes("program"), budget: 1_000_000 },
    ];
    shapes.chain(others).collect()
}
