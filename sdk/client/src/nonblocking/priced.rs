//! Sending an action together with the price that it brings along.

use solana_instruction::Instruction;
use solana_keypair::Keypair;

use super::Client;
use crate::error::{ClientError, Result};
use crate::price::Priced;
use crate::send::{Receipt, SendOptions};

impl Client {
    /// Sends an action with its price: what posts the price in front of it, in the same transaction, and behind it what
    /// gives the price account's rent back. Where that does not fit it is left out, and the receipt's `unreclaimed` names
    /// the account: the payer may close it at any time by [`keel_sdk::hermes::ReclaimRent`].
    ///
    /// `signers` are the action's, the payer first; the price's own are added. Errors as [`Self::send`]; an error's place is
    /// the one among the action's instructions.
    pub async fn send_priced(
        &self,
        action: &[Instruction],
        priced: &Priced,
        signers: &[&Keypair],
        options: &SendOptions,
    ) -> Result<Receipt> {
        let all: Vec<_> = signers.iter().copied().chain(&priced.signers).collect();
        let whole = self.send(&priced.around(action), &all, options).await;
        let sent = match whole {
            Err(ClientError::TooLarge { .. }) if !priced.after.is_empty() => {
                let receipt = self.send(&priced.in_front_of(action), &all, options).await;
                receipt.map(|receipt| Receipt { unreclaimed: Some(priced.account), ..receipt })
            }
            sent => sent,
        };
        sent.map_err(|error| behind(error, priced.before.len()))
    }
}

/// The error with its place counted from behind that many instructions; nowhere if it is one of them.
fn behind(error: ClientError, lead: usize) -> ClientError {
    match error {
        ClientError::Program { instruction, error, logs } => {
            ClientError::Program { instruction: instruction.saturating_sub(lead), error, logs }
        }
        ClientError::Transaction { instruction, error, logs } => {
            let instruction = instruction.and_then(|instruction| instruction.checked_sub(lead));
            ClientError::Transaction { instruction, error, logs }
        }
        other => other,
    }
}
