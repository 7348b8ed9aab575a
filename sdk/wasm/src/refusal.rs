//! Why there is no answer, as a value: `{"kind", "message", ..}`.

use keel_engine::Error;
use keel_sdk::SdkError;
use keel_sdk::error::to_code;
use keel_sdk::hermes::HermesError;
use serde_json::Value;

use crate::tell;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The request is wrong; a sentence for who wrote it.
    Request(String),
    /// A signed price is of no use.
    Update(HermesError),
    /// The SDK or the engine refuses.
    Sdk(SdkError),
}

/// This crate's result.
pub type Result<T> = core::result::Result<T, Refusal>;

impl Refusal {
    pub(crate) fn request(message: impl Into<String>) -> Self {
        Self::Request(message.into())
    }

    pub(crate) fn tell(&self) -> Value {
        match self {
            Self::Request(message) => tell::object([("kind", "request".into()), ("message", message.as_str().into())]),
            Self::Update(error) => tell::object([("kind", "update".into()), ("message", error.to_string().into())]),
            Self::Sdk(SdkError::Engine(error)) => engine(*error),
            Self::Sdk(error) => {
                let (kind, address) = match error {
                    SdkError::Missing(address) => ("missing", Some(address)),
                    SdkError::WrongKind(address, _) => ("wrongKind", Some(address)),
                    _ => ("sdk", None),
                };
                let address = address.map_or(Value::Null, tell::address);
                tell::object([("kind", kind.into()), ("message", error.to_string().into()), ("address", address)])
            }
        }
    }
}

/// An error of the engine, which is the program's.
pub(crate) fn engine(error: Error) -> Value {
    tell::object([
        ("kind", "program".into()),
        ("code", to_code(error).into()),
        ("name", error.name().into()),
        ("message", error.message().into()),
    ])
}

impl From<SdkError> for Refusal {
    fn from(error: SdkError) -> Self {
        Self::Sdk(error)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Sdk(error.into())
    }
}

impl From<HermesError> for Refusal {
    fn from(error: HermesError) -> Self {
        Self::Update(error)
    }
}
