//! What `keel trade` and `keel close` may ask for: a trade as it is, within a bound, to a target, or on top of a deposit. Each
//! is quoted and built by the SDK's own function for it.

use keel_engine::curve::Exact;
use keel_engine::oracle::Sample;
use keel_engine::{Now, Side};
use keel_sdk::chain::Accounts;
use keel_sdk::instructions::{DepositAndTrade, Trade, TradeExact, TradeTo};
use keel_sdk::quote::{self, TradeQuote};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

/// A trade, and in which form.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The trade. To a target its side and amount say nothing.
    pub trade: Trade,
    /// The form.
    pub form: Form,
}

/// Forms of a trade.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// As it is, in part where the curve or the limit ends.
    Plain,
    /// In whole within a bound, which is 0 until it is known.
    Exact {
        /// As [`TradeExact::bound`].
        bound: u64,
    },
    /// To a position.
    To {
        /// The position, in base atoms; negative is short.
        target: i64,
        /// Base atoms from it that are near enough.
        tolerance: u64,
    },
    /// With a deposit in front, both or neither.
    Deposit {
        /// Mint of what is deposited.
        mint: Pubkey,
        /// Token account that pays.
        source: Pubkey,
        /// Atoms of the token.
        amount: u64,
    },
}

impl Wanted {
    /// What it would do now.
    pub fn quote(&self, accounts: &impl Accounts, sample: Option<&Sample>, now: Now) -> keel_sdk::Result<TradeQuote> {
        let trade = self.trade;
        match self.form {
            Form::Plain => quote::trade(accounts, &trade, sample, now),
            Form::Exact { bound } => quote::trade_exact(accounts, &TradeExact { trade, bound }, sample, now),
            Form::To { target, tolerance } => quote::trade_to(accounts, &self.to(target, tolerance), sample, now),
            Form::Deposit { mint, source, amount } => {
                let both = DepositAndTrade { trade, mint, source, deposit: amount };
                quote::deposit_and_trade(accounts, &both, sample, now).map(|quote| quote.trade)
            }
        }
    }

    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> keel_sdk::Result<Instruction> {
        let trade = self.trade;
        match self.form {
            Form::Plain => trade.instruction(accounts),
            Form::Exact { bound } => TradeExact { trade, bound }.instruction(accounts),
            Form::To { target, tolerance } => self.to(target, tolerance).instruction(accounts),
            Form::Deposit { mint, source, amount } => {
                DepositAndTrade { trade, mint, source, deposit: amount }.instruction(accounts)
            }
        }
    }

    /// What it deposits, in atoms.
    pub const fn deposit(&self) -> Option<u64> {
        if let Form::Deposit { amount, .. } = self.form { Some(amount) } else { None }
    }

    /// The bound that leaves a fill as quoted so much room, in hundredths of a percent, rounded for who trades.
    pub fn bound_of(&self, quote: &TradeQuote, slippage_bps: u32) -> u64 {
        let (base, paid, fee) = (quote.fill.base.unsigned_abs(), quote.fill.quote.unsigned_abs(), quote.fill.fee);
        match (self.trade.exact, self.trade.side) {
            (Exact::Base(_), Side::Buy) => more(paid.saturating_add(fee), slippage_bps),
            (Exact::Base(_), Side::Sell) => less(paid.saturating_sub(fee), slippage_bps),
            (Exact::Quote(_), Side::Buy) => less(base, slippage_bps),
            (Exact::Quote(_), Side::Sell) => more(base, slippage_bps),
        }
    }

    const fn to(&self, target: i64, tolerance: u64) -> TradeTo {
        let Trade { authority, account, market, price, limit, reach, .. } = self.trade;
        TradeTo { authority, account, market, price, target, tolerance, limit, reach }
    }
}

/// Hundredths of a percent in the whole.
const WHOLE: u128 = 10_000;

fn more(amount: u64, bps: u32) -> u64 {
    let scaled = u128::from(amount).saturating_mul(WHOLE.saturating_add(bps.into())).div_ceil(WHOLE);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// At least 1, as 0 would be no bound.
fn less(amount: u64, bps: u32) -> u64 {
    let scaled = u128::from(amount).saturating_mul(WHOLE.saturating_sub(bps.into())) / WHOLE;
    u64::try_from(scaled).unwrap_or(u64::MAX).max(1)
}
