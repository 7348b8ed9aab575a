//! Events: one per instruction that changed something, of a fixed layout, logged as `Program data`.
//!
//! An event holds what was done and the balances **after** it ([`Holding`], [`Ledger`]), so that a reader who missed some
//! has everything again with the next one. Where the instruction writes the exchange, a bank or a market, the event has
//! that account's sequence number, which counts its events from 1: a gap shows a log that was cut (the cluster keeps 10
//! KB a transaction). Amounts are atoms, prices and rates raw bits of their engine types.

use anchor_lang::{Discriminator, prelude::*};
use bytemuck::{Pod, Zeroable};
use keel_engine::liquidation::Step;
use keel_engine::pot::{Released, Settled as Settlement};
use keel_engine::ranges::Entitlement;
use keel_engine::refresh::Refreshed as Refreshment;
use keel_engine::resolve::Resolved as Resolution;
use keel_engine::state::{Bank, MarginAccount, Market, Range};
use keel_engine::trade::Fill;
use keel_engine::units::{SignedWide, Wide};

/// Bytes in front of the event: its discriminator.
const TAG_LENGTH: usize = 8;

/// Logs an event as the framework's clients expect it: discriminator and struct in one piece.
#[inline(always)]
pub fn log<E: Discriminator + Pod>(event: E) {
    #[repr(C)]
    struct Logged<E> {
        tag: [u8; TAG_LENGTH],
        event: E,
    }
    const { assert!(align_of::<E>() <= TAG_LENGTH && E::DISCRIMINATOR.len() == TAG_LENGTH) };
    let mut tag = [0; TAG_LENGTH];
    tag.copy_from_slice(E::DISCRIMINATOR);
    let logged = Logged { tag, event };
    // SAFETY: an event is Pod, so all its bytes are initialised, and its alignment is at most the tag's length, so there
    // is no padding between the two or behind them.
    let bytes = unsafe { core::slice::from_raw_parts((&raw const logged).cast::<u8>(), size_of::<Logged<E>>()) };
    sol_log_data(&[bytes]);
}

/// The next number of a sequence.
#[inline(always)]
pub fn next(sequence: &mut u64) -> u64 {
    *sequence = sequence.wrapping_add(1);
    *sequence
}

/// What an account has after an event: its capital, and its position in the event's market.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct Holding {
    /// USDC capital.
    pub capital: u64,
    /// Base held.
    pub base: i64,
    /// Quote not settled yet.
    pub quote: i64,
    /// F up to which funding is folded into `quote`.
    pub funding: SignedWide,
    /// Capital that settled losses took and that still makes profit mature at once.
    pub paid_in: u64,
    /// Claim on the pot that is not mature.
    pub unmatured: u64,
    /// Claim on the pot that may be released.
    pub mature: u64,
    /// Settled loss that could not be collected.
    pub debt: u64,
}

impl Holding {
    /// Of an account in a market; without a position everything but the capital is 0.
    #[inline(always)]
    fn of(account: &MarginAccount, market: &Market) -> Self {
        let capital = account.usdc();
        match account.position(market.index_number) {
            Ok(position) => Self {
                capital,
                base: position.base,
                quote: position.quote,
                funding: position.funding,
                paid_in: position.paid_in,
                unmatured: position.unmatured,
                mature: position.mature,
                debt: position.debt,
            },
            Err(_) => Self { capital, ..Self::zeroed() },
        }
    }
}

/// A market's money after an event.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct Ledger {
    /// Quote of the curve.
    pub curve_quote: i64,
    /// Sum of long positions' base.
    pub long_base: u64,
    /// Sum of short positions' base.
    pub short_base: u64,
    /// What losers have paid and winners have not taken.
    pub pot: u64,
    /// Holders' claims on it.
    pub claims: u64,
    /// Insurance's claim on it.
    pub insurance_claim: u64,
    /// The treasury's claim on it.
    pub treasury_claim: u64,
    /// What claims gave up beyond the shortfall.
    pub surplus: u64,
    /// Losses that nobody could pay.
    pub written_off: u64,
    /// Settled losses that their holders could not pay yet.
    pub uncovered: u64,
    /// Insurance.
    pub insurance: u64,
    /// Treasury.
    pub treasury: u64,
}

