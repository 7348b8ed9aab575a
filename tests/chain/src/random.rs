//! Seeded random numbers: the same run from the same seed, which is `KEEL_SEED` or fixed, and is printed.

/// How many times as much a long run does.
const LONG: u32 = 50;

/// SplitMix64.
pub struct Random(u64);

impl Random {
    /// Numbers for a test; prints what repeats them.
    pub fn new(test: &str) -> Self {
        let seed = std::env::var("KEEL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x6b65_656c);
        println!("{test}: KEEL_SEED={seed}");
        Self(seed)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound
    }

    /// Any byte.
    pub fn byte(&mut self) -> u8 {
        self.number().to_le_bytes()[0]
    }

    /// One of several.
    pub fn one_of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

/// How often something random is tried: more with `KEEL_LONG=1`.
pub fn repeated(times: u32) -> u32 {
    if std::env::var_os("KEEL_LONG").is_some() { times * LONG } else { times }
}
