//! The exchange, its banks, its markets and their tick arrays.

use keel_embedded::chain::key;
use keel_embedded::token;
use keel_engine::Error::{NotAdmin, NotUpgradeAuthority, OracleWrongFeed};
use keel_engine::state::{Exchange, Market};
use keel_sdk::address;
use keel_sdk::instructions::{AddBank, CreateMarket, CreateTickArray, Initialize};
use keel_sdk::pyth::RECEIVER;
use solana_account::Account;
use solana_signer::Signer;

use super::{Case, Slot};
use crate::cast::Cast;
use crate::refusal::{NO_ESCALATION, NOT_WRITABLE, WRONG_SEEDS};
use crate::world::{BTC, SOL, btc_listing};

/// In a world whose exchange has been taken away: whoever builds this case must not need it any more.
pub(super) fn initialize(cast: &mut Cast) -> Case {
    let chain = &mut cast.world.exchange.chain;
    chain.put(&address::exchange(), Account::default()).unwrap();
    let admin = cast.world.exchange.admin.pubkey();
    let instruction = Initialize { admin, guardian: cast.stranger }.instruction();
    let signer = Slot::Signer(Some(NotUpgradeAuthority.into()));
    Case::new(
        "initialize",
        instruction,
        vec![signer, Slot::Created(NO_ESCALATION), Slot::Upgrade, Slot::Upgrade, Slot::Program],
    )
}

pub(super) fn add_bank(cast: &mut Cast) -> Case {
    let admin = cast.world.exchange.admin.pubkey();
    let mint = key("another mint").pubkey();
    token::create_mint(&mut cast.world.exchange.chain, &mint, &admin, 6).unwrap();
    let instruction = AddBank { admin, mint }.instruction();
    let slots = vec![
        Slot::Signer(Some(NotAdmin.into())),
        Slot::state::<Exchange>(None),
        Slot::Mint,
        Slot::Created(NO_ESCALATION),
        Slot::Created(NOT_WRITABLE),
        Slot::Program,
        Slot::Program,
    ];
    Case::new("add_bank", instruction, slots)
}

pub(super) fn create_market(cast: &mut Cast) -> Case {
    let world = &mut cast.world;
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
    let slots = vec![
        Slot::Signer(Some(NotAdmin.into())),
        Slot::state::<Exchange>(None),
        Slot::Created(NO_ESCALATION),
        Slot::Price(Some((world.price_account(SOL), OracleWrongFeed.into()))),
        Slot::Program,
    ];
    Case::new("create_market", create.instruction(), slots)
}

pub(super) fn create_tick_array(cast: &mut Cast) -> Case {
    let create = CreateTickArray { payer: cast.stranger, market: BTC, index: 7 };
    let market = Slot::state::<Market>(Some((address::market(SOL), WRONG_SEEDS)));
    let slots = vec![Slot::Signer(None), market, Slot::Created(NO_ESCALATION), Slot::Program];
    Case::new("create_tick_array", create.instruction(), slots)
}
