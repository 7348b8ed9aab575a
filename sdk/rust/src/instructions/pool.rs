//! The pool: making it, coming in, leaving, asking what it is worth.

use keel_engine::pool::deposits::DEPOSIT;
use keel_engine::pool::redemptions::REDEMPTION;
use keel_engine::state::{MarginAccount, Pool, PoolRequest};
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

use super::data::{Data, payer, read, signer, written};
use crate::address::{self, INSTRUCTIONS_SYSVAR, PROGRAM_ID, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::remaining::{Remaining, Subject};

/// Makes the pool.
#[derive(Clone, Copy, Debug)]
pub struct CreatePool {
    /// The exchange's admin; pays.
    pub admin: Pubkey,
}

impl CreatePool {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let account = address::pool_account();
        Data::new(54).instruction(vec![
            payer(self.admin),
            read(address::exchange()),
            written(address::pool()),
            written(account),
            written(address::ranges(&account)),
            written(address::share_mint()),
            written(address::share_vault()),
            read(INSTRUCTIONS_SYSVAR),
            read(TOKEN_PROGRAM),
            read(SYSTEM_PROGRAM),
        ])
    }
}

/// Asks for a deposit into the pool.
#[derive(Clone, Copy, Debug)]
pub struct RequestDeposit {
    /// Owner of the margin account; pays, unless somebody else is said to.
    pub owner: Pubkey,
    /// The margin account whose capital it is.
    pub account: Pubkey,
    /// The owner's token account that is to get the shares.
    pub shares_account: Pubkey,
    /// Quote atoms.
    pub amount: u64,
    /// Fewest shares: with less the money goes back.
    pub min_shares: u64,
    /// Lamports for who executes it.
    pub tip: u64,
}

impl RequestDeposit {
    /// The instruction, with the number that is the next of deposits now.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        self.paid_by(accounts, self.owner)
    }

    /// The same with another payer, who signs too.
    pub fn paid_by(&self, accounts: &impl Accounts, by: Pubkey) -> Result<Instruction> {
        let pool: Pool = chain::load(accounts, &address::pool())?;
        let mut metas = vec![
            signer(self.owner),
            written(self.account),
            written(address::pool()),
            written(address::pool_request(DEPOSIT, pool.deposits)),
            read(self.shares_account),
            payer(by),
            read(SYSTEM_PROGRAM),
        ];
        metas.extend(health_of(accounts, self.account)?);
        Ok(Data::new(55).u64(self.amount).u64(self.min_shares).u64(self.tip).instruction(metas))
    }
}

/// Makes a deposit shares, or brings it back where it may not become any; anyone may.
#[derive(Clone, Copy, Debug)]
pub struct ExecuteDeposit {
    /// Who executes it; gets the tip.
    pub keeper: Pubkey,
    /// Number of the deposit.
    pub number: u64,
}

impl ExecuteDeposit {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let at = address::pool_request(DEPOSIT, self.number);
        let request: PoolRequest = chain::load(accounts, &at)?;
        let mut metas = vec![
            payer(self.keeper),
            read(address::exchange()),
            written(address::pool()),
            written(address::pool_account()),
            written(at),
            written(Pubkey::from(request.account)),
            written(Pubkey::from(request.shares_account)),
            written(address::share_mint()),
            written(Pubkey::from(request.payer)),
            read(TOKEN_PROGRAM),
        ];
        metas.extend(health_of(accounts, address::pool_account())?);
        Ok(Data::new(56).instruction(metas))
    }
}

/// Takes a deposit that waits back.
#[derive(Clone, Copy, Debug)]
pub struct CancelDeposit {
    /// The owner, or anyone while the account is flagged or owes.
    pub authority: Pubkey,
    /// Number of the deposit.
    pub number: u64,
}

impl CancelDeposit {
    /// The instruction. For a flagged account it brings what a health check needs, so that it can be cured.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let at = address::pool_request(DEPOSIT, self.number);
        let request: PoolRequest = chain::load(accounts, &at)?;
        let account = Pubkey::from(request.account);
        let state: MarginAccount = chain::load(accounts, &account)?;
        let mut metas = vec![
            signer(self.authority),
            written(account),
            written(address::pool()),
            written(at),
            written(Pubkey::from(request.payer)),
        ];
        if state.flagged_at != 0 {
            metas.extend(health_of(accounts, account)?);
        }
        Ok(Data::new(57).instruction(metas))
    }
}

