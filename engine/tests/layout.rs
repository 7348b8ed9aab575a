//! Sizes and offsets of everything that accounts contain. Clients read these bytes without the program: a change here is
//! a new layout version.

use core::mem::{align_of, offset_of, size_of};

use keel_engine::params::Params;
use keel_engine::state::{
    Bank, BuilderApproval, Change, Exchange, MarginAccount, Market, PlacedOrder, Pool, PoolRequest, Position, Range,
    Ranges, ReplacedIndex, Strategy, Tick, TickArray, Ticket,
};
use keel_engine::units::{InvSqrt, Price, Rate, SignedWide, SqrtPrice, Wide};

/// Asserts size and offsets. That there is no hidden padding is `Pod`'s promise.
macro_rules! layout {
    ($type:ty, $size:literal, { $($field:ident: $offset:literal,)* }) => {
        assert_eq!((size_of::<$type>(), align_of::<$type>() <= 8), ($size, true), stringify!($type));
        $(assert_eq!(offset_of!($type, $field), $offset, concat!(stringify!($type), ".", stringify!($field)));)*
    };
}

#[test]
fn market() {
    layout!(Market, 4752, {
        price_owner: 0,
        feed_id: 32,
        name: 64,
        index_number: 80,
        bump: 82,
        version: 83,
        mode: 84,
        guard_left: 85,
        mark_next: 86,
        mark_count: 87,
        cursor: 88,
        session: 92,
        reduce_only: 93,
        status: 94,
        pad: 95,
        sequence: 96,
        params: 104,
        sqrt_price: 448,
        inv_sqrt_price: 464,
        anchor: 480,
        liquidity: 496,
        total_liquidity: 512,
        peg: 528,
        offset: 536,
        fee_growth: 544,
        quote_growth: 560,
        funding: 576,
        funding_over_s: 592,
        index: 608,
        index_time: 616,
        conf: 624,
        index_ema: 632,
        replaced: 640,
        stable: 904,
        mark: 912,
        mark_time: 920,
        mark_samples: 928,
        basis_sum: 984,
        basis_secs: 992,
        basis_ema: 1000,
        accrued_at: 1008,
        step_sum: 1016,
        step_secs: 1024,
        premium_ema: 1032,
        funding_rate: 1040,
        funding_day_low: 1048,
        funding_day_high: 1064,
        trusted_secs: 1080,
        hour: 1088,
        hours: 1096,
        pot: 3784,
        claims: 3792,
        insurance_claim: 3800,
        treasury_claim: 3808,
        surplus: 3816,
        written_off: 3824,
        uncovered: 3832,
        insurance: 3840,
        treasury: 3848,
        curve_quote: 3856,
        long_base: 3864,
        short_base: 3872,
        folded_base: 3880,
        window_start: 3888,
        window_volume: 3896,
        operations: 3904,
        session_index: 3912,
        paused_from: 3920,
        paused_until: 3928,
        close_at: 3936,
        closed_base: 3944,
        insurance_day: 3952,
        insurance_day_paid: 3960,
        pledges: 3968,
        positions: 3976,
        pool_day: 3984,
        pool_day_paid: 3992,
        reserved: 4000,
        arrays: 4160,
    });
}

#[test]
fn replaced_index() {
    layout!(ReplacedIndex, 24, {
        second: 0,
        low: 8,
        high: 16,
    });
}

#[test]
fn margin_account() {
    layout!(MarginAccount, 1152, {
        owner: 0,
        delegate: 32,
        delegate_expiry: 64,
        delegate_permissions: 72,
        sub_account: 76,
        isolated_market: 78,
        bump: 80,
        version: 81,
        ranges: 82,
        tickets: 83,
        closed_to_deposits: 84,
        pool_deposits: 85,
        pool_redemptions: 86,
        pad: 87,
        capital: 88,
        capital_reserved: 120,
        flagged_at: 152,
        stepped_at: 160,
        delegate_notional: 168,
        delegate_markets: 176,
        orders: 184,
        pad_orders: 188,
        debt_since: 192,
        lien_holder: 200,
        lien_floor: 232,
        lien_called_at: 240,
        lien_notice_secs: 248,
        pad_lien: 252,
        positions: 256,
    });
}

#[test]
fn position() {
    layout!(Position, 112, {
        market: 0,
        ranges: 2,
        pad: 3,
        creditor: 4,
        pad_creditor: 6,
        base: 8,
        quote: 16,
        funding: 24,
        paid_in: 40,
        unmatured: 48,
        mature: 56,
        debt: 64,
        matured_at: 72,
        paid_in_at: 80,
        settled_at: 88,
        pledged: 96,
        pledged_at: 104,
    });
}

#[test]
fn range() {
    layout!(Range, 224, {
        market: 0,
        pad: 2,
        lower: 8,
        upper: 12,
        liquidity: 16,
        base_debt: 32,
        opened_slot: 40,
        lower_sqrt_price: 48,
        upper_sqrt_price: 64,
        lower_inv_sqrt_price: 80,
        upper_inv_sqrt_price: 96,
        fee_growth_inside: 112,
        quote_growth_inside: 128,
        funding_inside: 144,
        funding_below: 160,
        funding_over_s_inside: 176,
        funding: 192,
        folded_base: 208,
        settled_at: 216,
    });
}

