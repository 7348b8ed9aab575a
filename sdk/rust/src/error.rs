//! What can go wrong on the client's side, and how the program's codes become the engine's errors.

use keel_engine::Error;
use solana_pubkey::Pubkey;

/// First code of the program's own errors.
pub const FIRST_CODE: u32 = 6_000;

/// Why an instruction could not be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SdkError {
    /// No account at this address.
    Missing(Pubkey),
    /// The account at this address is of another kind than the named one.
    WrongKind(Pubkey, &'static str),
    /// The engine refuses the request already.
    Engine(Error),
}

/// The SDK's result.
pub type Result<T> = core::result::Result<T, SdkError>;

impl From<Error> for SdkError {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl core::fmt::Display for SdkError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Missing(address) => write!(f, "there is no account at {address}"),
            Self::WrongKind(address, name) => write!(f, "the account at {address} is no {name}"),
            Self::Engine(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SdkError {}

/// The engine's error behind a custom program error, if it is one of ours.
pub fn from_code(code: u32) -> Option<Error> {
    let index = usize::try_from(code.checked_sub(FIRST_CODE)?).ok()?;
    Error::ALL.get(index).copied()
}

/// What a custom program error says and what to do about it, if it is one of ours.
pub fn message(code: u32) -> Option<&'static str> {
    from_code(code).map(Error::message)
}

/// The custom program error of an engine error.
pub const fn to_code(error: Error) -> u32 {
    FIRST_CODE.wrapping_add(error.code())
}
