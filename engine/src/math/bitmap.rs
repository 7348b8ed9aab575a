//! Bitmaps of initialised ticks and tick arrays: the nearest set bit on either side, without a loop over bits.
//!
//! Bit `i` of a slice is bit `i % 64` of word `i / 64`. Guarantees: total; a bit beyond the end counts as beyond the
//! end. The curve's loop calls these.

/// The highest set bit of `word` that is not above `bit`.
#[inline(always)]
pub const fn next_set_at_or_below(word: u64, bit: u32) -> Option<u32> {
    let kept = if bit < 63 { word & (u64::MAX >> 1).wrapping_shr(62_u32.wrapping_sub(bit)) } else { word };
    kept.checked_ilog2()
}

/// The lowest set bit of `word` that is above `bit`.
#[inline(always)]
pub const fn next_set_above(word: u64, bit: u32) -> Option<u32> {
    if bit > 62 {
        return None;
    }
    lowest_set(word & (u64::MAX - 1).wrapping_shl(bit))
}

/// The lowest set bit of `word`.
#[inline(always)]
const fn lowest_set(word: u64) -> Option<u32> {
    if word == 0 { None } else { Some(word.trailing_zeros()) }
}

/// The highest set bit of `words` that is not above `bit`.
#[inline]
pub fn next_set_at_or_below_in(words: &[u64], bit: u32) -> Option<u32> {
    let mut index = bit >> 6;
    if let Some(&word) = words.get(index as usize) {
        if let Some(found) = next_set_at_or_below(word, bit & 63) {
            return Some(index << 6 | found);
        }
    } else {
        index = u32::try_from(words.len()).ok()?;
    }
    while let Some(below) = index.checked_sub(1) {
        index = below;
        if let Some(found) = words.get(index as usize)?.checked_ilog2() {
            return Some(index << 6 | found);
        }
    }
    None
}

/// The lowest set bit of `words` that is above `bit`.
#[inline]
pub fn next_set_above_in(words: &[u64], bit: u32) -> Option<u32> {
    let mut index = bit >> 6;
    if let Some(found) = next_set_above(*words.get(index as usize)?, bit & 63) {
        return Some(index << 6 | found);
    }
    while index < u32::MAX >> 6 {
        index = index.saturating_add(1);
        if let Some(found) = lowest_set(*words.get(index as usize)?) {
            return Some(index << 6 | found);
        }
    }
    None
}

/// Bit `bit` of `words`. False beyond the end.
#[inline(always)]
pub fn is_set(words: &[u64], bit: u32) -> bool {
    words.get((bit >> 6) as usize).is_some_and(|word| word.wrapping_shr(bit) & 1 != 0)
}

/// Sets or clears bit `bit` of `words`. False, and nothing done, beyond the end.
#[inline(always)]
pub fn assign(words: &mut [u64], bit: u32, value: bool) -> bool {
    let Some(word) = words.get_mut((bit >> 6) as usize) else { return false };
    let mask = 1_u64.wrapping_shl(bit);
    *word = if value { *word | mask } else { *word & !mask };
    true
}
