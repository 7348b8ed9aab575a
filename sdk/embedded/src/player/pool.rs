//! The pool, played on the compiled program.

use keel_sdk::instructions::{
    CancelDeposit, CancelRedeem, ExecuteDeposit, ExecuteRedeem, RequestDeposit, RequestRedeem,
};
use keel_simulator::pool::PoolAct;
use keel_simulator::precheck::Found;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::{Player, Unsent};

impl Player {
    /// What to send for something that is done with the pool, and who signs.
    pub(super) fn pool(&self, act: &PoolAct, found: &Found) -> Result<(Vec<Instruction>, Vec<Keypair>), Unsent> {
        let (chain, person) = (&self.exchange.chain, self.signer_for(act.by(), &found.who)?);
        let (signer, shares_account) = (person.key.insecure_clone(), person.shares);
        let (key, Found { who: account, request: number, shares, .. }) = (signer.pubkey(), *found);
        let instruction = match *act {
            PoolAct::RequestDeposit { amount, min_shares, tip, .. } => {
                RequestDeposit { owner: key, account, shares_account, amount, min_shares, tip }.instruction(chain)?
            }
            PoolAct::ExecuteDeposit { .. } => ExecuteDeposit { keeper: key, number }.instruction(chain)?,
            PoolAct::CancelDeposit { .. } => CancelDeposit { authority: key, number }.instruction(chain)?,
            PoolAct::RequestRedeem { tip, .. } => {
                RequestRedeem { owner: key, account, shares_account, amount: shares, tip }.instruction(chain)?
            }
            PoolAct::ExecuteRedeem { .. } => ExecuteRedeem { keeper: key, number }.instruction(chain)?,
            PoolAct::CancelRedeem { .. } => CancelRedeem { owner: key, shares_account, number }.instruction(chain)?,
        };
        Ok((vec![instruction], vec![signer]))
    }
}
