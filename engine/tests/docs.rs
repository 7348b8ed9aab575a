//! The generated pages of `docs/` agree with the code. `KEEL_BLESS=1 cargo test -p keel-engine --test docs` rewrites them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::fmt::Write;
use std::mem::{offset_of, size_of};
use std::path::Path;

use keel_engine::exchange_params::EXCHANGE_PARAMETERS;
use keel_engine::params::Params;
use keel_engine::state::{
    Bank, BuilderApproval, Change, Exchange, MarginAccount, Market, PlacedOrder, Pool, PoolRequest, Position, Range,
    Ranges, Strategy, Tick, TickArray, Ticket,
};
use keel_engine::{Error, units::Price};

fn check(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    if std::env::var_os("KEEL_BLESS").is_some() {
        std::fs::write(&path, expected).expect("docs/ is writable");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/{name} is out of date: run KEEL_BLESS=1 cargo test -p keel-engine --test docs");
}

#[test]
fn parameter_table() {
    let mut page = String::from(
        "# Market parameters\n\nMade from the code (`engine/src/params.rs`). A value outside of its bounds is refused by name; so is a combination\noutside of the solvency envelope (`Params::unsafe_combination`). 0 switches off what says so.\n\n| parameter | default | bounds | what for |\n|---|---|---|---|\n",
    );
    for row in Params::TABLE {
        writeln!(page, "| `{}` | {} | {}..{} | {} |", row.name, row.default, row.min, row.max, row.what).unwrap();
    }
    page.push_str(
        "\n# Parameters of the exchange, of a bank and of the pool\n\nMade from the code (`engine/src/exchange_params.rs`).\n\n| parameter | default | bounds | what for |\n|---|---|---|---|\n",
    );
    for row in EXCHANGE_PARAMETERS {
        writeln!(page, "| `{}` | {} | {}..{} | {} |", row.name, row.default, row.min, row.max, row.what).unwrap();
    }
    check("parameters.md", &page);
}

#[test]
fn error_table() {
    let mut page = String::from(
        "# Errors\n\nMade from the code (`engine/src/error.rs`). The program's custom error is the code below; codes are never renumbered.\n\n| code | name | what it says |\n|---|---|---|\n",
    );
    for error in Error::ALL {
        writeln!(page, "| {} | `{}` | {} |", 6_000 + error.code(), error.name(), error.message()).unwrap();
    }
    check("errors.md", &page);
}

/// A section of the layout page: fields with their offsets within the struct; an account's data begins 8 bytes earlier.
macro_rules! section {
    ($page:ident, $what:literal, $type:ident { $($field:ident),* $(,)? }) => {
        writeln!($page, "\n## {} ({} bytes)\n\n{}\n\n| offset | field |\n|---|---|", stringify!($type), size_of::<$type>(), $what).unwrap();
        $(writeln!($page, "| {} | `{}` |", offset_of!($type, $field), stringify!($field)).unwrap();)*
    };
}

#[test]
fn layout_table() {
    let mut page = String::from(
        "# Account layouts\n\nMade from the code (`engine/src/state/`). Every account's data is an 8-byte discriminator, the first bytes of\n`sha256(\"account:<Wrapper>\")`, followed by one of these structs, little endian, 8-byte aligned, without implicit padding;\noffsets count from the struct. Prices are `U16F48`, rates `I16F48`, `s` is `U64F64`, `1/s` is `U16F112`, growths `I64F64`.\n",
    );
    section!(
        page,
        "Wrapper `ExchangeAccount`, address `[\"exchange\"]`.",
        Exchange {
            admin,
            pending_admin,
            guardian,
            markets,
            banks,
            bump,
            version,
            timelock_secs,
            max_pause_secs,
            insurance,
            sequence,
            treasury,
            launched_at,
            changes,
            insurance_day_cap_usd,
            pool_day_cap_usd,
            max_markets,
            pool_reserve,
            reserved
        }
    );
    section!(
        page,
        "Wrapper `BankAccount`, address `[\"bank\", mint]`; its vault is `[\"vault\", mint]`.",
        Bank {
            mint,
            vault,
            index,
            bump,
            vault_bump,
            decimals,
            version,
            open,
            sample_count,
            sample_next,
            booked,
            sequence,
            haircut_ppm,
            cap_usd,
            ramp_secs,
            debt_grace_secs,
            outflow_limit_ppm_per_hour,
            min_ticket_usd,
            room,
            room_at,
            queued,
            queue_head,
            queue_tail,
            paused_until,
            outflow_floor_usd,
            size_slope_ppm_per_million_usd,
            max_age_price_secs,
            max_conf_ppm,
            stable_speed_ppm_per_hour,
            rate_speed_ppm_per_day,
            sale_discount_min_ppm,
            sale_discount_max_ppm,
            sale_secs,
            weight_from_ppm,
            weight_from_at,
            price_owner,
            feed_id,
            rate_feed_id,
            price,
            latest,
            stable,
            samples,
            price_time,
            sampled_at,
            rate,
            rate_time,
            refreshed_at,
            reserved
        }
    );
    section!(
        page,
        "Wrapper `MarketAccount`, address `[\"market\", number]`.",
        Market {
            price_owner,
            feed_id,
            name,
            index_number,
            bump,
            version,
            mode,
            guard_left,
            mark_next,
            mark_count,
            cursor,
            session,
            reduce_only,
            status,
            sequence,
            params,
            sqrt_price,
            inv_sqrt_price,
            anchor,
            liquidity,
            total_liquidity,
            peg,
            offset,
            fee_growth,
            quote_growth,
            funding,
            funding_over_s,
            index,
            index_time,
            conf,
            index_ema,
            replaced,
            stable,
            mark,
            mark_time,
            mark_samples,
            basis_sum,
            basis_secs,
            basis_ema,
            accrued_at,
            step_sum,
            step_secs,
            premium_ema,
            funding_rate,
            funding_day_low,
            funding_day_high,
            trusted_secs,
            hour,
            hours,
            pot,
            claims,
            insurance_claim,
            treasury_claim,
            surplus,
            written_off,
            uncovered,
            insurance,
            treasury,
            curve_quote,
            long_base,
            short_base,
            folded_base,
            window_start,
            window_volume,
            operations,
            session_index,
            paused_from,
            paused_until,
            close_at,
            closed_base,
            insurance_day,
            insurance_day_paid,
            pledges,
            positions,
            pool_day,
            pool_day_paid,
            reserved,
            arrays,
        }
    );
    section!(
        page,
        "Wrapper `TickArrayAccount`, address `[\"ticks\", market number, index]`.",
        TickArray { market, bump, version, index, initialized, payer, reserved, ticks }
    );
    section!(
        page,
        "64 of them in a tick array.",
        Tick {
            sqrt_price,
            inv_sqrt_price,
            liquidity_net,
            liquidity_gross,
            fee_growth_outside,
            quote_growth_outside,
            funding_outside,
            funding_over_s_outside
        }
    );
    section!(
        page,
        "Wrapper `TraderAccount`, address `[\"account\", owner, sub-account number]`.",
        MarginAccount {
            owner,
            delegate,
            delegate_expiry,
            delegate_permissions,
            sub_account,
            isolated_market,
            bump,
            version,
            ranges,
            tickets,
            closed_to_deposits,
            pool_deposits,
            pool_redemptions,
            capital,
            capital_reserved,
            flagged_at,
            stepped_at,
            delegate_notional,
            delegate_markets,
            orders,
            debt_since,
            lien_holder,
            lien_floor,
            lien_called_at,
            lien_notice_secs,
            positions
        }
    );
    section!(
        page,
        "Eight of them in a margin account.",
        Position {
            market,
            ranges,
            creditor,
            base,
            quote,
            funding,
            paid_in,
            unmatured,
            mature,
            debt,
            matured_at,
            paid_in_at,
            settled_at,
            pledged,
            pledged_at
        }
    );
    section!(
        page,
        "Wrapper `RangesAccount`, address `[\"ranges\", margin account]`.",
        Ranges { account, bump, version, number, reserved, ranges }
    );
    section!(
        page,
        "Eight of them in a ranges account.",
        Range {
            market,
            lower,
            upper,
            liquidity,
            base_debt,
            opened_slot,
            lower_sqrt_price,
            upper_sqrt_price,
            lower_inv_sqrt_price,
            upper_inv_sqrt_price,
            fee_growth_inside,
            quote_growth_inside,
            funding_inside,
            funding_below,
            funding_over_s_inside,
            funding,
            folded_base,
            settled_at,
        }
    );
    section!(
        page,
        "Wrapper `TicketAccount`, address `[\"ticket\", bank number as u8, its own number as u64]`.",
        Ticket { account, destination, payer, number, amount, queued_at, bank, bump, version, reserved }
    );
    section!(
        page,
        "Wrapper `ChangeAccount`, address `[\"change\", its own number as u64]`.",
        Change { number, queued_at, executable_at, payer, target, kind, bump, version, reserved, content }
    );
    section!(
        page,
        "Wrapper `PoolAccount`, address `[\"pool\"]`; the mint of its shares is `[\"shares\"]`.",
        Pool {
            account,
            share_mint,
            share_vault,
            bump,
            share_mint_bump,
            share_vault_bump,
            version,
            closed,
            cooldown_secs,
            redeem_window_secs,
            rebalance_gap_secs,
            rebalance_tol_ppm,
            hysteresis_ppm,
            slippage_ppm,
            rebalance_tip_quote,
            min_request_usd,
            pool_cap_usd,
            reserve_ppm,
            shares,
            deposits_waiting,
            shares_waiting,
            deposits,
            redeem_head,
            redeem_tail,
            sequence,
            reserved,
            strategies
        }
    );
    section!(
        page,
        "Eight of them in the pool.",
        Strategy {
            market,
            quotes,
            backstops,
            width_ticks,
            weight_ppm,
            leverage_ppm,
            exposure_cap_usd,
            backstop_cap_usd,
            backstop_loss_cap_usd,
            rebalanced_at,
            taken_day,
            taken_base,
            taken_quote,
            tipped_liquidity,
            reserved
        }
    );
    section!(
        page,
        "Wrapper `RequestAccount`, address `[\"request\", kind as u8, its own number as u64]`.",
        PoolRequest {
            account,
            shares_account,
            payer,
            number,
            amount,
            min_shares,
            paid,
            tip,
            requested_at,
            ready_at,
            lapses_at,
            kind,
            bump,
            version,
            reserved
        }
    );
    section!(
        page,
        "Wrapper `OrderAccount`, address `[\"order\", margin account, its own number as u64]`.",
        PlacedOrder {
            account,
            payer,
            placed_by,
            number,
            amount,
            filled,
            skipped,
            below,
            below_limit,
            above,
            above_limit,
            min_fill,
            tip,
            tip_paid,
            placed_at,
            starts_at,
            expires_at,
            interval_secs,
            slices,
            catch_up,
            market,
            kind,
            side,
            flags,
            bump,
            version,
            reserved
        }
    );
    section!(
        page,
        "Wrapper `ApprovalAccount`, address `[\"approval\", margin account, builder]`.",
        BuilderApproval { account, builder, max_fee_ppm, bump, version, reserved }
    );
    assert_eq!(size_of::<Price>(), 8);
    check("layouts.md", &page);
}
