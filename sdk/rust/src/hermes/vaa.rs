//! The signed root: a VAA of version 1, which is a guardian set's number, signatures of some of its members in the order
//! of the members, and the body that they signed.

use super::message::Hash;
use super::{HermesError, Reader};

/// The only version there is.
const VERSION: u8 = 1;
/// Bytes of a signature: the member's number, the signature, and which of two keys it recovers to.
const SIGNATURE: usize = 66;
/// Bytes of the body in front of its payload: time, nonce, the emitter's chain and address, sequence, consistency.
const BODY_HEADER: usize = 51;
/// Says that the payload is a root of an accumulator.
const ROOT_MAGIC: [u8; 4] = *b"AUWV";
/// The kind of root that is a Merkle tree's.
const MERKLE: u8 = 0;

/// A signed root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vaa {
    /// Number of the guardian set whose members signed it.
    pub guardian_set: u32,
    /// Signatures, ascending by the member's number.
    signatures: Vec<[u8; SIGNATURE]>,
    /// What they signed.
    body: Vec<u8>,
}

impl Vaa {
    /// Reads a signed root. Errors for anything that is none, or is cut off.
    pub fn parse(bytes: &[u8]) -> Result<Self, HermesError> {
        let mut reader = Reader(bytes);
        let version = reader.u8()?;
        if version != VERSION {
            return Err(HermesError::UnknownVersion(version));
        }
        let guardian_set = u32::from_be_bytes(reader.array()?);
        let count = reader.u8()?;
        let signatures = (0..count).map(|_| reader.array()).collect::<Result<_, _>>()?;
        let vaa = Self { guardian_set, signatures, body: reader.0.to_vec() };
        vaa.root().map(|_| vaa)
    }

    /// Signatures that it has.
    pub const fn signatures(&self) -> usize {
        self.signatures.len()
    }

    /// The same with its first `quorum` signatures, or with all where there are no more: each further one is 66 bytes of a
    /// transaction for nothing.
    #[must_use]
    pub fn trimmed(mut self, quorum: usize) -> Self {
        self.signatures.truncate(quorum.max(1));
        self
    }

    /// The root that it signs. Errors with `UnknownRoot`.
    pub fn root(&self) -> Result<Hash, HermesError> {
        let mut payload = Reader(&self.body);
        payload.take(BODY_HEADER)?;
        let (magic, kind): ([u8; 4], u8) = (payload.array()?, payload.u8()?);
        if (magic, kind) != (ROOT_MAGIC, MERKLE) {
            return Err(HermesError::UnknownRoot);
        }
        // The slot of the prices, and the size of a ring that held roots.
        payload.take(size_of::<u64>() + size_of::<u32>())?;
        payload.array()
    }

    /// What the members signed: the Keccak-256 hash of the Keccak-256 hash of this.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        // At most 255 were read, and none is ever added.
        let count = u8::try_from(self.signatures.len()).unwrap_or(u8::MAX);
        let header = [&[VERSION][..], &self.guardian_set.to_be_bytes(), &[count]].concat();
        [header, self.signatures.concat(), self.body.clone()].concat()
    }
}
