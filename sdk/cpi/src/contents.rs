//! What is in an account, for a caller that reads it itself.

use crate::PROGRAM_ID;

/// The content of one of Keel's accounts, by its owner and its data; nothing if it is another program's or of another kind
/// than this [`discriminator`](crate::discriminator).
///
/// Anybody can make an account with any data, but only Keel one that Keel owns. The content is one of the structs of
/// `keel_engine::state`, to be read by their layout (docs/layouts.md); its `version` is to be compared with the one that
/// the caller was written for. Which market or whose margin account it is, is in it too, and the caller's to compare.
///
/// ```
/// use keel_cpi::{PROGRAM_ID, contents, discriminator};
///
/// let data = [&discriminator::MARKET[..], &[5; 4_752]].concat();
/// assert_eq!(contents(&PROGRAM_ID, &data, discriminator::MARKET), Some(&[5; 4_752][..]));
/// assert_eq!(contents(&PROGRAM_ID, &data, discriminator::BANK), None);
/// assert_eq!(contents(&[7; 32], &data, discriminator::MARKET), None);
/// ```
pub fn contents<'data>(owner: &[u8; 32], data: &'data [u8], discriminator: [u8; 8]) -> Option<&'data [u8]> {
    data.strip_prefix(&discriminator[..]).filter(|_| *owner == PROGRAM_ID)
}
