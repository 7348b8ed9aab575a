//! Compute units to ask for: what was measured of each instruction on the compiled program, with head room.
//!
//! The table is that of docs/compute.md, boiled down by the same command: for each instruction the most that any shape with
//! the fewest accounts took, what ranges added and what each further account added at the most. What no shape of the table has is counted on
//! top, from the same measurements: ticks up to the most that any market lets a trade cross, and a market that nobody has
//! refreshed for a long while. Beside that, [`units`] asks for a fifth more.
//!
//! An instruction of another program counts as much as is known of it ([`total`]). Whoever wants to pay for no more than
//! what is used simulates the transaction.

mod foreign;
mod measured;

use keel_engine::legs::MAX_LEGS;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use crate::address::{self, PROGRAM_ID, TOKEN_PROGRAM};

pub use measured::{CATCHING_UP, CROSSING, TABLE};

/// The most that a transaction may ask for.
pub const MAX_UNITS: u32 = 1_400_000;

/// What was measured of one instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// First byte of its data.
    pub discriminator: u8,
    /// Its name, as the program's IDL spells it.
    pub name: &'static str,
    /// Fewest accounts with which it was measured.
    pub accounts: u32,
    /// Most units with so many.
    pub base: u32,
    /// Most units that a companion with 8 ranges added; where no shape has one, the most that it added anywhere.
    pub ranges: u32,
    /// Most units that a further account of another kind added; the same.
    pub per_account: u32,
}

/// Head room in percent.
const HEAD_ROOM_PERCENT: u64 = 20;
/// And on top of it: addresses that the program derives by more attempts than they took when it was measured.
const HEAD_ROOM_UNITS: u64 = 5_000;
/// Calls of the token program, which on a cluster may be an older one than where it was measured: two transfers.
const TOKEN_CALLS: u64 = 13_000;

/// Initialised ticks that one trade may cross in any market.
const MOST_CROSSINGS: u64 = 64;
/// Instructions that walk along the curve as far as there is something to fill, and the ticks that they cross in the shapes
/// of the table.
const WALKS: [(&str, u64); 10] = [
    ("trade", 20),
    ("trade_with_builder", 0),
    ("trade_legs", 0),
    ("trade_exact", 0),
    ("trade_to", 0),
    ("deposit_and_trade", 0),
    ("execute_order", 0),
    ("liquidate_on_curve", 6),
    ("rebalance", 0),
    ("view_fee", 5),
];
/// The longest silence that any market may accrue in one refresh is of 60 funding steps: six times that of the table.
const LONGEST_SILENCE: u64 = 6;
/// Instructions that refresh their market, and so may have to catch up with a long time.
const REFRESHES: [&str; 13] = [
    "refresh",
    "trade",
    "trade_with_builder",
    "trade_legs",
    "trade_exact",
    "trade_to",
    "deposit_and_trade",
    "execute_order",
    "add_range",
    "liquidate_on_curve",
    "rebalance",
    "close_market",
    "view_fee",
];

/// What was measured of an instruction of this program; nothing of another's.
pub fn measured(instruction: &Instruction) -> Option<&'static Measured> {
    let discriminator = instruction.data.first().filter(|_| instruction.program_id == PROGRAM_ID)?;
    TABLE.iter().find(|row| row.discriminator == *discriminator)
}

/// Compute units to ask for, for one instruction; of another program, what is known of it.
pub fn units(instruction: &Instruction) -> u32 {
    let count = match measured(instruction) {
        Some(row) => own(row, instruction),
        None => foreign::units(instruction),
    };
    capped(count)
}

/// Compute units to ask for, for a transaction of these instructions.
pub fn total(instructions: &[Instruction]) -> u32 {
    let units = instructions.iter().map(|instruction| u64::from(units(instruction)));
    capped(units.fold(0, u64::saturating_add))
}

/// With head room.
fn own(row: &Measured, instruction: &Instruction) -> u64 {
    let accounts = u64::try_from(instruction.accounts.len()).unwrap_or(u64::MAX);
    let further = accounts.saturating_sub(u64::from(row.accounts));
    let mut count = u64::from(row.base).saturating_add(further.saturating_mul(u64::from(row.per_account)));
    if further != 0 && has_companion(row, instruction) {
        count = count.saturating_add(u64::from(row.ranges));
    }

    let markets = if row.name == "trade_legs" { legs(instruction) } else { 1 };
    if let Some((_, measured)) = WALKS.iter().find(|(name, _)| *name == row.name) {
        let ticks = MOST_CROSSINGS.saturating_sub(*measured).saturating_mul(markets);
        count = count.saturating_add(ticks.saturating_mul(u64::from(CROSSING)));
    }
    if REFRESHES.contains(&row.name) {
        let silence = u64::from(CATCHING_UP).saturating_mul(LONGEST_SILENCE);
        count = count.saturating_add(silence.saturating_mul(markets));
    }
    let room = count.saturating_mul(HEAD_ROOM_PERCENT).div_ceil(100).saturating_add(HEAD_ROOM_UNITS);
    let calls_tokens = instruction.accounts.iter().any(|meta| meta.pubkey == TOKEN_PROGRAM);
    count.saturating_add(room).saturating_add(if calls_tokens { TOKEN_CALLS } else { 0 })
}

/// Whether the companion of one of the declared accounts is among them.
fn has_companion(row: &Measured, instruction: &Instruction) -> bool {
    let declared = usize::try_from(row.accounts).unwrap_or(usize::MAX);
    let passes = |address: Pubkey| instruction.accounts.iter().any(|meta| meta.pubkey == address);
    instruction.accounts.iter().take(declared).any(|meta| passes(address::ranges(&meta.pubkey)))
}

/// Legs of a trade in several markets: the byte behind its discriminator.
fn legs(instruction: &Instruction) -> u64 {
    let most = u64::try_from(MAX_LEGS).unwrap_or(u64::MAX);
    instruction.data.get(1).map_or(most, |count| u64::from(*count).clamp(1, most))
}

fn capped(units: u64) -> u32 {
    u32::try_from(units).unwrap_or(MAX_UNITS).min(MAX_UNITS)
}