impl Ledger {
    /// Of a market.
    #[inline(always)]
    fn of(market: &Market) -> Self {
        Self {
            curve_quote: market.curve_quote,
            long_base: market.long_base,
            short_base: market.short_base,
            pot: market.pot,
            claims: market.claims,
            insurance_claim: market.insurance_claim,
            treasury_claim: market.treasury_claim,
            surplus: market.surplus,
            written_off: market.written_off,
            uncovered: market.uncovered,
            insurance: market.insurance,
            treasury: market.treasury,
        }
    }
}

/// The exchange was made.
#[event(bytemuck)]
pub struct ExchangeInitialized {
    /// Sequence number of the exchange.
    pub sequence: u64,
    /// Who may list banks and markets.
    pub admin: Address,
    /// Who may reduce risk at once, or zero.
    pub guardian: Address,
}

/// A kind of collateral was listed.
#[event(bytemuck)]
pub struct BankAdded {
    /// Sequence number of the exchange.
    pub sequence: u64,
    /// Address of the bank.
    pub bank: Address,
    /// Mint of the collateral.
    pub mint: Address,
    /// The bank's token account.
    pub vault: Address,
    /// Number of the bank.
    pub index: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
}

/// A market was listed.
#[event(bytemuck)]
pub struct MarketCreated {
    /// Sequence number of the exchange.
    pub sequence: u64,
    /// Address of the market.
    pub market: Address,
    /// Program that owns its price accounts.
    pub price_owner: Address,
    /// Feed of its index.
    pub feed_id: [u8; 32],
    /// Name in UTF-8, zero-padded.
    pub name: [u8; 16],
    /// The first index.
    pub index: u64,
    /// The first peg.
    pub peg: u64,
    /// Number of the market.
    pub number: u16,
    /// 0 floating, 1 fixed.
    pub mode: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}

/// A tick array was made. Its market is not written: no sequence number.
#[event(bytemuck)]
pub struct TickArrayCreated {
    /// Address of the array.
    pub tick_array: Address,
    /// Index of the array.
    pub index: i32,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 2],
}

/// A margin account was opened.
#[event(bytemuck)]
pub struct AccountOpened {
    /// Address of the margin account.
    pub account: Address,
    /// Its owner.
    pub owner: Address,
    /// Its number among the owner's.
    pub sub_account: u16,
    /// The only market it may trade, or 0.
    pub isolated_market: u16,
    /// Padding; zero.
    pub pad: [u8; 4],
}

/// A margin account was closed.
#[event(bytemuck)]
pub struct AccountClosed {
    /// Address of the margin account.
    pub account: Address,
    /// Its owner.
    pub owner: Address,
}

/// The companion for a margin account's ranges was opened.
#[event(bytemuck)]
pub struct RangesOpened {
    /// Address of the margin account.
    pub account: Address,
    /// Address of the companion.
    pub ranges: Address,
}

/// The companion for a margin account's ranges was closed.
#[event(bytemuck)]
pub struct RangesClosed {
    /// Address of the margin account.
    pub account: Address,
    /// Address of the companion.
    pub ranges: Address,
}

