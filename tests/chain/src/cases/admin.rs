//! The exchange, its banks, its markets and their tick arrays.

use keel_embedded::{Collateral, token};
use keel_engine::Error::NotUpgradeAuthority;
use keel_sdk::address::PROGRAM_ID;
use keel_sdk::instructions::{AddBank, CreateMarket, CreateTickArray, Initialize};
use keel_sdk::pyth::RECEIVER;
use keel_sdk::replay::Replay;
use solana_account::Account;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::Case;
use super::governance::set_launched;
use crate::cast::Cast;
use crate::refusal::WRONG_SEEDS;
use crate::trial::Expected;
use crate::world::{BTC, SOL, btc_listing};

/// On a chain where the program has no account yet, and never said a word.
pub(super) fn initialize(cast: &mut Cast) -> Case {
    let chain = &mut cast.world.exchange.chain;
    for (address, _) in chain.owned_by(&PROGRAM_ID) {
        chain.put(&address, Account::default()).unwrap();
    }
    cast.world.exchange.replay = Replay::new();
    let admin = cast.world.exchange.admin.pubkey();
    Case::new("initialize", Initialize { admin, guardian: cast.stranger }.instruction()).rule(
        "admin",
        |_, _| NotUpgradeAuthority.into(),
        "the loader says who may be the first",
    )
}

pub(super) fn add_bank(cast: &mut Cast) -> Case {
    set_launched(&mut cast.world, false);
    let admin = cast.world.exchange.admin.pubkey();
    let terms = Collateral::named("another", false).terms();
    token::create_mint(&mut cast.world.exchange.chain, &Pubkey::from(terms.mint), &admin, 9).unwrap();
    Case::new("add_bank", AddBank { admin, terms }.instruction())
}

pub(super) fn create_market(cast: &mut Cast) -> Case {
    let world = &mut cast.world;
    set_launched(world, false);
    world.publish();
    let listing = btc_listing();
    let create = CreateMarket {
        admin: world.exchange.admin.pubkey(),
        number: SOL + 1,
        price: world.price_account(BTC),
        mode: listing.mode,
        price_owner: RECEIVER,
        feed_id: listing.feed_id,
        name: listing.name,
        launch_price: listing.launch_price,
        params: listing.params,
    };
    Case::new("create_market", create.instruction())
}

pub(super) fn create_tick_array(cast: &mut Cast) -> Case {
    let create = CreateTickArray { payer: cast.isolated.key.pubkey(), market: BTC, index: 7 };
    Case::new("create_tick_array", create.instruction())
        .rule("payer", |_, _| Expected::Served, "anybody may make a tick array")
        .rule("market", |_, _| WRONG_SEEDS.into(), "the market's number is a seed, which the IDL cannot say")
}