/// Asks to leave the pool.
#[derive(Clone, Copy, Debug)]
pub struct RequestRedeem {
    /// Owner of the margin account and of the shares; pays, unless somebody else is said to.
    pub owner: Pubkey,
    /// The margin account that is to get the money.
    pub account: Pubkey,
    /// The owner's token account that gives the shares.
    pub shares_account: Pubkey,
    /// Shares.
    pub amount: u64,
    /// Lamports for who executes it.
    pub tip: u64,
}

impl RequestRedeem {
    /// The instruction, with the number that is the queue's next now.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        self.paid_by(accounts, self.owner)
    }

    /// The same with another payer, who signs too.
    pub fn paid_by(&self, accounts: &impl Accounts, by: Pubkey) -> Result<Instruction> {
        let pool: Pool = chain::load(accounts, &address::pool())?;
        Ok(Data::new(58).u64(self.amount).u64(self.tip).instruction(vec![
            signer(self.owner),
            written(self.account),
            written(address::pool()),
            written(address::pool_request(REDEMPTION, pool.redeem_tail)),
            written(self.shares_account),
            written(address::share_vault()),
            read(TOKEN_PROGRAM),
            payer(by),
            read(SYSTEM_PROGRAM),
        ]))
    }
}

/// Pays the first who leaves, gives the shares of one back whose time is over, or skips one that was cancelled; anyone may.
#[derive(Clone, Copy, Debug)]
pub struct ExecuteRedeem {
    /// Who executes it; gets the tip.
    pub keeper: Pubkey,
    /// Number of the redemption.
    pub number: u64,
}

impl ExecuteRedeem {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let at = address::pool_request(REDEMPTION, self.number);
        let request: PoolRequest = chain::load(accounts, &at)?;
        let is_cancelled = request.amount == 0;
        let mut metas = vec![
            payer(self.keeper),
            written(address::exchange()),
            written(address::pool()),
            written(address::pool_account()),
            written(at),
            // The program's own address is nothing.
            if is_cancelled { read(PROGRAM_ID) } else { written(Pubkey::from(request.account)) },
            written(Pubkey::from(request.shares_account)),
            written(address::share_vault()),
            written(address::share_mint()),
            written(Pubkey::from(request.payer)),
            read(TOKEN_PROGRAM),
        ];
        if !is_cancelled {
            metas.extend(health_of(accounts, address::pool_account())?);
        }
        Ok(Data::new(59).instruction(metas))
    }
}

/// Takes shares back out of the queue.
#[derive(Clone, Copy, Debug)]
pub struct CancelRedeem {
    /// The owner.
    pub owner: Pubkey,
    /// Any token account of the owner's that takes the shares.
    pub shares_account: Pubkey,
    /// Number of the redemption.
    pub number: u64,
}

impl CancelRedeem {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let at = address::pool_request(REDEMPTION, self.number);
        let request: PoolRequest = chain::load(accounts, &at)?;
        Ok(Data::new(60).instruction(vec![
            signer(self.owner),
            written(Pubkey::from(request.account)),
            written(address::pool()),
            written(at),
            written(self.shares_account),
            written(address::share_vault()),
            written(Pubkey::from(request.payer)),
            read(TOKEN_PROGRAM),
        ]))
    }
}

/// Asks what the pool is worth: [`PoolView`](crate::views::PoolView).
#[derive(Clone, Copy, Debug)]
pub struct ViewPool;

impl ViewPool {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let account = address::pool_account();
        let mut metas = vec![read(address::exchange()), read(address::pool()), read(account)];
        metas.extend(health_of(accounts, account)?);
        Ok(Data::new(66).instruction(metas))
    }
}

/// What the health of an account needs where no market is declared.
fn health_of(accounts: &impl Accounts, account: Pubkey) -> Result<Vec<AccountMeta>> {
    let subject = Subject::of(account);
    Ok(Remaining::of_account(accounts, &subject)?.metas())
}
