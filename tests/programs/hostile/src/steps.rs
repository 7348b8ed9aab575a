//! The script that the program plays: what its instruction data means, for the program and for those who write scripts.
//!
//! Data that begins with [`SCRIPT`] is a script: steps one behind the other, each a byte that says which and what belongs
//! to it. Accounts are named by their place in the program's own instruction, numbers are little-endian, bytes come
//! behind their length as a `u16`.

/// First byte of a script. No instruction of the exchange, the token program or the system program begins with it.
pub const SCRIPT: u8 = 0xf0;

/// Call a program: its place; the number of own addresses that sign, then for each the number and the bump; the number
/// of accounts, then for each its place and its [`SIGNER`] and [`WRITABLE`] flags; the data.
pub const CALL: u8 = 0;
/// Set return data: the bytes.
pub const ANSWER: u8 = 1;
/// Take an answer that a program gave, and no other's: the program's place. Logs it, or ends with [`FOOLED`].
pub const TRUST: u8 = 2;
/// Log data as an event is logged: the bytes.
pub const LOG: u8 = 3;
/// Overwrite an account's data in memory, whoever owns it: its place, where as a `u16`, the bytes.
pub const WRITE: u8 = 4;
/// Move lamports in memory, whoever owns them: the place of the giver and of the taker, the amount as a `u64`.
pub const MOVE: u8 = 5;
/// Give an account to another owner in memory: its place, the place of the owner.
pub const ASSIGN: u8 = 6;
/// Borrow an account's data for writing and never give it back: its place.
pub const HOLD: u8 = 7;

/// The account signs.
pub const SIGNER: u8 = 1;
/// The account is written.
pub const WRITABLE: u8 = 2;

/// What the program's own addresses begin with; their number as a `u16` is the second seed.
pub const OWN_SEED: &[u8] = b"own";

/// Another program than the trusted one gave the answer, or none did.
pub const FOOLED: u32 = 0xf001;
