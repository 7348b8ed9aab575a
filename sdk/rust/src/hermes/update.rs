//! The binary update: magic, version, a header of any length, then one signed root and the messages that are under it.

use super::message::{PriceMessage, Proven};
use super::vaa::Vaa;
use super::{HermesError, Reader};

const MAGIC: [u8; 4] = *b"PNAU";
/// The version of the layout. A later minor version only appends.
const MAJOR: u8 = 1;
/// The kind of update whose root is signed in the way of Wormhole.
const WORMHOLE_MERKLE: u8 = 0;

/// An update as it was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The signed root.
    pub vaa: Vaa,
    /// Messages with their proofs. Nothing is checked yet: see [`Self::price`].
    pub messages: Vec<Proven>,
}

impl Update {
    /// Reads an update. Errors for anything that is none, or is cut off.
    pub fn parse(bytes: &[u8]) -> Result<Self, HermesError> {
        let mut reader = Reader(bytes);
        if reader.array()? != MAGIC {
            return Err(HermesError::NotAnUpdate);
        }
        let (major, _minor) = (reader.u8()?, reader.u8()?);
        if major != MAJOR {
            return Err(HermesError::UnknownVersion(major));
        }
        let header = reader.u8()?;
        reader.take(usize::from(header))?;
        if reader.u8()? != WORMHOLE_MERKLE {
            return Err(HermesError::UnknownRoot);
        }
        let length = reader.u16()?;
        let vaa = Vaa::parse(reader.take(usize::from(length))?)?;
        let count = reader.u8()?;
        let messages = (0..count).map(|_| Proven::read(&mut reader)).collect::<Result<_, _>>()?;
        Ok(Self { vaa, messages })
    }

    /// A feed's price in it, and the message that says so, proven to be under the root. Errors with `NoPrice` and
    /// `WrongProof`.
    pub fn price(&self, feed_id: &[u8; 32]) -> Result<(PriceMessage, &Proven), HermesError> {
        let root = self.vaa.root()?;
        let mut prices = self.messages.iter().filter_map(|message| Some((message.price()?, message)));
        let found = prices.rfind(|(price, _)| price.feed_id == *feed_id);
        let (price, message) = found.ok_or(HermesError::NoPrice)?;
        if message.root() == root { Ok((price, message)) } else { Err(HermesError::WrongProof) }
    }
}
