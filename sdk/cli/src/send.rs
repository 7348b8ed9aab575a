//! Sending, and what every command that sent something answers.

use anyhow::Result;
use keel_client::{Receipt, SendOptions, tables};
use serde::Serialize;
use serde_json::{Map, Value};
use solana_instruction::Instruction;
use solana_keypair::Keypair;

use crate::connect::Session;
use crate::view::View;
use crate::view::number::grouped;

/// Signs, sends and waits until the transaction is as far committed as the options ask for.
pub fn send(session: &Session<'_>, instructions: &[Instruction], others: &[Keypair]) -> Result<Receipt> {
    let signers: Vec<&Keypair> = std::iter::once(session.key()?).chain(others).collect();
    Ok(session.client.send(instructions, &signers, &options(session)?)?)
}

/// How the options say that something is sent.
pub fn options(session: &Session<'_>) -> Result<SendOptions> {
    let client = &session.client;
    let named = session.options.lookup_table.iter();
    Ok(SendOptions {
        priority_fee_micro_lamports: session.options.priority_fee,
        tables: named
            .map(|table| Ok(client.wait(tables::load(client.nonblocking(), table))?))
            .collect::<Result<_>>()?,
        confirm: session.settings.commitment,
        ..SendOptions::default()
    })
}

/// What is said of a transaction whose log the node did not keep.
pub fn unlogged(receipt: &Receipt) -> String {
    format!("it is done, by transaction {}, but the node kept no log of it: look at the account", receipt.signature)
}

/// A transaction that was executed.
#[derive(Debug, Serialize)]
pub struct Sent {
    /// Its signature.
    pub signature: String,
    /// The slot in which it was executed.
    pub slot: u64,
    /// What it used.
    pub compute_units: u64,
    /// What it cost the payer beside rent and tips, in lamports.
    pub fee_lamports: u64,
    /// A price account whose rent did not fit into the transaction to be reclaimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreclaimed: Option<String>,
}

impl From<&Receipt> for Sent {
    fn from(receipt: &Receipt) -> Self {
        Self {
            signature: receipt.signature.to_string(),
            slot: receipt.slot,
            compute_units: receipt.units,
            fee_lamports: receipt.fee,
            unreclaimed: receipt.unreclaimed.map(|account| account.to_string()),
        }
    }
}

impl std::fmt::Display for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let units = grouped(self.compute_units.into(), 0, 0);
        write!(f, "transaction {} in slot {}, {units} compute units", self.signature, self.slot)
    }
}

/// What was done by one transaction.
#[derive(Debug, Serialize)]
pub struct Done {
    #[serde(skip)]
    said: String,
    #[serde(flatten)]
    told: Map<String, Value>,
    #[serde(flatten)]
    sent: Sent,
}

impl Done {
    /// One sentence for people, and the same in fields.
    pub fn new(receipt: &Receipt, said: String, told: Value) -> Self {
        let told = if let Value::Object(told) = told { told } else { Map::new() };
        Self { said, told, sent: receipt.into() }
    }
}

impl View for Done {
    fn text(&self) -> String {
        format!("{}\n{}", self.said, self.sent)
    }
}
