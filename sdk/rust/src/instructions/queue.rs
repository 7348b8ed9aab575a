//! Withdrawals that wait for the bank's outflow limit, and transfers between an owner's accounts.

use keel_engine::state::{Bank, MarginAccount, Ticket};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, payer, read, signer, written};
use crate::address::{self, PROGRAM_ID, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::remaining::{Remaining, Subject};

/// Puts a withdrawal at the end of the bank's queue.
#[derive(Clone, Copy, Debug)]
pub struct QueueWithdrawal {
    /// Owner of the margin account; pays, unless somebody else is said to.
    pub owner: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// The mint.
    pub mint: Pubkey,
    /// The owner's token account that is to be paid.
    pub destination: Pubkey,
    /// Token atoms.
    pub amount: u64,
}

impl QueueWithdrawal {
    /// The instruction, with the number that is the queue's next now.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        self.paid_by(accounts, self.owner)
    }

    /// The same with another payer, who signs too.
    pub fn paid_by(&self, accounts: &impl Accounts, by: Pubkey) -> Result<Instruction> {
        let place = address::bank(&self.mint);
        let bank: Bank = chain::load(accounts, &place)?;
        let mut metas = vec![
            signer(self.owner),
            written(self.account),
            written(place),
            written(address::ticket(bank.index, bank.queue_tail)),
            read(self.destination),
            payer(by),
            read(SYSTEM_PROGRAM),
        ];
        metas.extend(Remaining::of_account(accounts, &health_of(self.account, place))?.metas());
        Ok(Data::new(40).u64(self.amount).instruction(metas))
    }
}

/// Pays the first in the queue, or skips it where it was cancelled; anyone may.
#[derive(Clone, Copy, Debug)]
pub struct PayWithdrawal {
    /// The mint.
    pub mint: Pubkey,
    /// Number of the ticket.
    pub number: u64,
}

impl PayWithdrawal {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let place = address::bank(&self.mint);
        let bank: Bank = chain::load(accounts, &place)?;
        let at = address::ticket(bank.index, self.number);
        let ticket: Ticket = chain::load(accounts, &at)?;
        let is_cancelled = ticket.amount == 0;
        let account = Pubkey::from(ticket.account);
        let mut metas = vec![
            written(place),
            written(address::vault(&self.mint)),
            written(at),
            // The program's own address is nothing.
            if is_cancelled { read(PROGRAM_ID) } else { written(account) },
            written(Pubkey::from(ticket.destination)),
            written(Pubkey::from(ticket.payer)),
            read(TOKEN_PROGRAM),
        ];
        if !is_cancelled {
            metas.extend(Remaining::of_account(accounts, &health_of(account, place))?.metas());
        }
        Ok(Data::new(41).instruction(metas))
    }
}

/// Takes a waiting withdrawal back.
#[derive(Clone, Copy, Debug)]
pub struct CancelWithdrawal {
    /// The owner, or anyone while the account is flagged or owes.
    pub authority: Pubkey,
    /// The mint.
    pub mint: Pubkey,
    /// Number of the ticket.
    pub number: u64,
}

impl CancelWithdrawal {
    /// The instruction. For a flagged account it brings what a health check needs, so that it can be cured.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let place = address::bank(&self.mint);
        let bank: Bank = chain::load(accounts, &place)?;
        let at = address::ticket(bank.index, self.number);
        let ticket: Ticket = chain::load(accounts, &at)?;
        let account = Pubkey::from(ticket.account);
        let state: MarginAccount = chain::load(accounts, &account)?;
        let mut metas = vec![
            signer(self.authority),
            written(account),
            written(place),
            written(at),
            written(Pubkey::from(ticket.payer)),
        ];
        if state.flagged_at != 0 {
            metas.extend(Remaining::of_account(accounts, &health_of(account, place))?.metas());
        }
        Ok(Data::new(42).instruction(metas))
    }
}

/// Moves capital to another margin account of the same owner.
#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    /// Owner of both.
    pub owner: Pubkey,
    /// The margin account that gives.
    pub account: Pubkey,
    /// The margin account that gets.
    pub receiver: Pubkey,
    /// The mint.
    pub mint: Pubkey,
    /// Token atoms.
    pub amount: u64,
}

impl Transfer {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let place = address::bank(&self.mint);
        let mut metas = vec![signer(self.owner), written(self.account), written(self.receiver), written(place)];
        metas.extend(Remaining::of_account(accounts, &health_of(self.account, place))?.metas());
        Ok(Data::new(43).u64(self.amount).instruction(metas))
    }
}

/// The health of an account where this bank is declared and no market.
const fn health_of(account: Pubkey, bank: Pubkey) -> Subject {
    Subject { bank: Some(bank), ..Subject::of(account) }
}