/// Tokens came in.
#[event(bytemuck)]
pub struct Deposited {
    /// Sequence number of the bank.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Whose tokens they were.
    pub authority: Address,
    /// Atoms.
    pub amount: u64,
    /// The account's capital in the bank after it.
    pub capital: u64,
    /// What the bank holds for everybody after it.
    pub booked: u64,
    /// Number of the bank.
    pub bank: u8,
    /// 1 when the account is still flagged for liquidation.
    pub flagged: u8,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl Deposited {
    /// Of a deposit that is booked.
    pub fn of(account: &MarginAccount, bank: &mut Bank, address: &Address, authority: &Address, amount: u64) -> Self {
        Self {
            sequence: next(&mut bank.sequence),
            account: *address,
            authority: *authority,
            amount,
            capital: capital(account, bank),
            booked: bank.booked,
            bank: bank.index,
            flagged: u8::from(account.flagged_at != 0),
            pad: [0; 6],
        }
    }
}

/// Tokens went out.
#[event(bytemuck)]
pub struct Withdrawn {
    /// Sequence number of the bank.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Token account that got them.
    pub destination: Address,
    /// Atoms.
    pub amount: u64,
    /// The account's capital in the bank after it.
    pub capital: u64,
    /// What the bank holds for everybody after it.
    pub booked: u64,
    /// Number of the bank.
    pub bank: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
}

impl Withdrawn {
    /// Of a withdrawal that is booked.
    pub fn of(account: &MarginAccount, bank: &mut Bank, address: &Address, destination: &Address, amount: u64) -> Self {
        Self {
            sequence: next(&mut bank.sequence),
            account: *address,
            destination: *destination,
            amount,
            capital: capital(account, bank),
            booked: bank.booked,
            bank: bank.index,
            pad: [0; 7],
        }
    }
}

/// An account's capital in a bank.
fn capital(account: &MarginAccount, bank: &Bank) -> u64 {
    account.capital.get(usize::from(bank.index)).copied().unwrap_or_default()
}

/// Time was accrued and the price read, alone. (Other instructions do the same in front; their events have the prices.)
#[event(bytemuck)]
pub struct Refreshed {
    /// Sequence number of the market.
    pub sequence: u64,
    /// The index.
    pub index: u64,
    /// Its publish time.
    pub index_time: i64,
    /// Its confidence over price.
    pub conf: i64,
    /// The peg.
    pub peg: u64,
    /// The mark price.
    pub mark: u64,
    /// The slow price.
    pub stable: u64,
    /// Funding rate per hour.
    pub funding_rate: i64,
    /// F.
    pub funding: SignedWide,
    /// Number of the market.
    pub market: u16,
    /// 1 while the market is guarded.
    pub guarded: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}

impl Refreshed {
    /// Of a refresh.
    #[inline(always)]
    pub fn of(market: &mut Market, refreshed: &Refreshment) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            index: refreshed.index.bits,
            index_time: refreshed.index_time,
            conf: market.conf.bits,
            peg: market.peg.bits,
            mark: refreshed.mark.bits,
            stable: refreshed.stable.bits,
            funding_rate: refreshed.funding_rate.bits,
            funding: SignedWide::new(refreshed.funding),
            market: market.index_number,
            guarded: u8::from(refreshed.guarded),
            pad: [0; 5],
        }
    }
}

/// A trade was filled, in whole or in part.
#[event(bytemuck)]
pub struct Traded {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Base gained; negative was sold.
    pub base: i64,
    /// Quote gained, without the fee; negative was paid.
    pub quote: i64,
    /// Fee.
    pub fee: u64,
    /// The index.
    pub index: u64,
    /// Its publish time.
    pub index_time: i64,
    /// The peg.
    pub peg: u64,
    /// The mark price.
    pub mark: u64,
    /// Funding rate per hour.
    pub funding_rate: i64,
    /// F.
    pub funding: SignedWide,
    /// Where the curve stands after it.
    pub sqrt_price: Wide,
    /// Active liquidity after it.
    pub liquidity: Wide,
    /// The account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Initialised ticks crossed.
    pub crossings: u32,
    /// Number of the market.
    pub market: u16,
    /// 1 when it was filled in whole.
    pub filled: u8,
    /// Padding; zero.
    pub pad: u8,
}

