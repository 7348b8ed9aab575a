//! A random walk in the logarithm of a price: the same seed and market walk the same way, whatever the clock does.

/// Standard deviation of a step, about that of 80% a year at a step every 400 ms.
const STEP: f64 = 9e-5;
/// Draws that make one that is close to normal: the sum of twelve has variance one.
const DRAWS: u32 = 12;

/// A market's walk.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    state: u64,
}

impl Walk {
    /// The walk of a market that a seed begins.
    pub fn of(seed: u64, market: &str) -> Self {
        let state = market.bytes().fold(seed, |state, byte| mixed(state ^ u64::from(byte)));
        Self { state: mixed(state) }
    }

    /// The factor of the next step.
    pub fn step(&mut self) -> f64 {
        let sum: f64 = (0..DRAWS).map(|_| self.draw()).sum();
        ((sum - f64::from(DRAWS) / 2.0) * STEP).exp()
    }

    /// Uniform in `[0, 1)`.
    fn draw(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        (mixed(self.state) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The finalizer of splitmix64.
const fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
