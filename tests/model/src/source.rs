//! Where choices come from: a seeded generator, or the bytes of a fuzzer.

/// A source of choices.
pub trait Source {
    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: u64) -> u64;

    /// Whether nothing is left to choose by.
    fn is_spent(&self) -> bool {
        false
    }

    /// A number in `low..=high`.
    fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.abs_diff(low).saturating_add(1);
        low.saturating_add_unsigned(self.below(span))
    }

    /// True once in `n` times.
    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of them; the first of none is a bug of the caller.
    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        let place = self.below(choices.len() as u64) as usize;
        choices[place]
    }

    /// Log-uniform up to `2^bits`, often at an edge: a power of two or beside one.
    fn magnitude(&mut self, bits: u32) -> u128 {
        let power = 1_u128.checked_shl(self.below(u64::from(bits) + 1) as u32).unwrap_or(u128::MAX);
        match self.below(16) {
            0 => power,
            1 => power - 1,
            2 => power.saturating_add(1),
            _ => {
                let (high, low) = (self.below(1 << 32), self.below(1 << 32));
                let fraction = u128::from(high << 32 | low);
                (power >> 64) * fraction + (((power & u128::from(u64::MAX)) * fraction) >> 64)
            }
        }
    }

    /// [`magnitude`](Self::magnitude) as a word.
    fn word(&mut self, bits: u32) -> u64 {
        u64::try_from(self.magnitude(bits)).unwrap_or(u64::MAX)
    }
}

/// SplitMix64.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A stream of its own for each purpose and round.
    pub fn new(seed: u64, purpose: &str, round: u64) -> Self {
        let mut random = Self { state: seed };
        for byte in purpose.bytes() {
            random.state = random.next() ^ u64::from(byte);
        }
        random.state = random.next() ^ round;
        random
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Source for Random {
    fn below(&mut self, bound: u64) -> u64 {
        // The high half of a product: no division.
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }
}

/// The seed of a run: `KEEL_SEED`, or a fixed one.
pub fn seed() -> u64 {
    std::env::var("KEEL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x6b65_656c)
}