impl Traded {
    /// Of a fill that is booked.
    #[inline(always)]
    pub fn of(market: &mut Market, account: &MarginAccount, address: &Address, fill: &Fill) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            base: fill.base,
            quote: fill.quote,
            fee: fill.fee,
            index: market.index.bits,
            index_time: market.index_time,
            peg: market.peg.bits,
            mark: market.mark.bits,
            funding_rate: market.funding_rate.bits,
            funding: market.funding,
            sqrt_price: market.sqrt_price.bits,
            liquidity: market.liquidity,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            crossings: fill.crossings,
            market: market.index_number,
            filled: u8::from(fill.end == keel_engine::curve::End::Filled),
            pad: 0,
        }
    }
}

/// A range was added to the curve.
#[event(bytemuck)]
pub struct RangeAdded {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// L.
    pub liquidity: Wide,
    /// Base that counts as owed.
    pub base_debt: i64,
    /// Where the curve stands.
    pub sqrt_price: Wide,
    /// The index.
    pub index: u64,
    /// F.
    pub funding: SignedWide,
    /// Lower tick, included.
    pub lower: i32,
    /// Upper tick, excluded.
    pub upper: i32,
    /// Number of the market.
    pub market: u16,
    /// Slot among the account's ranges.
    pub slot: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}

impl RangeAdded {
    /// Of a range in its slot.
    pub fn of(market: &mut Market, address: &Address, slot: u8, range: &Range) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            liquidity: range.liquidity,
            base_debt: range.base_debt,
            sqrt_price: market.sqrt_price.bits,
            index: market.index.bits,
            funding: market.funding,
            lower: range.lower,
            upper: range.upper,
            market: market.index_number,
            slot,
            pad: [0; 5],
        }
    }
}

/// What happened to a range whose entitlement was folded into the account's position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Folding {
    /// It stays on the curve.
    Settled = 0,
    /// Its owner took it off the curve.
    Removed = 1,
    /// It was taken off the curve because the account is in liquidation.
    Unwound = 2,
}

/// What a range was entitled to became part of the account's position, and the range may be gone.
#[event(bytemuck)]
pub struct RangeFolded {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Net base.
    pub base: i64,
    /// Net quote.
    pub quote: i64,
    /// Fees earned.
    pub fees: u64,
    /// Funding paid.
    pub funding_paid: i64,
    /// F.
    pub funding: SignedWide,
    /// The account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// Slot among the account's ranges.
    pub slot: u8,
    /// 0 it stays, 1 removed by its owner, 2 unwound in liquidation.
    pub what: u8,
    /// Padding; zero.
    pub pad: [u8; 4],
}

impl RangeFolded {
    /// Of an entitlement that is booked.
    pub fn of(
        market: &mut Market,
        account: &MarginAccount,
        address: &Address,
        slot: u8,
        what: Folding,
        folded: &Entitlement,
    ) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            base: folded.base,
            quote: folded.quote,
            fees: folded.fees,
            funding_paid: folded.funding,
            funding: market.funding,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            slot,
            what: what as u8,
            pad: [0; 4],
        }
    }
}

/// A position was settled at mark.
#[event(bytemuck)]
pub struct Settled {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Profit that became a claim.
    pub profit: u64,
    /// Loss that cancelled the holder's own claim.
    pub cancelled: u64,
    /// Loss that left capital and entered the pot.
    pub paid: u64,
    /// Loss that stays owed.
    pub owed: u64,
    /// The mark price.
    pub mark: u64,
    /// F.
    pub funding: SignedWide,
    /// The account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl Settled {
    /// Of a settlement that is booked.
    pub fn of(market: &mut Market, account: &MarginAccount, address: &Address, settled: &Settlement) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            profit: settled.profit,
            cancelled: settled.cancelled,
            paid: settled.paid,
            owed: settled.owed,
            mark: market.mark.bits,
            funding: market.funding,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            pad: [0; 6],
        }
    }
}

