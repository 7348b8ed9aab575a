//! What became of a transaction: units, logs, events, and the refusal as the engine's own error where it is one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keel_sdk::error::from_code;
use keel_sdk::logs;
use litesvm::types::{TransactionMetadata, TransactionResult};
use solana_instruction::error::InstructionError;
use solana_transaction_error::TransactionError;

/// Executed or refused.
pub type Outcome = Result<Executed, Refused>;

/// A transaction that went through.
#[derive(Clone, Debug)]
pub struct Executed {
    /// Compute units.
    pub units: u64,
    /// Log lines.
    pub logs: Vec<String>,
    /// Data of the events, each from its discriminator on.
    pub events: Vec<Vec<u8>>,
    /// Return data.
    pub returned: Vec<u8>,
}

impl Executed {
    /// Whether the cluster cut the log, so that events may be missing: it keeps 10 KB of a transaction.
    pub fn is_log_cut(&self) -> bool {
        self.logs.iter().any(|line| line == "Log truncated")
    }
}

/// A transaction that was refused.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Why.
    pub reason: Reason,
    /// Compute units until then.
    pub units: u64,
    /// Log lines.
    pub logs: Vec<String>,
}

/// Why a transaction was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The exchange said no.
    Keel(keel_engine::Error),
    /// The framework, another program or the chain did.
    Chain(String),
}

impl Refused {
    /// The exchange's error, if it is one.
    pub fn error(&self) -> Option<keel_engine::Error> {
        match self.reason {
            Reason::Keel(error) => Some(error),
            Reason::Chain(_) => None,
        }
    }

    /// A name to count refusals by.
    pub fn name(&self) -> String {
        match &self.reason {
            Reason::Keel(error) => error.name().to_owned(),
            Reason::Chain(text) => text.clone(),
        }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.reason {
            Reason::Keel(error) => write!(f, "{error}"),
            Reason::Chain(text) => write!(f, "{text}; logs:\n{}", self.logs.join("\n")),
        }
    }
}

impl std::error::Error for Refused {}

/// What LiteSVM reports, in these terms.
pub(crate) fn read(result: TransactionResult) -> Outcome {
    match result {
        Ok(meta) => Ok(Executed {
            units: meta.compute_units_consumed,
            events: events(&meta),
            returned: meta.return_data.data,
            logs: meta.logs,
        }),
        Err(failed) => Err(Refused {
            reason: reason(&failed.err),
            units: failed.meta.compute_units_consumed,
            logs: failed.meta.logs,
        }),
    }
}

fn reason(error: &TransactionError) -> Reason {
    let ours = match error {
        TransactionError::InstructionError(_, InstructionError::Custom(code)) => from_code(*code),
        _ => None,
    };
    ours.map_or_else(|| Reason::Chain(format!("{error:?}")), Reason::Keel)
}

/// What the exchange itself logged: any program may log the same bytes.
fn events(meta: &TransactionMetadata) -> Vec<Vec<u8>> {
    let data = logs::data(meta.logs.iter().map(String::as_str)).into_iter();
    data.filter_map(|data| STANDARD.decode(data).ok()).collect()
}
