//! Updates as the routers of Pyth Pro and Hermes make them, written by hand from the public layout and not by the code
//! that is tested: a tree over many prices, a signed root, and the binary form with proofs.

#![allow(dead_code, reason = "each test file that takes this in uses its own part")]

use sha3::{Digest, Keccak256};

/// Bytes of a signature with its signer's number.
pub type Signature = [u8; 66];
type Hash = [u8; 20];

/// A price as a router signs it.
#[derive(Clone, Copy, Debug)]
pub struct Quoted {
    pub feed_id: [u8; 32],
    pub price: i64,
    pub publish_time: i64,
}

impl Quoted {
    /// The message of 85 bytes.
    pub fn message(&self) -> Vec<u8> {
        let mut message = vec![0];
        message.extend(self.feed_id);
        message.extend(self.price.to_be_bytes());
        message.extend(1_000_u64.to_be_bytes());
        message.extend((-8_i32).to_be_bytes());
        message.extend(self.publish_time.to_be_bytes());
        message.extend((self.publish_time - 1).to_be_bytes());
        message.extend((self.price + 7).to_be_bytes());
        message.extend(2_000_u64.to_be_bytes());
        message
    }
}

/// A tree of hashes, level by level from the leaves to the root.
pub struct Tree(Vec<Vec<Hash>>);

impl Tree {
    /// The tree over messages, filled up to a power of two.
    pub fn over(messages: &[Vec<u8>]) -> Self {
        let mut leaves: Vec<_> = messages.iter().map(|message| hash(&[&[0], message])).collect();
        leaves.resize(messages.len().next_power_of_two(), hash(&[&[2]]));
        let mut levels = vec![leaves];
        while levels[levels.len() - 1].len() > 1 {
            let below = &levels[levels.len() - 1];
            let above = below.chunks(2).map(|pair| hash(&[&[1], pair[0].min(pair[1]).as_ref(), &pair[0].max(pair[1])]));
            let above = above.collect();
            levels.push(above);
        }
        Self(levels)
    }

    pub fn root(&self) -> Hash {
        self.0[self.0.len() - 1][0]
    }

    /// Hashes beside the way from a leaf to the root.
    pub fn proof(&self, leaf: usize) -> Vec<Hash> {
        let levels = self.0[..self.0.len() - 1].iter().enumerate();
        levels.map(|(level, hashes)| hashes[(leaf >> level) ^ 1]).collect()
    }
}

/// What the signers of a root sign.
pub fn body(root: &Hash) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(1_800_000_000_u32.to_be_bytes());
    body.extend(0_u32.to_be_bytes());
    body.extend(26_u16.to_be_bytes());
    body.extend(b"PythnetPythnetPythnetPythnetPyth");
    body.extend(77_u64.to_be_bytes());
    body.push(1);
    body.extend(b"AUWV");
    body.push(0);
    body.extend(123_456_789_u64.to_be_bytes());
    body.extend(10_000_u32.to_be_bytes());
    body.extend(root);
    body
}

/// A signed root.
pub fn vaa(guardian_set: u32, signatures: &[Signature], body: &[u8]) -> Vec<u8> {
    let mut vaa = vec![1];
    vaa.extend(guardian_set.to_be_bytes());
    vaa.push(signatures.len() as u8);
    vaa.extend(signatures.concat());
    vaa.extend(body);
    vaa
}

/// The binary update: the signed root and some messages with their proofs.
pub fn update(vaa: &[u8], proven: &[(Vec<u8>, Vec<Hash>)]) -> Vec<u8> {
    let mut update = b"PNAU\x01\x00\x00\x00".to_vec();
    update.extend((vaa.len() as u16).to_be_bytes());
    update.extend(vaa);
    update.push(proven.len() as u8);
    for (message, proof) in proven {
        update.extend((message.len() as u16).to_be_bytes());
        update.extend(message);
        update.push(proof.len() as u8);
        update.extend(proof.concat());
    }
    update
}

/// An update with prices of these feeds out of a tree over `leaves` feeds in all, signed as `sign` does over the body.
pub fn signed(prices: &[Quoted], leaves: usize, sign: impl Fn(&[u8]) -> Vec<Signature>) -> Vec<u8> {
    let other = |number: usize| {
        let mut feed_id = [0xee; 32];
        feed_id[..8].copy_from_slice(&number.to_be_bytes());
        Quoted { feed_id, price: 1_000 + number as i64, publish_time: 1_800_000_000 }
    };
    let mut messages: Vec<_> = prices.iter().map(Quoted::message).collect();
    messages.extend((prices.len()..leaves).map(|number| other(number).message()));
    let tree = Tree::over(&messages);
    let body = body(&tree.root());
    let vaa = vaa(1, &sign(&body), &body);
    let proven: Vec<_> = (0..prices.len()).map(|leaf| (messages[leaf].clone(), tree.proof(leaf))).collect();
    update(&vaa, &proven)
}

fn hash(parts: &[&[u8]]) -> Hash {
    let whole = Keccak256::digest(parts.concat());
    whole[..20].try_into().unwrap()
}
