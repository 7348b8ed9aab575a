//! The instructions, by number, and the kinds of accounts.
//! Written by `tests/chain/tests/cpi` from the program's interface; not to be edited.

pub mod discriminator;
mod from_00;
mod from_16;
mod from_32;
mod from_48;
mod from_64;
mod from_80;

pub use from_00::*;
pub use from_16::*;
pub use from_32::*;
pub use from_48::*;
pub use from_64::*;
pub use from_80::*;