/// A mature claim became capital.
#[event(bytemuck)]
pub struct ClaimReleased {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Claim that ended.
    pub claim: u64,
    /// Capital that it became.
    pub paid: u64,
    /// The account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl ClaimReleased {
    /// Of a release that is booked.
    pub fn of(market: &mut Market, account: &MarginAccount, address: &Address, released: &Released) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            claim: released.claim,
            paid: released.paid,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            pad: [0; 6],
        }
    }
}

/// An account was flagged for liquidation. Only the account is written: no sequence number.
#[event(bytemuck)]
pub struct LiquidationBegun {
    /// Address of the margin account.
    pub account: Address,
    /// Its equity.
    pub equity: i64,
    /// Its maintenance margin.
    pub maintenance: u64,
    /// Unix time of the flag.
    pub flagged_at: i64,
}

/// A position of a flagged account was reduced against the curve.
#[event(bytemuck)]
pub struct Liquidated {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the liquidated margin account.
    pub account: Address,
    /// Address of the margin account that was paid for it.
    pub keeper_account: Address,
    /// Base that the liquidated account gained; negative was sold.
    pub base: i64,
    /// Quote that it gained, without the fee.
    pub quote: i64,
    /// Taker fee.
    pub fee: u64,
    /// What the keeper got.
    pub keeper: u64,
    /// What the market's insurance got of the discount.
    pub insurance: u64,
    /// The discount, in 2^-48.
    pub discount: u64,
    /// Equity after it.
    pub equity: i64,
    /// Maintenance margin after it.
    pub maintenance: u64,
    /// The keeper's USDC capital after it.
    pub keeper_capital: u64,
    /// The index.
    pub index: u64,
    /// The peg.
    pub peg: u64,
    /// The mark price.
    pub mark: u64,
    /// F.
    pub funding: SignedWide,
    /// Where the curve stands after it.
    pub sqrt_price: Wide,
    /// The liquidated account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// 1 when the account is still flagged.
    pub flagged: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}

impl Liquidated {
    /// Of a step that is booked: the liquidated account and its address, the keeper's and its.
    pub fn of(
        market: &mut Market,
        (account, address): (&MarginAccount, &Address),
        (keeper, keeper_address): (&MarginAccount, &Address),
        step: &Step,
    ) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            keeper_account: *keeper_address,
            base: step.base,
            quote: step.quote,
            fee: step.fee,
            keeper: step.keeper,
            insurance: step.insurance,
            discount: step.discount.bits,
            equity: step.health.equity,
            maintenance: step.health.maintenance,
            keeper_capital: keeper.usdc(),
            index: market.index.bits,
            peg: market.peg.bits,
            mark: market.mark.bits,
            funding: market.funding,
            sqrt_price: market.sqrt_price.bits,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            flagged: u8::from(account.flagged_at != 0),
            pad: [0; 5],
        }
    }
}

/// A claim in another market was released, at that market's ratio, for what a bankrupt account owed. One for each such
/// market, in front of `Resolved`.
#[event(bytemuck)]
pub struct ClaimConsumed {
    /// Sequence number of the other market.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// The account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the other market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl ClaimConsumed {
    /// Of a market whose claims changed.
    pub fn of(market: &mut Market, account: &MarginAccount, address: &Address) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            pad: [0; 6],
        }
    }
}

/// What a bankrupt account owed a market went through the loss order.
#[event(bytemuck)]
pub struct Resolved {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Paid by the account.
    pub own: u64,
    /// Taken by the market's surplus.
    pub surplus: u64,
    /// Paid by the market's insurance.
    pub insurance: u64,
    /// Written off.
    pub written_off: u64,
    /// The account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl Resolved {
    /// Of a resolution that is booked.
    pub fn of(market: &mut Market, account: &MarginAccount, address: &Address, resolved: &Resolution) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            own: resolved.own,
            surplus: resolved.surplus,
            insurance: resolved.insurance,
            written_off: resolved.written_off,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            pad: [0; 6],
        }
    }
}
