//! Why a transaction was refused, and whether that only means that somebody else was first.

use keel_engine::Error;
use keel_sdk::error::{from_code, to_code};
use solana_instruction::error::InstructionError;
use solana_transaction_error::TransactionError;

/// A refusal by the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the runtime says.
    pub error: TransactionError,
    /// The exchange's own error, if it is one.
    pub keel: Option<Error>,
    /// Last lines of the log.
    pub logs: Vec<String>,
}

/// Log lines that are kept of a refusal.
const KEPT_LINES: usize = 12;

impl Refusal {
    /// The refusal behind a runtime's error; `own` says which instructions are the exchange's.
    pub fn new(error: TransactionError, logs: &[String], own: impl Fn(usize) -> bool) -> Self {
        let keel = match &error {
            TransactionError::InstructionError(index, InstructionError::Custom(code)) if own(usize::from(*index)) => {
                from_code(*code)
            }
            _ => None,
        };
        let kept = logs.len().saturating_sub(KEPT_LINES);
        Self { error, keel, logs: logs.iter().skip(kept).cloned().collect() }
    }

    /// Whether what was to be done is done, or not due any more: nothing to worry about.
    pub fn somebody_was_first(&self) -> bool {
        match (self.keel, &self.error) {
            (Some(error), _) => is_overtaken(error),
            // The order, ticket or request is closed: the account is the system program's.
            (None, TransactionError::InstructionError(_, error)) => matches!(
                error,
                InstructionError::IllegalOwner
                    | InstructionError::InvalidAccountOwner
                    | InstructionError::UninitializedAccount
                    | InstructionError::InvalidAccountData
            ),
            _ => false,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.keel {
            Some(error) => write!(f, "{} {}: {error}", to_code(error), error.name()),
            None => write!(f, "{}", self.error),
        }
    }
}

/// Errors by which the exchange says that the world has moved on since the job was planned.
fn is_overtaken(error: Error) -> bool {
    matches!(
        error,
        Error::AccountFlagged
            | Error::AccountHealthy
            | Error::AccountNotFlagged
            | Error::AccountMissing
            | Error::RangeNotFound
            | Error::PositionNotFound
            | Error::NothingToSettle
            | Error::NothingToRelease
            | Error::StepTooSoon
            | Error::StepTooSmall
            | Error::WindowCapReached
            | Error::PositionsOpen
            | Error::NotBankrupt
            | Error::TicketNotNext
            | Error::ChangeUnknown
            | Error::ChangeNotReady
            | Error::ChangeLapsed
            | Error::MarketClosed
            | Error::PriceBeyondLimit
            | Error::AuctionRunning
            | Error::BelowThreshold
            | Error::NotOpposite
            | Error::NothingPledged
            | Error::RequestNotNext
            | Error::RequestNotReady
            | Error::RebalanceTooSoon
            | Error::NothingToRebalance
            | Error::CurveOffCentre
            | Error::BackstopExhausted
            | Error::BackstopFirst
            | Error::NothingToMove
            | Error::OrderNotDue
            | Error::OrderExpired
            | Error::OrderAlive
            | Error::OrderDead
            | Error::FillTooSmall
            | Error::NotForSale
    )
}
