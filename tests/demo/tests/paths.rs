//! How the other markets follow BTC.

use keel_demo::calendar::is_session;
use keel_demo::paths::{BTC, MARKETS, NVDA, Published, RELATIONS, follow};
use keel_demo::prices::{Minute, Sample, built_in, samples};

/// Steps of one sample to the next, as logarithms; silence ends one.
fn returns(published: &[Published], market: usize) -> Vec<f64> {
    let price = |published: &Published| published[market].map(|quote| quote.price as f64);
    published.windows(2).filter_map(|pair| Some((price(&pair[1])? / price(&pair[0])?).ln())).collect()
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count().max(1);
    values.sum::<f64>() / count as f64
}

#[test]
fn the_path_of_btc_is_published_as_it_is() {
    let samples = samples(&built_in(), 4);
    let published = follow(&samples);
    assert_eq!(published.len(), samples.len());
    assert!(samples.iter().zip(&published).all(|(sample, published)| published[BTC] == Some(sample.quote)));
    assert!(published[0].iter().all(Option::is_some), "every market is listed at a price");
}

#[test]
fn the_same_prices_follow_in_every_run() {
    let samples = samples(&built_in(), 2);
    assert_eq!(follow(&samples), follow(&samples));
}

#[test]
fn returns_are_a_part_of_btcs_and_noise() {
    let samples = samples(&built_in(), 1);
    let published = follow(&samples);
    let btc = returns(&published, BTC);
    for relation in RELATIONS.iter().filter(|relation| !relation.has_sessions) {
        let own = returns(&published, relation.market);
        assert_eq!(own.len(), btc.len());
        let beta = mean(own.iter().zip(&btc).map(|(a, b)| a * b)) / mean(btc.iter().map(|b| b * b));
        assert!((beta - relation.beta).abs() < 0.15, "{beta} for {relation:?}");
    }
}

#[test]
fn a_market_whose_btc_stands_still_moves_by_its_noise() {
    let still = |unix: i64| Minute { unix: unix * 60, open: 10.0, high: 10.0, low: 10.0, close: 10.0 };
    let samples: Vec<Sample> = samples(&(0..4_000).map(still).collect::<Vec<_>>(), 1);
    let published = follow(&samples);
    for relation in RELATIONS.iter().filter(|relation| !relation.has_sessions) {
        let own = returns(&published, relation.market);
        let deviation = mean(own.iter().map(|own| own * own)).sqrt();
        assert!((deviation / relation.noise - 1.0).abs() < 0.1, "{deviation} for {relation:?}");
    }
}

#[test]
fn a_share_is_silent_while_its_exchange_is_closed() {
    let samples = samples(&built_in(), 4);
    for (number, (sample, published)) in samples.iter().zip(follow(&samples)).enumerate() {
        assert_eq!(published[NVDA].is_some(), number == 0 || is_session(sample.unix));
        assert!((0..MARKETS).all(|market| market == NVDA || published[market].is_some()));
    }
}
