//! Return data, whose author has to be asked for.

use crate::PROGRAM_ID;

/// The answer of a view in return data that `program` has set; nothing if that is another program than Keel.
///
/// There is one place for return data in a transaction, and whoever was called last may have written to it: a program that
/// was called in between answers in Keel's stead to whom this is not asked. The framework tells both (pinocchio's and
/// `solana_cpi`'s `get_return_data`). The answer is one of the structs of `keel_engine::views`, to be read by their layout
/// (docs/views.md); its first four bytes are its version, to be compared with the one that the caller was written for.
///
/// ```
/// use keel_cpi::{PROGRAM_ID, returned};
///
/// assert_eq!(returned(&PROGRAM_ID, &[1, 0, 0, 0]), Some(&[1, 0, 0, 0][..]));
/// assert_eq!(returned(&[7; 32], &[1, 0, 0, 0]), None);
/// ```
pub fn returned<'data>(program: &[u8; 32], data: &'data [u8]) -> Option<&'data [u8]> {
    (*program == PROGRAM_ID).then_some(data)
}
