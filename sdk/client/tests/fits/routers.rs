//! The routers: keys that sign updates, as many and of the kind that Pyth Pro has.

#![allow(dead_code, reason = "each test that takes this in uses its own part")]

use k256::ecdsa::{Signature as Ecdsa, SigningKey, VerifyingKey};
use sha3::{Digest, Keccak256};

use crate::made::{self, Quoted, Signature};

/// Feeds in the tree: Pyth has more than 2,000, so a proof has 12 hashes.
const FEEDS: usize = 2_600;

/// Five routers.
pub struct Routers(Vec<SigningKey>);

impl Routers {
    pub fn new() -> Self {
        Self((1..=5).map(|number| SigningKey::from_slice(&[number; 32]).unwrap()).collect())
    }

    /// What stands for their keys in a guardian set.
    pub fn members(&self) -> Vec<[u8; 20]> {
        self.0.iter().map(|key| member(key.verifying_key())).collect()
    }

    /// An update of these prices with the signatures of these routers.
    pub fn update(&self, prices: &[Quoted], signers: &[u8]) -> Vec<u8> {
        made::signed(prices, FEEDS, |body| signers.iter().map(|signer| self.sign(*signer, body)).collect())
    }

    fn sign(&self, signer: u8, body: &[u8]) -> Signature {
        let (signature, recovery) = self.0[usize::from(signer)].sign_prehash_recoverable(&digest(body)).unwrap();
        let mut bytes = [signer; 66];
        bytes[1..65].copy_from_slice(&signature.to_bytes());
        bytes[65] = recovery.to_byte();
        bytes
    }
}

/// The member of a guardian set that made a signature, if any key did.
pub fn signer(signature: &[u8], body: &[u8]) -> Option<[u8; 20]> {
    let parts = Ecdsa::from_slice(&signature[1..65]).ok()?;
    let recovery = k256::ecdsa::RecoveryId::from_byte(signature[65])?;
    VerifyingKey::recover_from_prehash(&digest(body), &parts, recovery).ok().map(|key| member(&key))
}

/// The last 20 bytes of the hash of a key's two coordinates.
fn member(key: &VerifyingKey) -> [u8; 20] {
    let point = key.to_encoded_point(false);
    Keccak256::digest(&point.as_bytes()[1..])[12..].try_into().unwrap()
}

fn digest(body: &[u8]) -> [u8; 32] {
    Keccak256::digest(Keccak256::digest(body)).into()
}
