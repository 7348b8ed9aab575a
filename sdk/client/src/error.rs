//! What can go wrong between a client and the chain, each with what to do about it.

use keel_sdk::SdkError;
use keel_sdk::hermes::HermesError;
use solana_message::CompileError;
use solana_pubkey::Pubkey;
use solana_rpc_client_api::client_error;
use solana_signature::Signature;
use solana_signer::SignerError;
use solana_transaction_error::TransactionError;

/// The client's result.
pub type Result<T> = core::result::Result<T, ClientError>;

/// Why a client could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The node could not be reached or did not answer the question.
    #[error("the node did not answer: {0}. Check its address and try again")]
    Rpc(#[from] Box<client_error::Error>),
    /// The node answered what cannot be.
    #[error("the node's answer makes no sense: {0}. Use another node")]
    Node(String),
    /// An instruction could not be built or quoted.
    #[error(transparent)]
    Sdk(#[from] SdkError),
    /// The exchange refused one of the instructions; nothing was changed.
    #[error("instruction {instruction}: {error} (code {code})", code = keel_sdk::error::to_code(*.error))]
    Program {
        /// Its place among the instructions that were given, from 0.
        instruction: usize,
        /// The refusal.
        error: keel_engine::Error,
        /// Log lines of the transaction, where the node gave them.
        logs: Vec<String>,
    },
    /// The chain, or another program, refused the transaction; nothing but its fee was changed.
    #[error("{}{error}{}", place(*.instruction), tail(.logs))]
    Transaction {
        /// The place of the instruction at which it failed, where it was one of those that were given.
        instruction: Option<usize>,
        /// The refusal.
        error: TransactionError,
        /// Log lines of the transaction, where the node gave them.
        logs: Vec<String>,
    },
    /// The transaction's blockhash is over and the transaction is in no block: it has no effect and never will. Quote
    /// again and send a new one.
    #[error("transaction {0} expired without being executed, and never will be: quote again and send a new one")]
    Expired(Signature),
    /// It is not known whether the transaction was or will be executed: the node stopped answering, or its chain stands.
    #[error("it is not known what became of transaction {0}: look it up before sending another")]
    Undecided(Signature),
    /// The instructions do not fit into one transaction.
    #[error(
        "the transaction has {bytes} bytes of at most 1232: pass lookup tables, fewer legs, or leave the rent's reclaim out"
    )]
    TooLarge {
        /// Bytes that it would have.
        bytes: usize,
    },
    /// The instructions name more accounts than a message holds.
    #[error("the instructions do not compile into a message: {0}")]
    Compile(#[from] CompileError),
    /// A signature that the instructions ask for is missing, or a key refused to sign.
    #[error("the transaction cannot be signed: {0}. Pass every signer, the payer first")]
    Signer(#[from] SignerError),
    /// Nobody pays for the transaction.
    #[error("a transaction needs a signer that pays its fee: pass one, first")]
    NoPayer,
    /// The accounts that a question looks at changed faster than they could be read.
    #[error("the accounts changed while they were read, {0} times: try again")]
    Unsettled(usize),
    /// The price service could not be reached, or refused.
    #[error("the price service did not answer: {0}. Check its address and key, and try again")]
    Fetch(#[source] reqwest::Error),
    /// What the price service gave is of no use.
    #[error(transparent)]
    Hermes(#[from] HermesError),
    /// The key for the price service cannot be one.
    #[error("the key for the price service has characters that no key has: check it")]
    Key,
    /// The market trusts a receiver that this client does not know.
    #[error("the market takes prices of the receiver {0}, which this client does not know: use a later client")]
    UnknownReceiver(Pubkey),
    /// The receiver does not know the signers of a price update.
    #[error(
        "the price update is signed by guardian set {0}, which the market's receiver does not know: use its endpoint"
    )]
    UnknownSigners(u32),
    /// The blocking client was called within a runtime of one thread, which would stand still.
    #[error("the blocking client cannot wait within a single-threaded runtime: use the asynchronous one there")]
    SingleThreaded,
    /// No lookup table at that address.
    #[error("there is no lookup table at {0}: create it, or name another")]
    NoTable(Pubkey),
}

impl ClientError {
    /// The exchange's refusal, if it is one, of a transaction or of an instruction that could not even be built.
    pub const fn refusal(&self) -> Option<keel_engine::Error> {
        match self {
            Self::Program { error, .. } | Self::Sdk(SdkError::Engine(error)) => Some(*error),
            _ => None,
        }
    }

    /// Log lines of the refused transaction, where there are any.
    pub fn logs(&self) -> &[String] {
        match self {
            Self::Program { logs, .. } | Self::Transaction { logs, .. } => logs,
            _ => &[],
        }
    }
}

impl From<client_error::Error> for ClientError {
    fn from(error: client_error::Error) -> Self {
        Self::Rpc(Box::new(error))
    }
}

impl From<reqwest::Error> for ClientError {
    /// Without the URL, which may hold a key.
    fn from(error: reqwest::Error) -> Self {
        Self::Fetch(error.without_url())
    }
}

fn place(instruction: Option<usize>) -> String {
    instruction.map_or_else(String::new, |instruction| format!("instruction {instruction}: "))
}

/// The log's last lines: where a program of somebody else says why.
fn tail(logs: &[String]) -> String {
    const LINES: usize = 6;
    let from = logs.len().saturating_sub(LINES);
    logs.iter().skip(from).map(|line| format!("\n  {line}")).collect()
}
