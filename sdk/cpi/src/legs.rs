//! The legs of [`TradeLegs`](crate::TradeLegs), which are one argument of many bytes.

use crate::call::Argument;
use crate::MAX_LEGS;

/// Bytes of a leg.
const LENGTH: usize = 21;

/// One trade among several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Number of the market.
    pub market: u16,
    /// One of [`side`](crate::side).
    pub side: u8,
    /// One of [`exact`](crate::exact).
    pub kind: u8,
    /// Base or quote atoms, by the kind.
    pub amount: u64,
    /// Bits of the worst price at which the curve may come to stand, or [`NO_LIMIT`](crate::NO_LIMIT).
    pub limit: u64,
    /// Of [`flags`](crate::flags).
    pub flags: u8,
}

impl Leg {
    fn put(self, rest: &mut [u8]) -> &mut [u8] {
        let rest = self.side.put(self.market.put(rest));
        let rest = self.amount.put(self.kind.put(rest));
        self.flags.put(self.limit.put(rest))
    }
}

/// The arguments `count` and `legs` of [`TradeLegs`](crate::TradeLegs): the legs ascending by market, zeros behind them.
/// Nothing where there are more than [`MAX_LEGS`].
pub fn legs(legs: &[Leg]) -> Option<(u8, [u8; LENGTH * MAX_LEGS])> {
    let count = u8::try_from(legs.len()).ok()?;
    if legs.len() > MAX_LEGS {
        return None;
    }
    let mut bytes = [0; LENGTH * MAX_LEGS];
    let _unused = legs.iter().fold(&mut bytes[..], |rest, leg| leg.put(rest));
    Some((count, bytes))
}
