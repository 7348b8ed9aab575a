//! The cluster's clock, read from its sysvar: what the program will call now, and what quotes are computed with.

use keel_engine::Now;
use keel_sdk::SdkError;
use keel_sdk::chain::Accounts;
use solana_account::Account;
use solana_pubkey::Pubkey;

/// The account of the clock.
pub const CLOCK: Pubkey = Pubkey::from_str_const("SysvarC1ock11111111111111111111111111111111");

/// The clock among accounts. Errors with `Missing` or `WrongKind`.
pub fn now(accounts: &impl Accounts) -> keel_sdk::Result<Now> {
    let data = accounts.get(&CLOCK).ok_or(SdkError::Missing(CLOCK))?;
    decode(&data).ok_or(SdkError::WrongKind(CLOCK, "Clock"))
}

/// The clock in its account. Errors with `Missing` or `WrongKind`.
pub(crate) fn of(account: Option<Account>) -> keel_sdk::Result<Now> {
    let account = account.ok_or(SdkError::Missing(CLOCK))?;
    decode(&account.data).ok_or(SdkError::WrongKind(CLOCK, "Clock"))
}

/// Slot, the epoch's start, epoch, the schedule's epoch, unix time: 8 bytes each.
fn decode(data: &[u8]) -> Option<Now> {
    let (slot, rest) = data.split_first_chunk()?;
    let unix = rest.get(24..)?.first_chunk()?;
    Some(Now { unix: i64::from_le_bytes(*unix), slot: u64::from_le_bytes(*slot) })
}
