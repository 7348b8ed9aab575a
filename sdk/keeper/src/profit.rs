//! What the work brought, from receipts: fees and lamports from the payer's balances, USDC from the program's events.
//!
//! Lamports that a transaction moved beside its fee are tips and returned rent when they came in, and rent of accounts that
//! it opened when they went out. USDC is what events say that the keeper's margin account was paid; what a position that it
//! took over gains or loses later is not in it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keel_sdk::events::Event;
use solana_pubkey::Pubkey;

/// What one transaction, or all of them, cost and brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Realised {
    /// Lamports paid as fees.
    pub fees: u64,
    /// Lamports that came in.
    pub earned: u64,
    /// Lamports that went out beside the fee.
    pub laid_out: u64,
    /// Quote atoms that the margin account was paid.
    pub profit: u64,
    /// Transactions that went through.
    pub confirmed: u64,
    /// Transactions that failed on chain; their fee is paid.
    pub failed: u64,
}

/// What a receipt says of a transaction.
#[derive(Clone, Debug, Default)]
pub struct Receipt {
    /// Whether it went through.
    pub succeeded: bool,
    /// Its fee.
    pub fee: u64,
    /// The payer's lamports in front of it.
    pub before: u64,
    /// The payer's lamports after it.
    pub after: u64,
    /// The log.
    pub logs: Vec<String>,
}

impl Receipt {
    /// The program's events in the log.
    pub fn events(&self) -> Vec<Event> {
        let lines = self.logs.iter().filter_map(|line| line.strip_prefix("Program data: "));
        lines.filter_map(|line| Event::decode(&STANDARD.decode(line).ok()?)).collect()
    }

    /// What it cost and brought the owner of `account`.
    pub fn realised(&self, account: &Pubkey) -> Realised {
        let own = i128::from(self.after) - i128::from(self.before) + i128::from(self.fee);
        let part = |amount: i128| u64::try_from(amount.max(0)).unwrap_or(u64::MAX);
        Realised {
            fees: self.fee,
            earned: part(own),
            laid_out: part(-own),
            profit: self.events().iter().map(|event| paid(event, account)).fold(0, u64::saturating_add),
            confirmed: u64::from(self.succeeded),
            failed: u64::from(!self.succeeded),
        }
    }
}

/// Quote atoms that an event says an account was paid for its work.
fn paid(event: &Event, account: &Pubkey) -> u64 {
    match event {
        Event::Liquidated(event) if event.keeper_account == *account => event.keeper,
        Event::TakenOver(event) if event.liquidator_account == *account => event.tip,
        Event::Deleveraged(event) if event.keeper_account == *account => event.tip,
        Event::Backstopped(event) if event.keeper_account == *account => event.tip,
        Event::PoolRebalanced(event) if event.keeper_account == *account => event.tip,
        _ => 0,
    }
}

impl Realised {
    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        self.fees = self.fees.saturating_add(other.fees);
        self.earned = self.earned.saturating_add(other.earned);
        self.laid_out = self.laid_out.saturating_add(other.laid_out);
        self.profit = self.profit.saturating_add(other.profit);
        self.confirmed = self.confirmed.saturating_add(other.confirmed);
        self.failed = self.failed.saturating_add(other.failed);
    }
}

impl std::fmt::Display for Realised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (dollars, atoms) = (self.profit / 1_000_000, self.profit % 1_000_000);
        write!(
            f,
            "{} transactions confirmed, {} failed; lamports: {} paid in fees, {} earned, {} laid out; \
             {dollars}.{atoms:06} USDC earned",
            self.confirmed, self.failed, self.fees, self.earned, self.laid_out
        )
    }
}
