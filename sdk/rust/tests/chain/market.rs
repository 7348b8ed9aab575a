//! A market as far as finding tick arrays goes.

use keel_engine::math::bitmap::assign;
use keel_engine::state::Market;

/// Array index of the first bit in a market's bitmap of tick arrays.
const FIRST_ARRAY: i32 = -2_344;

/// A market whose curve stands at a grid position, with these tick arrays initialised.
pub fn market(number: u16, cursor: i32, arrays: &[i32]) -> Market {
    let mut market: Market = bytemuck::Zeroable::zeroed();
    market.index_number = number;
    market.params.tick_spacing = 2;
    market.cursor = cursor;
    for array in arrays {
        assert!(assign(&mut market.arrays, u32::try_from(array - FIRST_ARRAY).unwrap(), true));
    }
    market
}
