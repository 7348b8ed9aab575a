//! Sending an action together with the price that it brings along, and bringing a bank's prices up to date.

use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::Client;
use crate::error::{ClientError, Result};
use crate::price::{PriceSource, Priced};
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

    /// Brings the prices of a bank's collateral up to date with what a source gives: needed in front of whatever counts the
    /// collateral, once its price is older than the bank's `max_age_price_secs`. An exchange rate that has to be posted is
    /// posted by a transaction of its own in front, and its account closed by one behind, as the two do not fit beside each
    /// other. The receipt is that of the refresh.
    ///
    /// Errors as [`PriceSource::collateral`] and [`Self::send`].
    pub async fn refresh_bank(
        &self,
        mint: &Pubkey,
        source: &dyn PriceSource,
        payer: &Keypair,
        options: &SendOptions,
    ) -> Result<Receipt> {
        let bank = self.bank(mint).await?;
        let priced = source.collateral(self, &bank, &payer.pubkey()).await?;
        let refresh = [priced.refresh(*mint).instruction()];
        let Some(rate) = priced.rate.as_ref().filter(|rate| !rate.before.is_empty()) else {
            return self.send_priced(&refresh, &priced.price, &[payer], options).await;
        };
        let signers: Vec<_> = [payer].into_iter().chain(&rate.signers).collect();
        self.send(&rate.before, &signers, options).await?;
        let refreshed = self.send_priced(&refresh, &priced.price, &[payer], options).await;
        // Its rent is the payer's whether the price was taken or not.
        let closed = self.send(&rate.after, &[payer], options).await;
        let receipt = refreshed?;
        closed?;
        Ok(receipt)
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
