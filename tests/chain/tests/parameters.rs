//! Every market parameter at its bounds and beyond: refused by name, or taken exactly where the engine says so.

use keel_chain_tests::refusal::assert_all_refused;
use keel_chain_tests::world::btc_listing;
use keel_chain_tests::{BTC, World};
use keel_engine::Error;
use keel_engine::exchange_params::ExchangeParams;
use keel_engine::params::Params;
use keel_engine::state::Exchange;
use keel_sdk::address;
use keel_sdk::instructions::{CreateMarket, Plan};
use keel_sdk::pyth::RECEIVER;
use solana_instruction::Instruction;
use solana_signer::Signer;

fn create(world: &World, params: Params) -> Instruction {
    let listing = btc_listing();
    let exchange: Exchange = world.exchange.state(&address::exchange()).unwrap();
    let create = CreateMarket {
        admin: world.exchange.admin.pubkey(),
        number: exchange.markets + 1,
        price: world.price_account(BTC),
        mode: listing.mode,
        price_owner: RECEIVER,
        feed_id: listing.feed_id,
        name: listing.name,
        launch_price: listing.launch_price,
        params,
    };
    create.instruction()
}

#[test]
fn each_at_its_bounds_and_beyond() {
    let mut world = World::new();
    let exchange: Exchange = world.exchange.state(&address::exchange()).unwrap();
    let many = ExchangeParams { max_markets: 1_000, ..ExchangeParams::of(&exchange) };
    world.exchange.change(Plan::ExchangeParams(many)).unwrap();
    world.tick();
    let (mut refused, mut taken) = (0, 0);
    for row in Params::TABLE {
        let values =
            [row.min.checked_sub(1), Some(row.min), Some(row.max), row.max.checked_add(1), Some(u64::from(u32::MAX))];
        for value in values.into_iter().flatten() {
            let mut params = btc_listing().params;
            if params.set(row.name, value).is_err() {
                continue;
            }
            let within = (row.min..=row.max).contains(&value);
            let instruction = create(&world, params);
            match params.check() {
                Err(error) => {
                    assert_eq!(error == Error::InvalidParameter, !within, "{} = {value}", row.name);
                    assert_all_refused(&mut world, &[instruction], error, row.name);
                    refused += 1;
                }
                Ok(()) => {
                    assert!(within, "{} = {value}", row.name);
                    // What is left is that the index must have a price in such contracts.
                    let outcome = world.send_unaudited(&[instruction]);
                    let scaled = keel_engine::oracle::scale(2_000_000_000_000, -8, params.contract_exponent);
                    assert_eq!(outcome.is_ok(), scaled.is_ok(), "{} = {value}: {outcome:?}", row.name);
                    taken += 1;
                }
            }
        }
    }
    println!("{refused} refused, {taken} taken");
    assert!(refused > 100 && taken > 60);
}

#[test]
fn the_log_names_what_is_wrong() {
    let mut world = World::new();
    world.tick();
    for (name, value, word) in [("tick_spacing", 0, "tick_spacing"), ("mmr_ppm", 60_000, "mmr < imr")] {
        let mut params = btc_listing().params;
        params.set(name, value).unwrap();
        let refused = world.send_unaudited(&[create(&world, params)]).unwrap_err();
        assert!(refused.logs.iter().any(|line| line.contains(word)), "{:?}", refused.logs);
    }
}

#[test]
fn reserved_room_is_zero() {
    let mut world = World::new();
    world.tick();
    let mut params = btc_listing().params;
    params.reserved[13] = 1;
    let instruction = create(&world, params);
    assert_all_refused(&mut world, &[instruction], Error::InvalidParameter, "reserved");
}
