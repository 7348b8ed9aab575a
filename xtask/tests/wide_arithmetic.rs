//! The 128-bit builtins that the toolchain links into the program, against the host's own arithmetic.

#[path = "../toolchain/builtins/arithmetic.rs"]
mod arithmetic;

use arithmetic::{divide, multiply, quotient, remainder};

/// splitmix64: enough randomness for operands, no dependency.
struct Words(u64);

impl Words {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Half of the values are close to a power of two, where carries and wrong guesses live.
    fn operand(&mut self) -> u128 {
        let random = (u128::from(self.next()) << 64) | u128::from(self.next());
        let shift = (self.next() % 128) as u32;
        match self.next() % 4 {
            0 => random >> shift,
            1 => (1u128 << shift).wrapping_sub(u128::from(self.next() % 4)),
            2 => (u128::MAX << shift).wrapping_add(u128::from(self.next() % 4)),
            _ => (random >> shift) & !0xffff_ffff_0000_0000,
        }
    }
}

fn compare(left: u128, right: u128) {
    assert_eq!(multiply(left, right), left.wrapping_mul(right), "{left} * {right}");
    if right == 0 {
        return;
    }
    assert_eq!(divide(left, right), (left / right, left % right), "{left} / {right}");
    let (signed_left, signed_right) = (left as i128, right as i128);
    assert_eq!(quotient(signed_left, signed_right), signed_left.wrapping_div(signed_right), "{left} / {right} signed");
    assert_eq!(remainder(signed_left, signed_right), signed_left.wrapping_rem(signed_right), "{left} % {right} signed");
}

#[test]
fn agrees_with_the_host_on_edges() {
    let mut edges: Vec<u128> = vec![0, u128::MAX, i128::MAX as u128, u128::from(u64::MAX) << 32];
    for shift in 0..128 {
        for offset in [0, 1, 2] {
            edges.push((1u128 << shift).wrapping_add(offset));
            edges.push((1u128 << shift).wrapping_sub(offset));
        }
    }
    for left in &edges {
        for right in &edges {
            compare(*left, *right);
        }
    }
}

#[test]
fn agrees_with_the_host_on_random_operands() {
    let mut words = Words(1);
    for _ in 0..1_000_000 {
        compare(words.operand(), words.operand());
    }
}
