//! Market parameters: names, defaults and compiled-in bounds in one table, from which the struct, the checks and the
//! table in `docs/parameters.md` are made (protocol.md section 14).

use bytemuck::{Pod, Zeroable};

use crate::error::{Error, Result};

/// One row of the parameter table.
#[derive(Clone, Copy, Debug)]
pub struct ParamInfo {
    /// Field name, unit included.
    pub name: &'static str,
    /// Default: a major (20x) market.
    pub default: u64,
    /// Smallest value allowed.
    pub min: u64,
    /// Largest value allowed.
    pub max: u64,
    /// What it is for.
    pub what: &'static str,
}

/// The name of the first value outside of its bounds, if any.
fn first_outside<T: PartialOrd>(values: &[T], bounds: &[(T, T, &'static str)]) -> Option<&'static str> {
    let outside = |(value, (min, max, _)): &(&T, &(T, T, &str))| *value < min || *value > max;
    values.iter().zip(bounds).find(outside).map(|(_, (_, _, name))| *name)
}

macro_rules! params {
    (wide { $($wname:ident = $wdefault:literal, $wmin:literal..=$wmax:expr, $wwhat:literal;)* }
     narrow { $($name:ident = $default:literal, $min:literal..=$max:literal, $what:literal;)* }
     reserved $reserved:literal) => {
        /// The parameters of one market. Every name carries its unit; 0 switches off what its row says is optional.
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
        #[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
        pub struct Params {
            $(#[doc = $wwhat] pub $wname: u64,)*
            $(#[doc = $what] pub $name: u32,)*
            /// Room for later parameters; zero.
            pub reserved: [u32; $reserved],
        }

        impl Params {
            /// The table, in the order of the fields.
            pub const TABLE: &'static [ParamInfo] = &[
                $(ParamInfo { name: stringify!($wname), default: $wdefault, min: $wmin, max: $wmax, what: $wwhat },)*
                $(ParamInfo { name: stringify!($name), default: $default, min: $min, max: $max, what: $what },)*
            ];

            /// The documented defaults.
            pub const DEFAULT: Self = Self { $($wname: $wdefault,)* $($name: $default,)* reserved: [0; $reserved] };

            /// Sets a parameter by its field name. Errors with `InvalidParameter` for an unknown name or a value that
            /// does not fit the field.
            pub fn set(&mut self, name: &str, value: u64) -> Result<()> {
                match name {
                    $(stringify!($wname) => self.$wname = value,)*
                    $(stringify!($name) => self.$name = u32::try_from(value).map_err(|_| Error::InvalidParameter)?,)*
                    _ => return Err(Error::InvalidParameter),
                }
                Ok(())
            }

            /// A parameter by its field name, if there is one of that name.
            pub fn get(&self, name: &str) -> Option<u64> {
                match name {
                    $(stringify!($wname) => Some(self.$wname),)*
                    $(stringify!($name) => Some(u64::from(self.$name)),)*
                    _ => None,
                }
            }

            /// The name of the first parameter outside of its bounds, if any.
            pub fn out_of_bounds(&self) -> Option<&'static str> {
                // A loop over two small tables: the program holds no code per parameter.
                const WIDE: &[(u64, u64, &str)] = &[$(($wmin, $wmax, stringify!($wname)),)*];
                const NARROW: &[(u32, u32, &str)] = &[$(($min, $max, stringify!($name)),)*];
                let (wide, narrow) = ([$(self.$wname,)*], [$(self.$name,)*]);
                if let Some(name) = first_outside(&wide, WIDE).or_else(|| first_outside(&narrow, NARROW)) {
                    return Some(name);
                }
                if self.reserved == [0; $reserved] { None } else { Some("reserved") }
            }
        }
    };
}

params! {
    wide {
        min_tick_liquidity = 1, 1..=(1u64 << 62), "Smallest liquidity of a range, in units of L (no littering of ticks).";
        skew_scale_base = 0, 0..=(1u64 << 62), "Net taker base at which the premium counts in full, in base atoms (0: any net base lets it count in full).";
    }
    narrow {
        contract_exponent = 0, 0..=9, "One contract is 10^this units of the feed's asset.";
        tick_spacing = 2, 1..=100, "Grid of ranges, in ticks of 0.01%.";
        max_crossings = 40, 8..=64, "Initialised ticks that one trade may cross.";
        min_range_slots = 25, 0..=9_000, "Slots a range must live before it may be removed (0: none).";
        max_age_trade_secs = 2, 1..=5, "Oldest index a trade may use.";
        max_age_mark_secs = 20, 5..=120, "Oldest index behind a mark price that health may use.";
        max_age_liquidation_secs = 3_600, 120..=86_400, "Oldest index behind a mark that liquidation may still use: a stale oracle delays none.";
        max_skew_secs = 2, 0..=5, "How far a publish time may be ahead of the clock.";
        guard_secs = 2, 0..=10, "Window of the fill index (0: the index now).";
        conf_limit_ppm = 5_000, 100..=50_000, "Confidence over price above which the market is guarded.";
        max_divergence_ppm = 100_000, 10_000..=500_000, "Distance of the index from the oracle's average above which the market is guarded.";
        guard_clear = 5, 1..=50, "Good samples in a row that end guarded mode.";
        mark_step_secs = 1, 1..=10, "Least time between mark samples.";
        mark_ring = 3, 3..=7, "Samples under the mark's median: 3, 5 or 7.";
        mark_band_ppm = 5_000, 0..=20_000, "Largest distance of the mark from the median index.";
        basis_tau_secs = 150, 30..=900, "Time constant of the basis average in the mark.";
        stable_speed_ppm_per_hour = 60_000, 10_000..=500_000, "Fastest move of the stable price.";
        price_band_ppm = 12_000, 0..=100_000, "Fills stay this near to the index (0: anywhere).";
        funding_step_secs = 60, 10..=300, "Grid of funding; divides an hour.";
        funding_tau_secs = 3_600, 600..=86_400, "Time constant of the premium average.";
        funding_hours = 8, 1..=24, "Hours over which a premium is paid back.";
        funding_cap_ppm_per_hour = 1_250, 0..=100_000, "Largest funding rate.";
        funding_day_cap_ppm = 10_000, 0..=1_000_000, "Most that a position can pay in a rolling day.";
        funding_slew_ppm_per_hour2 = 210, 0..=1_000_000, "Fastest change of the funding rate.";
        interest_ppm = 100, 0..=1_000, "Interest per funding_hours inside the dead band.";
        deadband_ppm = 500, 0..=5_000, "Dead band around the interest per funding_hours.";
        max_gap_secs = 600, 60..=3_600, "Longest silence that one refresh accrues.";
        base_fee_ppm = 300, 0..=10_000, "Smallest taker fee.";
        max_fee_ppm = 3_000, 0..=20_000, "Largest taker fee.";
        conf_weight_ppm = 1_000_000, 0..=10_000_000, "Weight of confidence over price in the fee.";
        vol_weight_ppm = 50_000, 0..=10_000_000, "Weight of the index's distance from its average in the fee.";
        age_weight_ppm_per_sec = 50, 0..=10_000, "Fee for each second of the index's age.";
        depth_weight_ppm = 1_000_000, 0..=10_000_000, "Weight of the mean distance from the index in the fee.";
        rebalance_factor_ppm = 500_000, 100_000..=1_000_000, "Factor on the fee of flow towards the index.";
        lp_share_ppm = 800_000, 0..=1_000_000, "Ranges' share of the fee.";
        insurance_share_ppm = 150_000, 0..=1_000_000, "Insurance's share of the fee.";
        treasury_share_ppm = 50_000, 0..=1_000_000, "Treasury's share of the fee.";
        imr_ppm = 50_000, 10_000..=1_000_000, "Initial margin ratio.";
        mmr_ppm = 30_000, 5_000..=500_000, "Maintenance margin ratio.";
        imf_slope_ppm_per_million_usd = 500, 0..=100_000, "Rise of the initial margin ratio with the account's notional (0: none).";
        oi_cap_usd = 20_000_000, 1..=4_000_000_000, "Cap on open interest.";
        position_cap_usd = 0, 0..=4_000_000_000, "Cap on one position (0: none but the one on open interest).";
        oi_scale_from_ppm = 600_000, 0..=1_000_000, "Part of the cap from which the margin of added risk rises to 100% (0: no rise).";
        drift_horizon_secs = 28_800, 0..=604_800, "Funding held back in margin (0: none).";
        profit_half_life_secs = 600, 0..=86_400, "Half-life of unmatured profit (0: mature at once).";
        deficit_tolerance_ppm = 1_000, 0..=100_000, "Written-off losses over open interest above which no new risk is taken.";
        buffer_ppm = 100_000, 10_000..=1_000_000, "Liquidation's target above maintenance.";
        d_min_ppm = 1_000, 0..=50_000, "Auction discount at the start.";
        d_max_ppm = 10_000, 1_000..=100_000, "Auction discount at the end.";
        plateau_secs = 5, 0..=60, "Time buffer before the discount rises.";
        auction_secs = 60, 10..=600, "Time from the smallest to the largest discount.";
        flag_ttl_secs = 300, 60..=3_600, "A flag without a step for this long counts from now.";
        max_part_ppm = 250_000, 50_000..=1_000_000, "Largest part of a position in one step.";
        step_gap_secs = 10, 0..=60, "Least time between steps on the curve.";
        min_step_usd = 100, 1..=10_000, "Smallest step, and what counts as dust.";
        window_cap_usd = 2_000_000, 1_000..=1_000_000_000, "Liquidated volume in a window.";
        window_secs = 30, 5..=3_600, "Length of that window.";
        liquidation_tip_quote = 500_000, 0..=10_000_000, "Keeper's tip for a step, in quote atoms.";
        insurance_part_ppm = 300_000, 0..=1_000_000, "Insurance's part of the liquidation discount.";
        adl_part_ppm = 250_000, 10_000..=1_000_000, "Largest part of a holder's position deleveraged in a step.";
        deleverage_window_secs = 60, 10..=3_600, "Time over which the deleveraging threshold falls to zero.";
        session_gap_secs = 0, 0..=86_400, "Silence after which off-hours trading begins (0: never).";
        session_speed_ppm_per_hour = 20_000, 0..=100_000, "Fastest move of the index off hours.";
        session_band_ppm = 50_000, 0..=200_000, "Largest move of the index off hours.";
        session_margin_ppm = 2_000_000, 1_000_000..=10_000_000, "Factor on initial margins off hours.";
        offset_speed_ppm_per_min = 5_000, 0..=100_000, "Speed at which the offset returns to 1.";
        close_notice_secs = 604_800, 86_400..=2_592_000, "Notice before a market is closed.";
        max_index_speed_ppm_per_min = 8_000, 100..=100_000, "Index speed that the solvency envelope withstands.";
    }
    reserved 14
}

const _: () = assert!(size_of::<Params>().is_multiple_of(8));

/// Parts per million in one.
pub const MILLION: u32 = 1_000_000;

impl Params {
    /// The inequality of protocol.md section 11 that these parameters break, if any, in ppm of notional:
    ///
    /// 1. `speed * (max_age_mark + median lag + plateau + auction) + mark_band + funding cap over it + d_max + max_fee <= mmr`
    /// 2. `price_band + mark_band + max_fee <= imr - mmr`
    /// 3. `2 * price_band + max_fee <= mmr`
    /// 4. `mmr * (1 + buffer) > d_max + conf_limit + max_fee`
    /// 5. `funding_cap <= (imr - mmr) / 8`
    /// 6. `2 * mark_band <= d_max`: what the curve alone does to the mark never keeps deleveraging waiting
    ///
    /// and the consistency rules: shares sum to 1, an hour is whole funding steps, a gap is at most 60 of them (what one
    /// refresh catches up), the ring is odd, the band spans at
    /// most 128 grid ticks, a flag outlives the plateau, the auction, the pool's time (as long as the plateau) and the
    /// deleveraging window, so that it cannot be set anew before deleveraging is open to all. With `price_band` 0 (no band) rules 2 and 3 take it as 0.
    pub fn unsafe_combination(&self) -> Option<&'static str> {
        let p = |value: u32| u64::from(value);
        let sum = |parts: &[u64]| parts.iter().fold(0u64, |total, part| total.saturating_add(*part));
        let shares = sum(&[p(self.lp_share_ppm), p(self.insurance_share_ppm), p(self.treasury_share_ppm)]);
        let gap = p(self.imr_ppm).saturating_sub(p(self.mmr_ppm));
        let lag = p(self.mark_ring).saturating_add(1).saturating_div(2).saturating_mul(p(self.mark_step_secs));
        let secs = sum(&[p(self.max_age_mark_secs), lag, p(self.plateau_secs), p(self.auction_secs)]);
        let move_ppm = p(self.max_index_speed_ppm_per_min).saturating_mul(secs).div_ceil(60);
        let funding_ppm = p(self.funding_cap_ppm_per_hour).saturating_mul(secs).div_ceil(3_600);
        let cost = sum(&[move_ppm, p(self.mark_band_ppm), funding_ppm, p(self.d_max_ppm), p(self.max_fee_ppm)]);
        let target = p(self.mmr_ppm)
            .saturating_mul(p(MILLION).saturating_add(p(self.buffer_ppm)))
            .checked_div(p(MILLION))
            .unwrap_or(0);
        let rules = [
            (shares == p(MILLION), "lp_share + insurance_share + treasury_share = 100%"),
            (3_600u32.checked_rem(self.funding_step_secs) == Some(0), "funding_step divides an hour"),
            (self.max_gap_secs <= self.funding_step_secs.saturating_mul(60), "max_gap is at most 60 funding steps"),
            (self.mark_ring % 2 == 1, "mark_ring is odd"),
            (
                p(self.price_band_ppm).div_ceil(100) <= p(self.tick_spacing).saturating_mul(128),
                "price_band / tick_spacing <= 128 grid ticks",
            ),
            (self.base_fee_ppm <= self.max_fee_ppm, "base_fee <= max_fee"),
            (self.d_min_ppm <= self.d_max_ppm, "d_min <= d_max"),
            (self.mmr_ppm < self.imr_ppm, "mmr < imr"),
            (cost <= p(self.mmr_ppm), "speed * time to d_max + mark_band + funding + d_max + fee <= mmr"),
            (
                sum(&[p(self.price_band_ppm), p(self.mark_band_ppm), p(self.max_fee_ppm)]) <= gap,
                "price_band + mark_band + max_fee <= imr - mmr",
            ),
            (
                sum(&[p(self.price_band_ppm).saturating_mul(2), p(self.max_fee_ppm)]) <= p(self.mmr_ppm),
                "2 * price_band + max_fee <= mmr",
            ),
            (
                target > sum(&[p(self.d_max_ppm), p(self.conf_limit_ppm), p(self.max_fee_ppm)]),
                "mmr * (1 + buffer) > d_max + conf_limit + max_fee",
            ),
            (
                p(self.flag_ttl_secs)
                    > sum(&[
                        p(self.plateau_secs).saturating_mul(2),
                        p(self.auction_secs),
                        p(self.deleverage_window_secs),
                    ]),
                "flag_ttl > 2 * plateau + auction + deleverage_window",
            ),
            (p(self.mark_band_ppm).saturating_mul(2) <= p(self.d_max_ppm), "2 * mark_band <= d_max"),
            (p(self.funding_cap_ppm_per_hour).saturating_mul(8) <= gap, "funding_cap <= (imr - mmr) / 8"),
            (
                self.session_gap_secs == 0
                    || self.session_gap_secs > self.max_age_mark_secs.saturating_add(self.guard_secs),
                "session_gap > max_age_mark + guard",
            ),
            (
                self.session_gap_secs == 0
                    || p(self.session_speed_ppm_per_hour) <= p(self.max_index_speed_ppm_per_min).saturating_mul(60),
                "session_speed <= max_index_speed",
            ),
        ];
        rules.iter().find(|(holds, _)| !holds).map(|(_, name)| *name)
    }

    /// Refuses parameters outside of their bounds (`InvalidParameter`) or of the envelope (`UnsafeParameters`).
    pub fn check(&self) -> Result<()> {
        if self.out_of_bounds().is_some() {
            return Err(Error::InvalidParameter);
        }
        if self.unsafe_combination().is_some() {
            return Err(Error::UnsafeParameters);
        }
        Ok(())
    }
}
