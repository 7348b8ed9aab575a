//! What the same capital does apart and pooled.

use keel_demo::capital::{CAPITAL, Capital, DISTANCES_PPM, measure};
use keel_demo::paths::MARKETS;

#[test]
fn pooled_capital_is_deeper_than_the_same_apart() {
    let capital: Capital = measure().unwrap();
    for distance in 0..DISTANCES_PPM.len() {
        for market in 0..MARKETS {
            let gain = capital.gain(market, distance);
            println!(
                "{market} {distance}: {:.0} {:.0} {:.0} gain {gain:.3}",
                capital.providers.usd(market, distance),
                capital.apart.usd(market, distance),
                capital.pooled.usd(market, distance)
            );
            assert!(gain > 1.0, "market {market} gains {gain}");
        }
        assert!(capital.total_gain(distance) > 1.0);
    }
    println!("{:?} {:?} {:?}", capital.apart.leverage, capital.pooled.leverage, CAPITAL);
    println!("at once {} survives {}", capital.gain_at_once, capital.survives_at_once_ppm);
    // Every trade on the chain got what the engine had quoted.
    for column in [&capital.providers, &capital.apart, &capital.pooled] {
        assert_eq!(column.trades, MARKETS);
    }
}
