//! What every arithmetic test shares: a small random generator whose seed is printed, and plain big integers.

#![allow(dead_code, reason = "each test uses a part")]

use keel_engine::math::wide::U256;
use num_bigint::{BigInt, BigUint};
use num_traits::{One, ToPrimitive, Zero};

/// Cases per operation: 512, or 65,536 with `KEEL_LONG=1`.
pub fn cases() -> usize {
    if std::env::var("KEEL_LONG").is_ok_and(|value| value == "1") { 65_536 } else { 512 }
}

/// SplitMix64. The seed is `KEEL_SEED`, or fixed; a failing test shows it.
pub struct Random {
    state: u64,
}

impl Random {
    pub fn new(test: &str) -> Self {
        let seed = std::env::var("KEEL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x6b65_656c);
        eprintln!("{test}: KEEL_SEED={seed}");
        let mut random = Self { state: seed };
        for byte in test.bytes() {
            random.state = random.word() ^ u64::from(byte);
        }
        random
    }

    /// Uniform.
    pub fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.word() % bound
    }

    /// Uniform in `[low, high]`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.word() % (high - low + 1) as u64) as i64
    }

    /// Uniform bits.
    pub fn wide(&mut self) -> u128 {
        u128::from(self.word()) << 64 | u128::from(self.word())
    }

    /// Log-uniform up to `2^bits`, one in eight of them at an edge: 0, 1, a power of two or beside one.
    pub fn up_to(&mut self, bits: u32) -> u128 {
        let length = self.below(u64::from(bits) + 1) as u32;
        let power = if length == 128 { 0_u128.wrapping_sub(1) } else { 1 << length };
        let value = match self.below(16) {
            0 => power,
            1 => power.wrapping_sub(1),
            _ => (self.wide() & power.wrapping_sub(1)) | power >> 1,
        };
        if bits < 128 { value.min(1 << bits) } else { value }
    }

    /// Log-uniform words with edges.
    pub fn up_to_64(&mut self, bits: u32) -> u64 {
        u64::try_from(self.up_to(bits).min(u128::from(u64::MAX))).unwrap()
    }

    /// A word of the kind that breaks long division.
    pub fn hard_word(&mut self) -> u64 {
        let edges = [0, 1, u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) - 1, (1 << 63) + 1, 0xffff_ffff, 1 << 32];
        match self.below(3) {
            0 => self.word(),
            1 => edges[self.below(edges.len() as u64) as usize],
            _ => self.up_to_64(64),
        }
    }

    /// Two hard words.
    pub fn hard_128(&mut self) -> u128 {
        u128::from(self.hard_word()) << 64 | u128::from(self.hard_word())
    }

    /// `words` hard words.
    pub fn hard_256(&mut self, words: usize) -> U256 {
        let mut limbs = [0; 4];
        for limb in limbs.iter_mut().take(words) {
            *limb = self.hard_word();
        }
        U256::from_limbs(limbs)
    }
}

pub fn big(value: impl Into<BigUint>) -> BigUint {
    value.into()
}

pub fn big_256(value: U256) -> BigUint {
    value.limbs.iter().rev().fold(BigUint::zero(), |sum, &limb| (sum << 64) + limb)
}

pub fn to_256(value: &BigUint) -> Option<U256> {
    let digits = value.to_u64_digits();
    let mut limbs = [0; 4];
    (digits.len() <= 4).then(|| limbs[..digits.len()].copy_from_slice(&digits))?;
    Some(U256::from_limbs(limbs))
}

pub fn signed(value: impl Into<BigInt>) -> BigInt {
    value.into()
}

pub fn power_of_two(bits: u32) -> BigUint {
    BigUint::one() << bits
}

/// `ceil(n / d)`.
pub fn ceil(n: &BigUint, d: &BigUint) -> BigUint {
    (n + d - BigUint::one()) / d
}

pub fn to_u64(value: &BigUint) -> Option<u64> {
    value.to_u64()
}

pub fn to_u128(value: &BigUint) -> Option<u128> {
    value.to_u128()
}
