//! What a bank's collateral counts now, by the engine's rules: for looking at it, before anything is sent.

use keel_engine::collateral::{self, weight_ppm};
use keel_engine::oracle::MarkUse;
use keel_engine::state::{Bank, MarginAccount, USDC};
use keel_engine::view::{Others, View};
use keel_engine::{Error, Now};

/// What counts of one more token, and what the bank holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BankQuote {
    /// Part of the value that counts in maintenance, before size; in parts per million.
    pub weight_ppm: u32,
    /// Part that counts for new risk and withdrawals.
    pub initial_weight_ppm: u32,
    /// Whether its price is too old for an owner's doings: then nothing counts that needs one, until it is refreshed.
    pub stale: bool,
    /// What all accounts have in it at its last price, in quote atoms.
    pub held: u64,
    /// What may still be deposited, in quote atoms at its last price; nothing where there is no cap.
    pub room: Option<u64>,
}

/// How things stand with a bank. USDC counts in full and never grows old.
pub fn bank(bank: &Bank, now: Now) -> BankQuote {
    let held = collateral::held_floor(bank);
    let cap = u64::from(bank.cap_usd).saturating_mul(QUOTE_ATOMS);
    let room = (bank.cap_usd != 0).then(|| cap.saturating_sub(held));
    if usize::from(bank.index) == USDC {
        return BankQuote { weight_ppm: MILLION, initial_weight_ppm: MILLION, stale: false, held, room };
    }
    let weight_ppm = weight_ppm(bank, now);
    let initial_weight_ppm = weight_ppm.min(bank.haircut_ppm);
    BankQuote { weight_ppm, initial_weight_ppm, stale: is_stale(bank, now), held, room }
}

/// What an amount of a bank's tokens in a margin account is worth and counts, in quote atoms, at a price of any age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldingQuote {
    /// Number of the bank.
    pub bank: u8,
    /// Atoms.
    pub amount: u64,
    /// Its value at the last price, rounded down.
    pub value: u64,
    /// What it counts in maintenance, rounded down.
    pub maintenance: u64,
    /// What it counts for new risk and withdrawals, rounded down.
    pub initial: u64,
    /// Whether the bank's price is too old for an owner's doings.
    pub stale: bool,
}

/// What an amount of a bank's tokens counts. Errors: those of the engine's own sums.
pub fn holding(bank: &Bank, amount: u64, now: Now) -> keel_engine::Result<HoldingQuote> {
    let number = bank.index;
    if usize::from(number) == USDC {
        return Ok(HoldingQuote {
            bank: number,
            amount,
            value: amount,
            maintenance: amount,
            initial: amount,
            stale: false,
        });
    }
    let account = holder(bank, amount)?;
    let view = View::of(Others { declared: Some(bank), ..Others::default() });
    Ok(HoldingQuote {
        bank: number,
        amount,
        value: collateral::held_floor(&Bank { booked: amount, ..*bank }),
        maintenance: collateral::maintenance_floor(&account, &view, MarkUse::Any, now)?,
        initial: collateral::initial_floor(&account, &view, MarkUse::Any, now)?,
        stale: is_stale(bank, now),
    })
}

/// Quote atoms of a USD.
const QUOTE_ATOMS: u64 = 1_000_000;
/// The whole, in parts per million.
const MILLION: u32 = 1_000_000;

/// An account that holds nothing but these tokens.
fn holder(bank: &Bank, amount: u64) -> keel_engine::Result<MarginAccount> {
    let mut account: MarginAccount = bytemuck::Zeroable::zeroed();
    let place = account.capital.get_mut(usize::from(bank.index)).ok_or(Error::WrongBank)?;
    *place = amount;
    Ok(account)
}

/// As the engine tells it of a holder: a bank whose weight is 0 needs no price.
fn is_stale(bank: &Bank, now: Now) -> bool {
    let view = View::of(Others { declared: Some(bank), ..Others::default() });
    holder(bank, 1).is_ok_and(|account| collateral::is_stale(&account, &view, now))
}
