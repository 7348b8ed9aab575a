//! Bitmap searches against a loop over bits.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "meant")]

mod math_reference;

use keel_engine::math::bitmap::{
    assign, is_set, next_set_above, next_set_above_in, next_set_at_or_below, next_set_at_or_below_in,
};
use math_reference::*;

fn bit_of(words: &[u64], bit: u32) -> bool {
    words.get(bit as usize / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
}

fn sparse(random: &mut Random) -> u64 {
    match random.below(4) {
        0 => 0,
        1 => 1 << random.below(64),
        2 => random.word() & random.word() & random.word(),
        _ => random.hard_word(),
    }
}

#[test]
fn one_word() {
    let mut random = Random::new("one_word");
    for _ in 0..cases() {
        let word = sparse(&mut random);
        for bit in (0..70).chain([u32::MAX, u32::MAX - 1]) {
            let below = (0..=bit.min(63)).rev().find(|&at| word >> at & 1 == 1);
            let above = (0..64).find(|&at| at > bit && word >> at & 1 == 1);
            assert_eq!(next_set_at_or_below(word, bit), below, "{word:b} {bit}");
            assert_eq!(next_set_above(word, bit), above, "{word:b} {bit}");
        }
    }
}

#[test]
fn many_words() {
    let mut random = Random::new("many_words");
    for _ in 0..cases() / 4 {
        let words: Vec<u64> = (0..random.below(8)).map(|_| sparse(&mut random)).collect();
        let end = words.len() as u32 * 64;
        for bit in (0..end + 70).chain([u32::MAX, u32::MAX - 1]) {
            let below = (0..end).rev().find(|&at| at <= bit && bit_of(&words, at));
            let above = (0..end).find(|&at| at > bit && bit_of(&words, at));
            assert_eq!(next_set_at_or_below_in(&words, bit), below, "{words:?} {bit}");
            assert_eq!(next_set_above_in(&words, bit), above, "{words:?} {bit}");
            assert_eq!(is_set(&words, bit), bit_of(&words, bit), "{words:?} {bit}");
        }
    }
}

#[test]
fn assignments() {
    let mut random = Random::new("assignments");
    for _ in 0..cases() {
        let mut words: Vec<u64> = (0..random.below(5)).map(|_| sparse(&mut random)).collect();
        let before = words.clone();
        let (bit, value) = (random.below(330) as u32, random.below(2) == 1);
        let done = assign(&mut words, bit, value);
        assert_eq!(done, (bit as usize) < words.len() * 64);
        for at in 0..330 {
            let expected = if at == bit && done { value } else { bit_of(&before, at) };
            assert_eq!(bit_of(&words, at), expected);
        }
    }
}
