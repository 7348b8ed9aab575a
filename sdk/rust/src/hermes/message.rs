//! A message of an update, and the proof that it is under a root: hashes of its neighbours from the leaf up. A hash is the
//! first 20 bytes of Keccak-256; leaves and inner nodes are hashed with prefixes of their own, the two below an inner node
//! in ascending order, so that a proof needs no directions.

use keel_engine::oracle::Sample;
use sha3::{Digest, Keccak256};

use super::{HermesError, Reader};

/// A hash of the tree.
pub type Hash = [u8; 20];

const LEAF: u8 = 0;
const NODE: u8 = 1;
/// The kind of message that is a price.
const PRICE: u8 = 0;

/// A message with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The message.
    pub message: Vec<u8>,
    /// Hashes of the neighbours, from the leaf up.
    pub proof: Vec<Hash>,
}

/// A feed's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceMessage {
    /// The feed.
    pub feed_id: [u8; 32],
    /// The price, times `10^-exponent`.
    pub price: i64,
    /// Its confidence interval.
    pub conf: u64,
    /// Power of ten of price, confidence and averages.
    pub exponent: i32,
    /// Unix time of publishing.
    pub publish_time: i64,
    /// Unix time of the update before.
    pub prev_publish_time: i64,
    /// Moving average of the price.
    pub ema_price: i64,
    /// Moving average of the confidence.
    pub ema_conf: u64,
}

impl Proven {
    /// Takes a message and its proof off the front.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, HermesError> {
        let length = reader.u16()?;
        let message = reader.take(usize::from(length))?.to_vec();
        let depth = reader.u8()?;
        let proof = (0..depth).map(|_| reader.array()).collect::<Result<_, _>>()?;
        Ok(Self { message, proof })
    }

    /// The root that message and proof lead to.
    pub fn root(&self) -> Hash {
        let leaf = hash(&[&[LEAF], &self.message]);
        self.proof.iter().fold(leaf, |below, beside| {
            let (low, high) = if below <= *beside { (&below, beside) } else { (beside, &below) };
            hash(&[&[NODE], low, high])
        })
    }

    /// The price that it is, if it is one.
    pub fn price(&self) -> Option<PriceMessage> {
        PriceMessage::parse(&self.message).ok()
    }
}

impl PriceMessage {
    /// Reads a price. Errors where the message is of another kind or cut off; what a later version appends is ignored.
    pub fn parse(message: &[u8]) -> Result<Self, HermesError> {
        let mut reader = Reader(message);
        if reader.u8()? != PRICE {
            return Err(HermesError::NoPrice);
        }
        Ok(Self {
            feed_id: reader.array()?,
            price: reader.i64()?,
            conf: reader.u64()?,
            exponent: i32::from_be_bytes(reader.array()?),
            publish_time: reader.i64()?,
            prev_publish_time: reader.i64()?,
            ema_price: reader.i64()?,
            ema_conf: reader.u64()?,
        })
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        [
            &[PRICE][..],
            &self.feed_id,
            &self.price.to_be_bytes(),
            &self.conf.to_be_bytes(),
            &self.exponent.to_be_bytes(),
            &self.publish_time.to_be_bytes(),
            &self.prev_publish_time.to_be_bytes(),
            &self.ema_price.to_be_bytes(),
            &self.ema_conf.to_be_bytes(),
        ]
        .concat()
    }

    /// What the program will take of it, once the receiver has written it.
    pub const fn sample(&self) -> Sample {
        let Self { price, conf, exponent, publish_time, ema_price, .. } = *self;
        Sample { price, conf, exponent, publish_time, ema_price }
    }
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut hasher = Keccak256::new();
    parts.iter().for_each(|part| hasher.update(part));
    let whole: [u8; 32] = hasher.finalize().into();
    core::array::from_fn(|index| whole.get(index).copied().unwrap_or_default())
}