#[test]
fn ranges() {
    layout!(Ranges, 1856, {
        account: 0,
        bump: 32,
        version: 33,
        number: 34,
        pad: 36,
        reserved: 40,
        ranges: 64,
    });
}

#[test]
fn tick() {
    layout!(Tick, 128, {
        sqrt_price: 0,
        inv_sqrt_price: 16,
        liquidity_net: 32,
        liquidity_gross: 48,
        fee_growth_outside: 64,
        quote_growth_outside: 80,
        funding_outside: 96,
        funding_over_s_outside: 112,
    });
}

#[test]
fn tick_array() {
    layout!(TickArray, 8248, {
        market: 0,
        bump: 2,
        version: 3,
        index: 4,
        initialized: 8,
        payer: 16,
        reserved: 48,
        ticks: 56,
    });
}

#[test]
fn bank() {
    layout!(Bank, 520, {
        mint: 0,
        vault: 32,
        index: 64,
        bump: 65,
        vault_bump: 66,
        decimals: 67,
        version: 68,
        open: 69,
        sample_count: 70,
        sample_next: 71,
        booked: 72,
        sequence: 80,
        haircut_ppm: 88,
        cap_usd: 92,
        ramp_secs: 96,
        debt_grace_secs: 100,
        outflow_limit_ppm_per_hour: 104,
        min_ticket_usd: 108,
        room: 112,
        room_at: 120,
        queued: 128,
        queue_head: 136,
        queue_tail: 144,
        paused_until: 152,
        outflow_floor_usd: 160,
        size_slope_ppm_per_million_usd: 164,
        max_age_price_secs: 168,
        max_conf_ppm: 172,
        stable_speed_ppm_per_hour: 176,
        rate_speed_ppm_per_day: 180,
        sale_discount_min_ppm: 184,
        sale_discount_max_ppm: 188,
        sale_secs: 192,
        weight_from_ppm: 196,
        weight_from_at: 200,
        price_owner: 208,
        feed_id: 240,
        rate_feed_id: 272,
        price: 304,
        latest: 312,
        stable: 320,
        samples: 328,
        price_time: 352,
        sampled_at: 360,
        rate: 368,
        rate_time: 376,
        refreshed_at: 384,
        reserved: 392,
    });
}

#[test]
fn exchange() {
    layout!(Exchange, 384, {
        admin: 0,
        pending_admin: 32,
        guardian: 64,
        markets: 96,
        banks: 98,
        bump: 99,
        version: 100,
        pad: 101,
        timelock_secs: 104,
        max_pause_secs: 108,
        insurance: 112,
        sequence: 120,
        treasury: 128,
        launched_at: 160,
        changes: 168,
        insurance_day_cap_usd: 176,
        pool_day_cap_usd: 180,
        max_markets: 184,
        pad_markets: 188,
        pool_reserve: 192,
        mints: 200,
        reserved: 328,
    });
}

#[test]
fn ticket() {
    layout!(Ticket, 152, {
        account: 0,
        destination: 32,
        payer: 64,
        number: 96,
        amount: 104,
        queued_at: 112,
        bank: 120,
        bump: 121,
        version: 122,
        pad: 123,
        reserved: 128,
    });
}

#[test]
fn change() {
    layout!(Change, 600, {
        number: 0,
        queued_at: 8,
        executable_at: 16,
        payer: 24,
        target: 56,
        kind: 58,
        bump: 59,
        version: 60,
        pad: 61,
        reserved: 64,
        content: 88,
    });
}

#[test]
fn strategy() {
    layout!(Strategy, 80, {
        market: 0,
        quotes: 2,
        backstops: 3,
        width_ticks: 4,
        weight_ppm: 8,
        leverage_ppm: 12,
        exposure_cap_usd: 16,
        backstop_cap_usd: 20,
        backstop_loss_cap_usd: 24,
        pad: 28,
        rebalanced_at: 32,
        taken_day: 40,
        taken_base: 48,
        taken_quote: 56,
        tipped_liquidity: 64,
        reserved: 72,
    });
}

#[test]
fn pool() {
    layout!(Pool, 904, {
        account: 0,
        share_mint: 32,
        share_vault: 64,
        bump: 96,
        share_mint_bump: 97,
        share_vault_bump: 98,
        version: 99,
        closed: 100,
        pad: 101,
        cooldown_secs: 104,
        redeem_window_secs: 108,
        rebalance_gap_secs: 112,
        rebalance_tol_ppm: 116,
        hysteresis_ppm: 120,
        slippage_ppm: 124,
        rebalance_tip_quote: 128,
        min_request_usd: 132,
        pool_cap_usd: 136,
        reserve_ppm: 140,
        shares: 144,
        deposits_waiting: 152,
        shares_waiting: 160,
        deposits: 168,
        redeem_head: 176,
        redeem_tail: 184,
        sequence: 192,
        reserved: 200,
        strategies: 264,
    });
}

