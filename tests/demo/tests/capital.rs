//! What the same capital does apart and pooled.

use keel_demo::capital::{Capital, DISTANCES_PPM, MOVE_PPM, measure};
use keel_demo::paths::MARKETS;

#[test]
fn pooled_capital_is_deeper_than_the_same_apart() {
    let capital: Capital = measure().unwrap();
    for distance in 0..DISTANCES_PPM.len() {
        for column in [&capital.pooled, &capital.pool] {
            for market in 0..MARKETS {
                let gain = capital.gain(column, market, distance);
                assert!(gain > 1.0, "market {market} gains {gain}");
            }
            assert!(capital.total_gain(column, distance) > 1.2);
        }
        // What strategies have to leave free costs depth.
        let (rule, strategies) = (&capital.pooled, &capital.pool);
        assert!(capital.total_gain(rule, distance) > capital.total_gain(strategies, distance));
    }
    // Every trade on the chain got what the engine had quoted.
    for column in [&capital.providers, &capital.apart, &capital.pooled, &capital.pool] {
        assert_eq!(column.trades, MARKETS);
    }
    // Honest about markets that fall together: then there is next to nothing to gain, and the pool does not survive it.
    assert!((0.9..1.1).contains(&capital.gain_at_once), "{}", capital.gain_at_once);
    assert!(capital.survives_at_once_ppm < MOVE_PPM, "{}", capital.survives_at_once_ppm);
}
