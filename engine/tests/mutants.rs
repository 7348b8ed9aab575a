//! Single rules that the other tests pass by: each test here fails for a change of the code that no other notices
//! (docs/mutants.md).

#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_wrap, clippy::indexing_slicing, clippy::unwrap_used)]

mod exchange;

use exchange::{CONTRACT, Sim, order, quiet};
use keel_engine::curve::Exact;
use keel_engine::trade::Order;
use keel_engine::{Error, Side};

/// An account that holds nothing has nothing to reduce, and that is what it is told, not what the empty curve says.
#[test]
fn nothing_is_not_opposed_by_either_side() {
    let mut sim = Sim::new(quiet(), 1_000, 1);
    for side in [Side::Buy, Side::Sell] {
        let reduce = Order { reduce_only: true, ..order(side, Exact::Quote(CONTRACT)) };
        assert_eq!(sim.trade(0, 0, reduce), Err(Error::ReduceOnly));
    }
}
