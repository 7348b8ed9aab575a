//! Parameters of the exchange, of its banks and of its pool: names, defaults and compiled-in bounds in one table (protocol.md section
//! 14).

use bytemuck::{Pod, Zeroable};

use crate::error::{Error, Result};
use crate::params::MILLION;
use crate::state::{Bank, Exchange, Pool as PoolState, USDC};

/// Where a parameter is kept.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// In the exchange.
    Exchange(fn(&mut Exchange) -> &mut u32),
    /// In each bank.
    Bank(fn(&mut Bank) -> &mut u32),
    /// In the pool.
    Pool(fn(&mut PoolState) -> &mut u32),
}

/// A parameter of the exchange, of a bank or of the pool.
#[derive(Clone, Copy, Debug)]
pub struct ExchangeParameter {
    /// Field name, unit included.
    pub name: &'static str,
    /// Default.
    pub default: u32,
    /// Smallest value allowed.
    pub min: u32,
    /// Largest value allowed.
    pub max: u32,
    /// What it is for.
    pub what: &'static str,
    /// Where it is kept.
    pub place: Place,
}

macro_rules! of_account {
    ($params:ident of $account:ident, $about:literal, $($name:ident, $bounds:expr, $what:literal;)*) => {
        #[doc = $about]
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
        pub struct $params { $(#[doc = $what] pub $name: u32,)* }

        impl $params {
            /// As they are in an account.
            pub const fn of(account: &$account) -> Self {
                Self { $($name: account.$name,)* }
            }

            /// Writes them into an account.
            pub const fn put(&self, account: &mut $account) {
                $(account.$name = self.$name;)*
            }

            /// Each with its field name.
            pub const fn values(&self) -> [(&'static str, u32); [$(stringify!($name)),*].len()] {
                [$((stringify!($name), self.$name)),*]
            }

            /// Refuses a parameter outside of its bounds: `InvalidParameter`.
            pub fn check(&self) -> Result<()> {
                let within = [$(($bounds).contains(&self.$name)),*];
                if within.contains(&false) { Err(Error::InvalidParameter) } else { Ok(()) }
            }
        }
    };
}

macro_rules! table {
    (exchange { $($name:ident = $default:literal, $min:literal..=$max:expr, $what:literal;)* }
     bank { $($bname:ident = $bdefault:literal, $bmin:literal..=$bmax:expr, $bwhat:literal;)* }
     pool { $($pname:ident = $pdefault:literal, $pmin:literal..=$pmax:expr, $pwhat:literal;)* }) => {
        /// Every parameter of the exchange, of a bank and of the pool.
        pub const EXCHANGE_PARAMETERS: &[ExchangeParameter] = &[
            $(ExchangeParameter {
                name: stringify!($name), default: $default, min: $min, max: $max, what: $what,
                place: Place::Exchange(|exchange| &mut exchange.$name),
            },)*
            $(ExchangeParameter {
                name: stringify!($bname), default: $bdefault, min: $bmin, max: $bmax, what: $bwhat,
                place: Place::Bank(|bank| &mut bank.$bname),
            },)*
            $(ExchangeParameter {
                name: stringify!($pname), default: $pdefault, min: $pmin, max: $pmax, what: $pwhat,
                place: Place::Pool(|pool| &mut pool.$pname),
            },)*
        ];

        /// Gives every parameter of the exchange its default.
        pub const fn set_exchange_defaults(exchange: &mut Exchange) {
            $(exchange.$name = $default;)*
        }

        /// Gives every parameter of a bank its default: that of USDC.
        pub const fn set_bank_defaults(bank: &mut Bank) {
            $(bank.$bname = $bdefault;)*
        }

        /// Gives every parameter of the pool its default.
        pub const fn set_pool_defaults(pool: &mut PoolState) {
            $(pool.$pname = $pdefault;)*
        }

        of_account! { ExchangeParams of Exchange, "The parameters of the exchange by themselves: what a change of them consists of.",
            $($name, $min..=$max, $what;)* }
        of_account! { BankParams of Bank, "The parameters of a bank by themselves: what a change of them consists of.",
            $($bname, $bmin..=$bmax, $bwhat;)* }
        of_account! { PoolParams of PoolState, "The parameters of the pool by themselves: what a change of them consists of.",
            $($pname, $pmin..=$pmax, $pwhat;)* }
    };
}

table! {
    exchange {
        timelock_secs = 172_800, 86_400..=2_592_000, "Delay of risk-increasing changes.";
        max_pause_secs = 259_200, 3_600..=604_800, "Longest pause; as long must lie between two.";
        insurance_day_cap_usd = 250_000, 0..=1_000_000_000, "Most that the exchange's insurance pays for one market in a day.";
        pool_day_cap_usd = 250_000, 0..=1_000_000_000, "Most that the pool pays for one market in a day.";
        max_markets = 64, 1..=1_000, "Most markets that may be listed.";
    }
    bank {
        haircut_ppm = 1_000_000, 0..=1_000_000, "Part of the collateral's value that counts in margin.";
        cap_usd = 0, 0..=u32::MAX, "Cap on deposits (0: none).";
        ramp_secs = 0, 0..=31_536_000, "Time over which the counted part moves to a new haircut, from 0 after listing; of other collateral than USDC at least a day.";
        debt_grace_secs = 3_600, 0..=604_800, "Age of a debt from which other collateral is auctioned for it.";
        outflow_limit_ppm_per_hour = 100_000, 10_000..=500_000, "Largest net outflow in an hour, over what the bank holds.";
        min_ticket_usd = 100, 1..=100_000, "Smallest withdrawal that may wait in the queue.";
        outflow_floor_usd = 100_000, 0..=10_000_000, "Net outflow in an hour that the limit never goes below.";
        size_slope_ppm_per_million_usd = 0, 0..=1_000_000, "How much less collateral counts the more it is: over 1 + slope * size (0: not at all).";
        max_age_price_secs = 60, 5..=3_600, "Oldest price at which the collateral counts for its owner.";
        max_conf_ppm = 20_000, 100..=100_000, "Widest confidence of a price update that is taken.";
        stable_speed_ppm_per_hour = 60_000, 10_000..=500_000, "Speed of the collateral's stable price.";
        rate_speed_ppm_per_day = 500, 0..=10_000, "Fastest rise of the exchange rate that is counted.";
        sale_discount_min_ppm = 5_000, 0..=100_000, "Discount at which a sale of the collateral begins.";
        sale_discount_max_ppm = 50_000, 1_000..=500_000, "Discount at which it ends.";
        sale_secs = 300, 10..=86_400, "Time in which the discount rises.";
    }
    pool {
        cooldown_secs = 86_400, 3_600..=604_800, "Time from a request to leave the pool until it is paid.";
        redeem_window_secs = 86_400, 3_600..=604_800, "Time after it in which it is paid or lapses.";
        rebalance_gap_secs = 60, 10..=3_600, "Least time between two rebalancings of the pool in a market.";
        rebalance_tol_ppm = 2_000, 100..=20_000, "Distance of the curve from the index from which on the pool places no range.";
        hysteresis_ppm = 100_000, 10_000..=500_000, "Difference of liquidity from the strategy's from which on a range is placed anew.";
        slippage_ppm = 1_000, 0..=10_000, "Worst price at which the pool reduces its own position, as a distance from the mark.";
        rebalance_tip_quote = 100_000, 0..=1_000_000, "Keeper's tip for a rebalancing, in quote atoms.";
        min_request_usd = 100, 1..=100_000, "Smallest deposit into the pool, and smallest part of a redemption that is paid by itself.";
        pool_cap_usd = 0, 0..=u32::MAX, "Cap on the pool's value for deposits (0: none).";
        reserve_ppm = 50_000, 0..=500_000, "Part of the pool's value that is set aside for losses that nobody else pays.";
    }
}

/// What a sale of collateral improves health by at least, at its largest discount.
const LEAST_GAIN_PPM: u32 = 10_000;
/// Least time over which collateral other than USDC gets another haircut: who holds it can see it coming.
const LEAST_RAMP_SECS: u32 = 86_400;

/// Gives every parameter of a bank of other collateral than USDC its default: it counts nothing until governance says so.
pub const fn set_collateral_defaults(bank: &mut Bank) {
    set_bank_defaults(bank);
    bank.haircut_ppm = 0;
    bank.ramp_secs = LEAST_RAMP_SECS;
}

impl BankParams {
    /// Refuses parameters with which collateral would be unsound: `UnsafeParameters`. USDC counts as what it is. Anything
    /// else has a cap, gets its haircut over a day at least, and each sale of it improves the health of who owes: `haircut
    /// + sale_discount_max <= 99%`, and the discount rises.
    pub fn check_of(&self, bank: u8) -> Result<()> {
        self.check()?;
        let is_sound = if usize::from(bank) == USDC {
            self.haircut_ppm == MILLION && self.size_slope_ppm_per_million_usd == 0
        } else {
            let spent = self.haircut_ppm.saturating_add(self.sale_discount_max_ppm).saturating_add(LEAST_GAIN_PPM);
            let is_bounded = self.cap_usd != 0 && spent <= MILLION;
            self.sale_discount_min_ppm <= self.sale_discount_max_ppm
                && self.ramp_secs >= LEAST_RAMP_SECS
                && (is_bounded || self.haircut_ppm == 0)
        };
        if is_sound { Ok(()) } else { Err(Error::UnsafeParameters) }
    }
}
