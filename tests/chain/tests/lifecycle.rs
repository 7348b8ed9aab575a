//! Making accounts: by whom, once, at the one address that is theirs, and whatever was sent there before.

use keel_chain_tests::refusal::{ALREADY_IN_USE, NOT_THERE, WRONG_SEEDS, assert_all_refused, assert_refused};
use keel_chain_tests::world::btc_listing;
use keel_chain_tests::{BTC, Cast, World, cases};
use keel_embedded::chain::key;
use keel_engine::Error;
use keel_engine::state::Exchange;
use keel_sdk::accounts::Stored;
use keel_sdk::address::{self, PROGRAM_ID, SYSTEM_PROGRAM, UPGRADEABLE_LOADER};
use keel_sdk::instructions::{CloseAccount, CloseRanges, CreateMarket, Initialize, OpenAccount, OpenRanges};
use keel_sdk::pyth::RECEIVER;
use solana_account::Account;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// Where a `ProgramData` account says whether there is an authority, and who it is.
const AUTHORITY: usize = 12;

fn initialize(admin: Pubkey) -> Instruction {
    Initialize { admin, guardian: admin }.instruction()
}

/// A world from which the exchange has been taken away.
fn uninitialised() -> World {
    let mut world = World::new();
    world.exchange.chain.put(&address::exchange(), Account::default()).unwrap();
    world
}

#[test]
fn nobody_is_first_by_being_fast() {
    let mut world = uninitialised();
    let attacker = world.stranger("attacker");
    assert_refused(&mut world, &initialize(attacker), Error::NotUpgradeAuthority);

    // With a program of the attacker's own.
    let (own_program, own_data) = (key("own program").pubkey(), key("own data").pubkey());
    let chain = &mut world.exchange.chain;
    let mut data = chain.account(&address::program_data()).unwrap();
    data.data[AUTHORITY + 1..AUTHORITY + 33].copy_from_slice(attacker.as_ref());
    chain.put(&own_data, data.clone()).unwrap();
    let tag = 2u32.to_le_bytes();
    chain.put_data(&own_program, &UPGRADEABLE_LOADER, [&tag[..], own_data.as_ref()].concat()).unwrap();
    let with = |program: Pubkey, program_data: Pubkey| {
        let mut bent = initialize(attacker);
        bent.accounts[2].pubkey = program;
        bent.accounts[3].pubkey = program_data;
        bent
    };
    for (program, program_data) in [
        (PROGRAM_ID, own_data),
        (own_program, own_data),
        (own_program, address::program_data()),
        (address::program_data(), address::program_data()),
        (PROGRAM_ID, PROGRAM_ID),
    ] {
        assert_refused(&mut world, &with(program, program_data), Error::NotUpgradeAuthority);
    }
    // A program that nobody may upgrade has no authority who could initialise it.
    let chain = &mut world.exchange.chain;
    let mut frozen = chain.account(&address::program_data()).unwrap();
    frozen.data[AUTHORITY] = 0;
    chain.put(&address::program_data(), frozen).unwrap();
    let admin = world.exchange.admin.pubkey();
    assert_refused(&mut world, &initialize(admin), Error::NotUpgradeAuthority);
}

#[test]
fn once() {
    let mut world = World::new();
    let (admin, attacker) = (world.exchange.admin.pubkey(), world.stranger("attacker"));
    for who in [admin, attacker] {
        assert_refused(&mut world, &initialize(who), ALREADY_IN_USE);
    }
}

#[test]
fn every_account_is_made_once() {
    let mut cast = Cast::new();
    for (index, make) in cases::ALL.into_iter().enumerate().filter(|(index, _)| [1, 3, 4, 5].contains(index)) {
        let case = make(&mut cast);
        cast.world.send(case.instruction.clone());
        assert_all_refused(&mut cast.world, &[case.instruction], ALREADY_IN_USE, &format!("{index} again"));
    }
    // A market's number is the exchange's to give: the same instruction again means the next market, elsewhere.
    let create = cases::ALL[2](&mut cast).instruction;
    cast.world.send(create.clone());
    assert_refused(&mut cast.world, &create, WRONG_SEEDS);
}

#[test]
fn lamports_at_the_address_are_in_nobodys_way() {
    // initialize, add_bank, create_market, create_tick_array, open_account, open_ranges, and the slots that they make.
    let made: [(usize, &[usize]); 6] = [(1, &[3, 4]), (2, &[2]), (3, &[2]), (4, &[1]), (5, &[2]), (0, &[1])];
    for lamports in [1, 890_880, 10_000_000_000] {
        let mut cast = Cast::new();
        for (discriminator, slots) in made {
            let case = cases::ALL[discriminator](&mut cast);
            let chain = &mut cast.world.exchange.chain;
            for slot in slots {
                let address = case.instruction.accounts[*slot].pubkey;
                chain.put(&address, Account { lamports, owner: SYSTEM_PROGRAM, ..Account::default() }).unwrap();
            }
            let outcome = cast.world.send_unaudited(std::slice::from_ref(&case.instruction));
            assert!(outcome.is_ok(), "{} with {lamports} lamports: {outcome:?}", case.name);
            let chain = &cast.world.exchange.chain;
            for slot in slots {
                let account = chain.account(&case.instruction.accounts[*slot].pubkey).unwrap();
                assert!(account.lamports >= chain.rent(account.data.len()), "{}", case.name);
            }
        }
    }
}

#[test]
fn markets_are_listed_by_the_admin() {
    let mut world = World::new();
    world.tick();
    let attacker = world.stranger("attacker");
    let listing = btc_listing();
    let create = CreateMarket {
        admin: attacker,
        number: 3,
        price: world.price_account(BTC),
        mode: listing.mode,
        price_owner: RECEIVER,
        feed_id: listing.feed_id,
        name: listing.name,
        launch_price: listing.launch_price,
        params: listing.params,
    };
    assert_refused(&mut world, &create.instruction(), Error::NotAdmin);
    // Nor by who brings an exchange of their own: there is one address for it.
    let (own, mut state) =
        (key("own exchange").pubkey(), world.exchange.state::<Exchange>(&address::exchange()).unwrap());
    state.admin = attacker.to_bytes();
    let mut account = world.exchange.chain.account(&address::exchange()).unwrap();
    account.data = keel_sdk::accounts::encode(&state);
    account.owner = keel_chain_tests::trial::FORGER;
    assert_eq!(account.data.len(), Exchange::LEN);
    world.exchange.chain.put(&own, account).unwrap();
    let mut forged = create.instruction();
    forged.accounts[1].pubkey = own;
    assert_refused(&mut world, &forged, keel_chain_tests::refusal::WRONG_OWNER);
}

#[test]
fn a_companion_outlives_its_account_and_waits_for_it() {
    let mut world = World::new();
    let trader = world.open("trader", 0, true);
    let owner = trader.key.pubkey();
    let close = CloseAccount { owner, account: trader.account }.instruction();
    let close_ranges = CloseRanges { owner, account: trader.account }.instruction();
    world.send(close.clone());
    assert_refused(&mut world, &close_ranges, NOT_THERE);
    let open = OpenAccount { owner, sub_account: 0, isolated_market: 0 };
    world.send(open.instruction());
    let again = OpenRanges { owner, account: trader.account }.instruction();
    assert_refused(&mut world, &again, ALREADY_IN_USE);
    world.send(close_ranges);
    world.send(close);
    // Nothing of it is left, and the same address serves again.
    assert!(world.exchange.chain.data(&trader.account).is_none_or(<[u8]>::is_empty));
    world.send(open.instruction());
}
