//! 128-bit products, quotients and remainders from 64-bit operations alone.
//!
//! Nothing here may use a 128-bit `*`, `/`, `%` or a shift by a variable amount: on chain those would call the functions
//! that are being defined. `xtask/tests/wide_arithmetic.rs` compares everything with the host's own arithmetic.

const HALF: u32 = 32;
const HALF_MASK: u64 = 0xffff_ffff;

#[inline(always)]
fn split(value: u128) -> (u64, u64) {
    ((value >> 64) as u64, value as u64)
}

#[inline(always)]
fn join(high: u64, low: u64) -> u128 {
    ((high as u128) << 64) | low as u128
}

/// The full product of two words as (high, low).
#[inline(always)]
fn multiply_words(left: u64, right: u64) -> (u64, u64) {
    let (left_high, left_low) = (left >> HALF, left & HALF_MASK);
    let (right_high, right_low) = (right >> HALF, right & HALF_MASK);
    // None of these sums can overflow: (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1.
    let lowest = left_low.wrapping_mul(right_low);
    let middle = left_high.wrapping_mul(right_low).wrapping_add(lowest >> HALF);
    let carried = left_low.wrapping_mul(right_high).wrapping_add(middle & HALF_MASK);
    let high = left_high.wrapping_mul(right_high).wrapping_add(middle >> HALF).wrapping_add(carried >> HALF);
    (high, (carried << HALF) | (lowest & HALF_MASK))
}

/// The product modulo 2^128, which is the same for signed and unsigned operands.
#[inline(always)]
pub fn multiply(left: u128, right: u128) -> u128 {
    let ((left_high, left_low), (right_high, right_low)) = (split(left), split(right));
    let (high, low) = multiply_words(left_low, right_low);
    let crossed = left_low.wrapping_mul(right_high).wrapping_add(left_high.wrapping_mul(right_low));
    join(high.wrapping_add(crossed), low)
}

/// Leading zeros of a word that is not zero. By halves: sBPF has no such instruction and the generic expansion is longer.
#[inline(always)]
fn leading_zeros(mut word: u64) -> u32 {
    let mut zeros = 0;
    let mut step = 32;
    while step > 0 {
        if word >> (64 - step) == 0 {
            zeros += step;
            word <<= step;
        }
        step /= 2;
    }
    zeros
}

/// The top word of (high:low) shifted left by less than 64.
#[inline(always)]
fn shifted_high(high: u64, low: u64, shift: u32) -> u64 {
    if shift == 0 { high } else { (high << shift) | (low >> (64 - shift)) }
}

/// One 32-bit digit of a long division: (remainder:next) / divisor, where remainder < divisor and the divisor's top bit is
/// set. Gives the digit and the new remainder. The first guess uses the divisor's upper half and is at most two too large.
#[inline(always)]
fn digit(remainder: u64, next: u64, divisor: u64) -> (u64, u64) {
    let (divisor_high, divisor_low) = (divisor >> HALF, divisor & HALF_MASK);
    let mut guess = remainder / divisor_high;
    let mut rest = remainder % divisor_high;
    while guess >> HALF != 0 || guess.wrapping_mul(divisor_low) > ((rest << HALF) | next) {
        guess = guess.wrapping_sub(1);
        rest = rest.wrapping_add(divisor_high);
        if rest >> HALF != 0 {
            break;
        }
    }
    (guess, ((remainder << HALF) | next).wrapping_sub(guess.wrapping_mul(divisor)))
}

/// (high:low) / divisor for high < divisor and a divisor whose top bit is set: quotient and remainder.
#[inline(always)]
fn divide_words(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    let (upper, rest) = digit(high, low >> HALF, divisor);
    let (lower, rest) = digit(rest, low & HALF_MASK, divisor);
    ((upper << HALF) | lower, rest)
}

/// Division by a divisor of one word, which is not zero.
#[inline(always)]
fn divide_by_word(high: u64, low: u64, divisor: u64) -> (u128, u128) {
    if high == 0 {
        return ((low / divisor) as u128, (low % divisor) as u128);
    }
    if divisor >> HALF == 0 {
        // Short division: each step's remainder fits in half a word, so three word divisions do.
        let middle = ((high % divisor) << HALF) | (low >> HALF);
        let last = ((middle % divisor) << HALF) | (low & HALF_MASK);
        let quotient = join(high / divisor, ((middle / divisor) << HALF) | (last / divisor));
        return (quotient, (last % divisor) as u128);
    }
    let (quotient_high, high) = if high < divisor { (0, high) } else { (high / divisor, high % divisor) };
    let shift = leading_zeros(divisor);
    let (quotient_low, rest) = divide_words(shifted_high(high, low, shift), low << shift, divisor << shift);
    (join(quotient_high, quotient_low), (rest >> shift) as u128)
}

/// Quotient and remainder. Rust checks for a zero divisor before it calls; (0, numerator) is returned for one.
#[inline(always)]
pub fn divide(numerator: u128, divisor: u128) -> (u128, u128) {
    let ((high, low), (divisor_high, divisor_low)) = (split(numerator), split(divisor));
    if divisor_high == 0 {
        if divisor_low == 0 {
            return (0, numerator);
        }
        return divide_by_word(high, low, divisor_low);
    }
    if numerator < divisor {
        return (0, numerator);
    }

    // The quotient fits in a word. Dividing half the numerator by the divisor's top 64 bits gives it or one too much;
    // taking one off and correcting upwards needs no wider arithmetic.
    let shift = leading_zeros(divisor_high);
    let top = shifted_high(divisor_high, divisor_low, shift);
    let (estimate, _) = divide_words(high >> 1, (high << 63) | (low >> 1), top);
    let mut quotient = (estimate >> (63 - shift)).saturating_sub(1);
    let (product_high, product_low) = multiply_words(quotient, divisor_low);
    let product = join(product_high.wrapping_add(quotient.wrapping_mul(divisor_high)), product_low);
    let mut rest = numerator.wrapping_sub(product);
    if rest >= divisor {
        quotient = quotient.wrapping_add(1);
        rest = rest.wrapping_sub(divisor);
    }
    (quotient as u128, rest)
}

/// Signed quotient, rounded towards zero. `i128::MIN / -1` wraps; Rust checks for it before it calls.
#[inline(always)]
pub fn quotient(numerator: i128, divisor: i128) -> i128 {
    let magnitude = divide(numerator.unsigned_abs(), divisor.unsigned_abs()).0;
    (if (numerator < 0) == (divisor < 0) { magnitude } else { magnitude.wrapping_neg() }) as i128
}

/// Signed remainder: it has the numerator's sign.
#[inline(always)]
pub fn remainder(numerator: i128, divisor: i128) -> i128 {
    let magnitude = divide(numerator.unsigned_abs(), divisor.unsigned_abs()).1;
    (if numerator < 0 { magnitude.wrapping_neg() } else { magnitude }) as i128
}