#[test]
fn pool_request() {
    layout!(PoolRequest, 176, {
        account: 0,
        shares_account: 32,
        payer: 64,
        number: 96,
        amount: 104,
        min_shares: 112,
        paid: 120,
        tip: 128,
        requested_at: 136,
        ready_at: 144,
        lapses_at: 152,
        kind: 160,
        bump: 161,
        version: 162,
        pad: 163,
        reserved: 168,
    });
}

#[test]
fn placed_order() {
    layout!(PlacedOrder, 256, {
        account: 0,
        payer: 32,
        placed_by: 64,
        number: 96,
        amount: 104,
        filled: 112,
        skipped: 120,
        below: 128,
        below_limit: 136,
        above: 144,
        above_limit: 152,
        min_fill: 160,
        tip: 168,
        tip_paid: 176,
        placed_at: 184,
        starts_at: 192,
        expires_at: 200,
        interval_secs: 208,
        slices: 212,
        catch_up: 216,
        market: 220,
        kind: 222,
        side: 223,
        flags: 224,
        bump: 225,
        version: 226,
        pad: 227,
        reserved: 232,
    });
}

#[test]
fn builder_approval() {
    layout!(BuilderApproval, 96, {
        account: 0,
        builder: 32,
        max_fee_ppm: 64,
        bump: 68,
        version: 69,
        pad: 70,
        reserved: 72,
    });
}

#[test]
fn params() {
    layout!(Params, 344, {
        min_tick_liquidity: 0,
        skew_scale_base: 8,
        contract_exponent: 16,
        tick_spacing: 20,
        max_crossings: 24,
        min_range_slots: 28,
        max_age_trade_secs: 32,
        max_age_mark_secs: 36,
        max_age_liquidation_secs: 40,
        max_skew_secs: 44,
        guard_secs: 48,
        conf_limit_ppm: 52,
        max_divergence_ppm: 56,
        guard_clear: 60,
        mark_step_secs: 64,
        mark_ring: 68,
        mark_band_ppm: 72,
        basis_tau_secs: 76,
        stable_speed_ppm_per_hour: 80,
        price_band_ppm: 84,
        funding_step_secs: 88,
        funding_tau_secs: 92,
        funding_hours: 96,
        funding_cap_ppm_per_hour: 100,
        funding_day_cap_ppm: 104,
        funding_slew_ppm_per_hour2: 108,
        interest_ppm: 112,
        deadband_ppm: 116,
        max_gap_secs: 120,
        base_fee_ppm: 124,
        max_fee_ppm: 128,
        conf_weight_ppm: 132,
        vol_weight_ppm: 136,
        age_weight_ppm_per_sec: 140,
        depth_weight_ppm: 144,
        rebalance_factor_ppm: 148,
        lp_share_ppm: 152,
        insurance_share_ppm: 156,
        treasury_share_ppm: 160,
        imr_ppm: 164,
        mmr_ppm: 168,
        imf_slope_ppm_per_million_usd: 172,
        oi_cap_usd: 176,
        position_cap_usd: 180,
        oi_scale_from_ppm: 184,
        drift_horizon_secs: 188,
        profit_half_life_secs: 192,
        deficit_tolerance_ppm: 196,
        buffer_ppm: 200,
        d_min_ppm: 204,
        d_max_ppm: 208,
        plateau_secs: 212,
        auction_secs: 216,
        flag_ttl_secs: 220,
        max_part_ppm: 224,
        step_gap_secs: 228,
        min_step_usd: 232,
        window_cap_usd: 236,
        window_secs: 240,
        liquidation_tip_quote: 244,
        insurance_part_ppm: 248,
        adl_part_ppm: 252,
        deleverage_window_secs: 256,
        session_gap_secs: 260,
        session_speed_ppm_per_hour: 264,
        session_band_ppm: 268,
        session_margin_ppm: 272,
        offset_speed_ppm_per_min: 276,
        close_notice_secs: 280,
        max_index_speed_ppm_per_min: 284,
        reserved: 288,
    });
}

#[test]
fn units() {
    assert_eq!([size_of::<Price>(), size_of::<Rate>()], [8; 2]);
    assert_eq!([size_of::<Wide>(), size_of::<SignedWide>(), size_of::<SqrtPrice>(), size_of::<InvSqrt>()], [16; 4]);
    assert_eq!([align_of::<Wide>(), align_of::<SignedWide>(), align_of::<SqrtPrice>(), align_of::<InvSqrt>()], [8; 4]);
}

/// The value itself, not its bytes, decides: little-endian words, low first.
#[test]
fn wide_numbers_are_little_endian() {
    let value = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128;
    assert_eq!(bytemuck::bytes_of(&Wide::new(value)), value.to_le_bytes());
    let signed = -5_i128;
    assert_eq!(bytemuck::bytes_of(&SignedWide::new(signed)), signed.to_le_bytes());
    assert_eq!((Wide::new(value).get(), SignedWide::new(i128::MIN).get()), (value, i128::MIN));
}
