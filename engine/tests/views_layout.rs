//! The layouts of views are what docs/views.md says, field by field, and nothing is hidden between two of them.

#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "tests")]

use std::mem::{offset_of, size_of};

use keel_engine::views::auction::AuctionView;
use keel_engine::views::delta::DeltaView;
use keel_engine::views::fee::FeeView;
use keel_engine::views::fill::FillView;
use keel_engine::views::funding::FundingView;
use keel_engine::views::health::{HealthView, PositionView};
use keel_engine::views::liquidation_price::LiquidationPriceView;
use keel_engine::views::payout::PayoutView;
use keel_engine::views::pool::PoolView;

/// The fields in order as the page writes them, shown to lie one behind the other.
macro_rules! layout {
    ($view:ident { $($field:ident: $told:literal $size:expr,)* }) => {{
        let mut at = 0;
        $(
            assert_eq!(offset_of!($view, $field), at, "{}.{}", stringify!($view), stringify!($field));
            at += $size;
        )*
        assert_eq!(at, size_of::<$view>(), stringify!($view));
        let fields = [$(format!("{} {}", stringify!($field), $told)),*];
        (stringify!($view), at, fields.join(", "))
    }};
}

#[test]
fn the_page_tells_every_field() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/views.md");
    let page: Vec<String> = std::fs::read_to_string(path).unwrap().split_whitespace().map(str::to_owned).collect();
    let page = page.join(" ");
    let layouts = [
        layout!(HealthView {
            version: "u32" 4, stale: "u8" 1, flagged: "u8" 1, pad: "[2]" 2, capital: "u64" 8, equity: "i64" 8,
            maintenance: "u64" 8, target: "u64" 8, initial_equity: "i64" 8, initial_required: "u64" 8,
            notional: "u64" 8, flagged_at: "i64" 8, collateral: "u64" 8, lien_floor: "u64" 8,
            reserved: "[40]" 40, positions: "8 times" 640,
        }),
        layout!(PositionView {
            market: "u16" 2, stale: "u8" 1, ranges: "u8" 1, pad: "[4]" 4, base: "i64" 8, worst_base: "u64" 8,
            value: "i64" 8, quote: "i64" 8, funding_due: "i64" 8, claims: "u64" 8, claims_worth: "u64" 8,
            maintenance: "u64" 8, drift: "u64" 8,
        }),
        layout!(LiquidationPriceView {
            version: "u32" 4, stale: "u8" 1, pad: "u8" 1, market: "u16" 2, mark: "u64" 8, base: "i64" 8,
            excess: "i64" 8, below: "u64" 8, above: "u64" 8,
        }),
        layout!(AuctionView {
            version: "u32" 4, phase: "u8" 1, stale: "u8" 1, market: "u16" 2, base: "i64" 8, ranges: "u32" 4,
            pad: "u32" 4, equity: "i64" 8, maintenance: "u64" 8, target: "u64" 8, flagged_at: "i64" 8, mark: "u64" 8,
            discount: "u64" 8, price: "u64" 8, largest_step: "u64" 8, threshold: "u64" 8,
        }),
        layout!(FundingView {
            version: "u32" 4, market: "u16" 2, points: "u8" 1, side: "u8" 1, at: "i64" 8, funding: "i128" 16,
            rate: "i64" 8, premium: "i64" 8, index: "u64" 8, forecast: "[i64; 48]" 384, worst: "[i64; 48]" 384,
        }),
        layout!(FeeView {
            version: "u32" 4, market: "u16" 2, filled: "u8" 1, stale: "u8" 1, reason: "u32" 4, steps: "u32" 4,
            crossings: "u32" 4, pad: "u32" 4, base: "u64" 8, quote: "u64" 8, fee: "u64" 8, fee_rate: "u64" 8,
            mean_price: "u64" 8, price_before: "u64" 8, price_after: "u64" 8, index: "u64" 8,
        }),
        layout!(PayoutView {
            version: "u32" 4, market: "u16" 2, pad: "u16" 2, pot: "u64" 8, claims: "u64" 8, h: "u64" 8, worth: "u64" 8,
            backed: "u64" 8, shortfall: "u64" 8, written_off: "u64" 8, uncovered: "u64" 8, surplus: "u64" 8,
            insurance: "u64" 8, insurance_claim: "u64" 8, treasury: "u64" 8, treasury_claim: "u64" 8,
            exchange_today: "u64" 8, pool_today: "u64" 8, backing: "u64" 8,
        }),
        layout!(PoolView {
            version: "u32" 4, stale: "u8" 1, closed: "u8" 1, flagged: "u8" 1, pad: "u8" 1, nav_high: "i64" 8,
            nav_low: "i64" 8, shares: "u64" 8, price_high: "u64" 8, price_low: "u64" 8, capital: "u64" 8,
            free: "u64" 8, reserve: "u64" 8, deposits_waiting: "u64" 8, shares_waiting: "u64" 8, redeem_head: "u64" 8,
            redeem_tail: "u64" 8, reserved: "[24]" 24,
        }),
        layout!(DeltaView {
            version: "u32" 4, market: "u16" 2, stale: "u8" 1, ranges: "u8" 1, position: "i64" 8, ranges_base: "i64" 8,
            delta: "i64" 8, delta_up: "i64" 8, delta_down: "i64" 8, mark: "u64" 8, funding: "i128" 16,
            funding_at: "i64" 8, reserved: "[32]" 32,
        }),
        layout!(FillView {
            version: "u32" 4, market: "u16" 2, pad: "u16" 2, base: "i64" 8, quote: "i64" 8, fee: "u64" 8,
        }),
    ];
    for (name, size, fields) in layouts {
        assert!(page.contains(&fields), "docs/views.md has not: {name}: {fields}");
        assert!(size <= 1_024, "{name} does not fit return data");
        if name != "PositionView" {
            assert!(
                page.contains(&format!("`{name}`, {size}")),
                "docs/views.md has another size of {name} than {size}"
            );
        }
    }
}
