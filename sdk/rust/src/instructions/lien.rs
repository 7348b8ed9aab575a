//! Margin accounts that pass on, and liens on them.

use keel_engine::lien::Terms;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, signer, written};
use crate::address;
use crate::chain::Accounts;
use crate::error::Result;
use crate::remaining::{Remaining, Subject};

/// Gives a margin account to another owner, with everything in it.
#[derive(Clone, Copy, Debug)]
pub struct GiveAccount {
    /// Its owner.
    pub owner: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Who gets it.
    pub new_owner: Pubkey,
}

impl GiveAccount {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let metas = vec![signer(self.owner), written(self.account)];
        Data::new(81).bytes(self.new_owner.as_array()).instruction(metas)
    }
}

/// Places a lien on a margin account, or makes one of the same holder stronger.
#[derive(Clone, Copy, Debug)]
pub struct PlaceLien {
    /// Owner of the margin account.
    pub owner: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Whose lien it is, and what it keeps.
    pub terms: Terms,
}

impl PlaceLien {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let Terms { holder, floor, notice_secs } = self.terms;
        let metas = vec![signer(self.owner), written(self.account)];
        Data::new(82).bytes(&holder).u64(floor).u32(notice_secs).instruction(metas)
    }
}

/// Gives the notice of a lien's holder, or takes it back.
#[derive(Clone, Copy, Debug)]
pub struct CallLien {
    /// The lien's holder.
    pub holder: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Whether notice is given; otherwise it is taken back.
    pub notice: bool,
}

impl CallLien {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let metas = vec![signer(self.holder), written(self.account)];
        Data::new(83).u8(u8::from(self.notice)).instruction(metas)
    }
}

/// Ends a lien.
#[derive(Clone, Copy, Debug)]
pub struct ReleaseLien {
    /// The lien's holder.
    pub holder: Pubkey,
    /// The margin account.
    pub account: Pubkey,
}

impl ReleaseLien {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        Data::new(84).instruction(vec![signer(self.holder), written(self.account)])
    }
}

/// Moves capital out of a margin account to the lien's holder, whose notice has run out.
#[derive(Clone, Copy, Debug)]
pub struct Seize {
    /// The lien's holder.
    pub holder: Pubkey,
    /// The margin account under the lien.
    pub account: Pubkey,
    /// A margin account of the holder.
    pub receiver: Pubkey,
    /// The mint.
    pub mint: Pubkey,
    /// Atoms.
    pub amount: u64,
}

impl Seize {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let bank = address::bank(&self.mint);
        let subject = Subject { bank: Some(bank), ..Subject::of(self.account) };
        let mut metas = vec![signer(self.holder), written(self.account), written(self.receiver), written(bank)];
        metas.extend(Remaining::of_account(accounts, &subject)?.metas());
        Ok(Data::new(85).u64(self.amount).instruction(metas))
    }
}
