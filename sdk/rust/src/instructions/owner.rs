//! What the owner of a margin account does with it: opening, closing, deposits, withdrawals.

use keel_engine::state::MarginAccount;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, payer, read, signer, written};
use crate::address::{self, ASSOCIATED_TOKEN_PROGRAM, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::remaining::{Remaining, Subject};

/// Makes an owner's associated token account of a mint, unless it is there.
#[derive(Clone, Copy, Debug)]
pub struct CreateTokenAccount {
    /// Who pays its rent.
    pub payer: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// The mint.
    pub mint: Pubkey,
}

impl CreateTokenAccount {
    /// Creating what is there already is no error.
    const IDEMPOTENT: u8 = 1;

    /// The instruction, which is another program's.
    pub fn instruction(&self) -> Instruction {
        let accounts = vec![
            payer(self.payer),
            written(address::token_account(&self.owner, &self.mint)),
            read(self.owner),
            read(self.mint),
            read(SYSTEM_PROGRAM),
            read(TOKEN_PROGRAM),
        ];
        Instruction { program_id: ASSOCIATED_TOKEN_PROGRAM, accounts, data: vec![Self::IDEMPOTENT] }
    }
}

/// Opens a margin account.
#[derive(Clone, Copy, Debug)]
pub struct OpenAccount {
    /// Owner; pays, unless somebody else is said to.
    pub owner: Pubkey,
    /// Number among the owner's accounts.
    pub sub_account: u16,
    /// The only market it may trade, or 0 for cross margin.
    pub isolated_market: u16,
}

impl OpenAccount {
    /// Address of the account that will be.
    pub fn address(&self) -> Pubkey {
        address::margin_account(&self.owner, self.sub_account)
    }

    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        self.paid_by(self.owner)
    }

    /// The same with another payer, who signs too.
    pub fn paid_by(&self, by: Pubkey) -> Instruction {
        Data::new(4).u16(self.sub_account).u16(self.isolated_market).instruction(vec![
            signer(self.owner),
            written(self.address()),
            payer(by),
            read(SYSTEM_PROGRAM),
        ])
    }
}

/// Opens the companion account in which a margin account holds ranges.
#[derive(Clone, Copy, Debug)]
pub struct OpenRanges {
    /// Owner; pays, unless somebody else is said to.
    pub owner: Pubkey,
    /// The margin account.
    pub account: Pubkey,
}

impl OpenRanges {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        self.paid_by(self.owner)
    }

    /// The same with another payer, who signs too.
    pub fn paid_by(&self, by: Pubkey) -> Instruction {
        Data::new(5).instruction(vec![
            signer(self.owner),
            read(self.account),
            written(address::ranges(&self.account)),
            payer(by),
            read(SYSTEM_PROGRAM),
        ])
    }
}

/// Closes an empty margin account.
#[derive(Clone, Copy, Debug)]
pub struct CloseAccount {
    /// Owner; gets the rent.
    pub owner: Pubkey,
    /// The margin account.
    pub account: Pubkey,
}

impl CloseAccount {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        Data::new(6).instruction(vec![payer(self.owner), written(self.account)])
    }
}

/// Closes the companion account of a margin account without ranges.
#[derive(Clone, Copy, Debug)]
pub struct CloseRanges {
    /// Owner; gets the rent.
    pub owner: Pubkey,
    /// The margin account.
    pub account: Pubkey,
}

impl CloseRanges {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let ranges = written(address::ranges(&self.account));
        Data::new(7).instruction(vec![payer(self.owner), read(self.account), ranges])
    }
}

/// Deposits tokens into a margin account; anyone may.
#[derive(Clone, Copy, Debug)]
pub struct Deposit {
    /// Owner of the tokens.
    pub authority: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// The mint.
    pub mint: Pubkey,
    /// Token account that pays.
    pub source: Pubkey,
    /// Token atoms.
    pub amount: u64,
}

impl Deposit {
    /// The instruction. For a flagged account it brings what a health check needs, so that the deposit can cure it.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let state: MarginAccount = chain::load(accounts, &self.account)?;
        let bank = address::bank(&self.mint);
        let mut metas = vec![
            signer(self.authority),
            written(self.account),
            written(bank),
            written(address::vault(&self.mint)),
            written(self.source),
            read(TOKEN_PROGRAM),
        ];
        if state.flagged_at != 0 {
            let subject = Subject { bank: Some(bank), ..Subject::of(self.account) };
            metas.extend(Remaining::of_account(accounts, &subject)?.metas());
        }
        Ok(Data::new(8).u64(self.amount).instruction(metas))
    }
}

/// Withdraws capital from a margin account.
#[derive(Clone, Copy, Debug)]
pub struct Withdraw {
    /// Owner of the margin account.
    pub owner: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// The mint.
    pub mint: Pubkey,
    /// Token account that is paid.
    pub destination: Pubkey,
    /// Token atoms.
    pub amount: u64,
}

impl Withdraw {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let bank = address::bank(&self.mint);
        let subject = Subject { bank: Some(bank), ..Subject::of(self.account) };
        let remaining = Remaining::of_account(accounts, &subject)?;
        let mut metas = vec![
            signer(self.owner),
            written(self.account),
            written(bank),
            written(address::vault(&self.mint)),
            written(self.destination),
            read(TOKEN_PROGRAM),
        ];
        metas.extend(remaining.metas());
        Ok(Data::new(9).u64(self.amount).instruction(metas))
    }
}
