//! The admin's and the guardian's keys on the chain: what they can do, how fast, and what they cannot do at all.

use keel_chain_tests::refusal::{assert_all_refused, assert_refused};
use keel_chain_tests::world::{btc_listing, dollars};
use keel_chain_tests::{BTC, Cast, SOL, World, cases};
use keel_embedded::chain::key;
use keel_embedded::{Collateral, token};
use keel_engine::Error;
use keel_engine::exchange_params::{BankParams, ExchangeParams};
use keel_engine::governance::{BankGuard, EXECUTION_WINDOW_SECS, MarketGuard};
use keel_engine::params::Params;
use keel_engine::state::{Bank, Exchange, MarginAccount, Ranges};
use keel_sdk::accounts::Stored;
use keel_sdk::address::{self, TOKEN_PROGRAM};
use keel_sdk::instructions::{
    AcceptAdmin, AddBank, CancelChange, CreateMarket, Deposit, ExecuteChange, GuardBank, GuardMarket, OpenAccount,
    Plan, QueueChange, Withdraw,
};
use keel_sdk::pyth::RECEIVER;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

const DAY: i64 = 86_400;

/// What somebody tries to do to a market's parameters.
type Bend = fn(&mut Params);

/// Instructions that the admin or the guardian signs, or that do what the admin has queued.
const GOVERNANCE: &[&str] = &[
    "add_bank",
    "create_market",
    "launch",
    "queue_change",
    "cancel_change",
    "accept_admin",
    "change_exchange",
    "change_bank",
    "change_market",
    "list_market",
    "list_bank",
    "guard_market",
    "guard_bank",
    "guard_pool",
    "withdraw_treasury",
];

fn exchange(world: &World) -> Exchange {
    world.exchange.state(&address::exchange()).unwrap()
}

fn bank(world: &World) -> Bank {
    world.exchange.state(&address::bank(&world.exchange.mint)).unwrap()
}

fn queue(world: &World, signer: Pubkey, plan: Plan) -> Instruction {
    QueueChange::next(&world.exchange.chain, signer, plan).unwrap().instruction()
}

fn queue_by_admin(world: &World, plan: Plan) -> Instruction {
    queue(world, world.exchange.admin.pubkey(), plan)
}

fn execute(world: &World, number: u64, sender: Pubkey, source: Pubkey) -> Instruction {
    ExecuteChange { number, sender, source }.instruction(&world.exchange.chain).unwrap()
}

fn withdraw(world: &World, trader: &keel_embedded::Trader, amount: u64) -> Instruction {
    let (owner, mint) = (trader.key.pubkey(), world.exchange.mint);
    let withdraw = Withdraw { owner, account: trader.account, mint, destination: trader.tokens, amount };
    withdraw.instruction(&world.exchange.chain).unwrap()
}

/// Everything that governance can ask for.
fn plans(world: &World, key: Pubkey) -> Vec<(Plan, Pubkey)> {
    let none = Pubkey::default();
    let mint = world.exchange.mint;
    vec![
        (Plan::MarketParams(BTC, Params { base_fee_ppm: 400, ..world.market(BTC).params }), none),
        (Plan::ExchangeParams(ExchangeParams { max_markets: 100, ..ExchangeParams::of(&exchange(world)) }), none),
        (Plan::BankParams(0, BankParams { cap_usd: 1_000_000_000, ..BankParams::of(&bank(world)) }), mint),
        (Plan::Guardian(key), none),
        (Plan::Treasury(key), none),
        (Plan::PendingAdmin(key), none),
        (Plan::ListMarket(btc_listing().terms()), world.price_account(BTC)),
        (Plan::AddBank(Collateral::named("queued", false).terms()), none),
        (Plan::LiftReduceOnly(SOL), none),
        (Plan::CloseMarket(SOL), none),
    ]
}

/// Every account of a user, and every token account but the vaults and the treasury's.
fn of_users(cast: &Cast, treasury: &Pubkey) -> Vec<(Pubkey, Vec<u8>)> {
    let chain = &cast.world.exchange.chain;
    let is_users =
        |data: &[u8]| data.starts_with(&MarginAccount::DISCRIMINATOR) || data.starts_with(&Ranges::DISCRIMINATOR);
    let accounts = chain.program_accounts().iter().map(|place| (*place, chain.data(place).unwrap().to_vec()));
    let accounts = accounts.filter(|(_, data)| is_users(data));
    let is_vault = |data: &[u8]| chain.program_accounts().contains(&Pubkey::try_from(&data[32..64]).unwrap());
    let tokens = chain.owned_by(&TOKEN_PROGRAM).into_iter().map(|(place, account)| (place, account.data));
    let tokens = tokens.filter(|(place, data)| data.len() > 82 && place != treasury && !is_vault(data));
    accounts.chain(tokens).collect()
}

/// Whoever holds both keys, and all the time in the world: no instruction of governance changes a byte of what a user has,
/// and no token leaves but those that markets have paid to the treasury.
#[test]
fn cannot_touch_user_funds() {
    let mut tried = 0;
    for make in cases::ALL {
        let mut cast = Cast::new();
        let case = make(&mut cast);
        if !GOVERNANCE.contains(&case.name) {
            continue;
        }
        tried += 1;
        let treasury = cast.busy.tokens;
        let mint = cast.world.exchange.mint;
        let held = |cast: &Cast| token::balance(&cast.world.exchange.chain, &address::vault(&mint)).unwrap();
        let (before, tokens) = (of_users(&cast, &treasury), held(&cast));
        let of_treasury = cast.world.market(BTC).treasury + cast.world.market(SOL).treasury;
        cast.world.send(case.instruction);
        assert!(before == of_users(&cast, &treasury), "{}", case.name);
        let after = cast.world.market(BTC).treasury + cast.world.market(SOL).treasury;
        assert_eq!(tokens - held(&cast), of_treasury - after, "{}", case.name);
    }
    assert_eq!(tried, GOVERNANCE.len());
    let mut cast = Cast::new();
    let admin = cast.world.exchange.admin.pubkey();
    token::create_mint(&mut cast.world.exchange.chain, &Collateral::named("queued", false).mint, &admin, 6).unwrap();
    for (plan, source) in plans(&cast.world, admin) {
        let number = cast.world.exchange.queue(plan).unwrap();
        cast.world.exchange.wait_for(number).unwrap();
        cast.world.publish();
        let before = of_users(&cast, &Pubkey::default());
        cast.world.exchange.execute(number, source).unwrap().unwrap();
        assert!(before == of_users(&cast, &Pubkey::default()), "{plan:?}");
    }
}

/// Each kind waits for the timelock to the second, may then be executed by anybody, and lapses.
#[test]
fn loosening_waits() {
    let mut world = World::with_liquidity();
    let admin = world.exchange.admin.pubkey();
    let stranger = world.stranger("stranger");
    token::create_mint(&mut world.exchange.chain, &Collateral::named("queued", false).mint, &admin, 6).unwrap();
    for (plan, source) in plans(&world, stranger) {
        let number = world.exchange.queue(plan).unwrap();
        let ready = world.unix() + 2 * DAY;
        let execute = execute(&world, number, stranger, source);
        assert_all_refused(&mut world, std::slice::from_ref(&execute), Error::ChangeNotReady, &format!("{plan:?}"));
        for (unix, expected) in [
            (ready - 1, Some(Error::ChangeNotReady)),
            (ready + EXECUTION_WINDOW_SECS, Some(Error::ChangeLapsed)),
            (ready, None),
        ] {
            world.aside(|world| {
                world.exchange.chain.set_time(unix);
                world.publish();
                match expected {
                    Some(error) => {
                        assert_all_refused(world, std::slice::from_ref(&execute), error, &format!("{plan:?}"))
                    }
                    None => {
                        world.send(execute.clone());
                        // Once.
                        assert!(world.exchange.chain.data(&address::change(number)).is_none_or(<[u8]>::is_empty));
                    }
                }
            });
        }
    }
}

#[test]
fn delay_cannot_be_lowered_at_once() {
    let mut world = World::with_liquidity();
    let params = ExchangeParams::of(&exchange(&world));
    let none = Plan::ExchangeParams(ExchangeParams { timelock_secs: 0, ..params });
    let refused = queue_by_admin(&world, none);
    assert_refused(&mut world, &refused, Error::InvalidParameter);
    let number =
        world.exchange.queue(Plan::ExchangeParams(ExchangeParams { timelock_secs: 86_400, ..params })).unwrap();
    world.sleep(DAY);
    let early = execute(&world, number, Pubkey::default(), Pubkey::default());
    assert_refused(&mut world, &early, Error::ChangeNotReady);
    world.sleep(DAY);
    world.send(early);
    assert_eq!(exchange(&world).timelock_secs, 86_400);
}

#[test]
fn params_outside_caps_rejected() {
    let mut world = World::with_liquidity();
    let own = world.market(BTC).params;
    let bends: [(&str, Bend, Error); 6] = [
        ("fees of 100%", |p| (p.base_fee_ppm, p.max_fee_ppm) = (1_000_000, 1_000_000), Error::InvalidParameter),
        ("no initial margin", |p| p.imr_ppm = 0, Error::InvalidParameter),
        ("200x", |p| (p.imr_ppm, p.mmr_ppm) = (10_000, 5_000), Error::UnsafeParameters),
        ("an hour old price", |p| p.max_age_trade_secs = 3_600, Error::InvalidParameter),
        ("no limit on confidence", |p| p.conf_limit_ppm = 1_000_000, Error::InvalidParameter),
        ("a discount of 10%", |p| p.d_max_ppm = 100_000, Error::UnsafeParameters),
    ];
    for (what, bend, error) in bends {
        let mut params = own;
        bend(&mut params);
        let queue = queue_by_admin(&world, Plan::MarketParams(BTC, params));
        assert_all_refused(&mut world, &[queue], error, what);
        let listing = queue_by_admin(
            &world,
            Plan::ListMarket(keel_engine::governance::MarketTerms { params, ..btc_listing().terms() }),
        );
        assert_all_refused(&mut world, &[listing], error, what);
    }
    for (params, what) in [
        (BankParams { outflow_limit_ppm_per_hour: 1_000_000, ..BankParams::of(&bank(&world)) }, "no outflow limit"),
        (BankParams { haircut_ppm: 2_000_000, ..BankParams::of(&bank(&world)) }, "collateral at twice its value"),
    ] {
        let queue = queue_by_admin(&world, Plan::BankParams(0, params));
        assert_all_refused(&mut world, &[queue], Error::InvalidParameter, what);
    }
}

/// Whoever has the guardian's key cancels, pauses and lowers, and can do nothing else.
#[test]
fn guardian_only_tightens() {
    let mut world = World::with_liquidity();
    let (guardian, mint) = (world.exchange.guardian.pubkey(), world.exchange.mint);
    world.exchange.chain.endow(&guardian).unwrap();
    for (plan, _) in plans(&world, guardian) {
        let queue = queue(&world, guardian, plan);
        assert_refused(&mut world, &queue, Error::NotAdmin);
    }
    let market = |guard| GuardMarket { authority: guardian, market: BTC, guard }.instruction();
    let bank = |guard| GuardBank { authority: guardian, mint, guard }.instruction();
    let cap = world.market(BTC).params.oi_cap_usd;
    for looser in [MarketGuard::OiCap(cap), MarketGuard::OiCap(cap + 1), MarketGuard::PositionCap(0)] {
        assert_refused(&mut world, &market(looser), Error::NotTighter);
    }
    for looser in [BankGuard::OutflowLimit(200_000), BankGuard::OutflowFloor(200_000), BankGuard::Cap(0)] {
        assert_refused(&mut world, &bank(looser), Error::NotTighter);
    }
    world.send(market(MarketGuard::OiCap(cap / 2)));
    world.send(market(MarketGuard::PositionCap(10_000)));
    world.send(market(MarketGuard::ReduceOnly));
    assert_refused(&mut world, &market(MarketGuard::ReduceOnly), Error::NotTighter);
    world.send(bank(BankGuard::OutflowLimit(50_000)));
    world.send(bank(BankGuard::Cap(1_000_000)));
    assert_refused(&mut world, &bank(BankGuard::Cap(1_000_001)), Error::NotTighter);

    let number = world.exchange.queue(Plan::Guardian(Pubkey::default())).unwrap();
    let payer = world.exchange.admin.pubkey();
    let lamports = |world: &World| world.exchange.chain.account(&payer).unwrap().lamports;
    let (before, stranger) = (lamports(&world), world.stranger("stranger"));
    let cancel = |authority| CancelChange { authority, number };
    let foreign = cancel(stranger).instruction(&world.exchange.chain).unwrap();
    assert_refused(&mut world, &foreign, Error::NotGuardian);
    let rent = world.exchange.chain.account(&address::change(number)).unwrap().lamports;
    let cancelled = cancel(guardian).instruction(&world.exchange.chain).unwrap();
    world.send(cancelled);
    assert_eq!(lamports(&world), before + rent, "the rent is the payer's again");
    assert_eq!(exchange(&world).guardian, guardian.to_bytes());
}

#[test]
fn pause_expires() {
    let mut world = World::with_liquidity();
    let trader = world.open("trader", dollars(10_000), false);
    let guardian = world.exchange.guardian.pubkey();
    let longest = exchange(&world).max_pause_secs;
    let guard = |secs| GuardBank { authority: guardian, mint: world.exchange.mint, guard: BankGuard::Pause(secs) };
    let (too_long, pause, again) = (guard(longest + 1), guard(longest), guard(1));
    assert_refused(&mut world, &too_long.instruction(), Error::PauseTooLong);
    world.send(pause.instruction());
    let out = withdraw(&world, &trader, dollars(1_000));
    for secs in [0, 3_600, i64::from(longest) - 3_601] {
        world.sleep(secs);
        assert_refused(&mut world, &out, Error::WithdrawalsPaused);
    }
    // It ends by itself, and there is as long a time in which everybody may leave.
    world.sleep(1);
    world.send(out);
    for secs in [0, i64::from(longest) - 1] {
        world.sleep(secs);
        assert_refused(&mut world, &again.instruction(), Error::PauseTooLong);
    }
    let out = withdraw(&world, &trader, dollars(1_000));
    world.send(out);
    world.sleep(1);
    world.send(again.instruction());
}

#[test]
fn two_step_authority() {
    let mut world = World::with_liquidity();
    let (old, typo) = (world.exchange.admin.pubkey(), Pubkey::new_from_array([9; 32]));
    let new = world.stranger("new admin");
    let accept = |admin| AcceptAdmin { admin }.instruction();
    assert_refused(&mut world, &accept(new), Error::NotAdmin);
    // A key that nobody has: the exchange stays with whom it was, and is offered to another.
    world.exchange.change(Plan::PendingAdmin(typo)).unwrap();
    assert_eq!(exchange(&world).admin, old.to_bytes());
    world.exchange.change(Plan::PendingAdmin(new)).unwrap();
    assert_refused(&mut world, &accept(old), Error::NotAdmin);
    world.send(accept(new));
    assert_eq!((exchange(&world).admin, exchange(&world).pending_admin), (new.to_bytes(), [0; 32]));
    let by_old = queue(&world, old, Plan::Treasury(old));
    assert_refused(&mut world, &by_old, Error::NotAdmin);
    let by_new = queue(&world, new, Plan::Treasury(new));
    world.send(by_new);
}

#[test]
fn after_the_launch_nothing_is_listed_directly() {
    let mut world = World::with_liquidity();
    let admin = world.exchange.admin.pubkey();
    let terms = Collateral::named("another", false).terms();
    token::create_mint(&mut world.exchange.chain, &Pubkey::from(terms.mint), &admin, 6).unwrap();
    assert_refused(&mut world, &AddBank { admin, terms }.instruction(), Error::AlreadyLaunched);
    world.publish();
    let listing = btc_listing();
    let create = CreateMarket {
        admin,
        number: SOL + 1,
        price: world.price_account(BTC),
        mode: listing.mode,
        price_owner: RECEIVER,
        feed_id: listing.feed_id,
        name: listing.name,
        launch_price: listing.launch_price,
        params: listing.params,
    };
    assert_refused(&mut world, &create.instruction(), Error::AlreadyLaunched);
}

#[test]
fn before_the_launch_nobody_can_deposit() {
    let mut world = World::new();
    let owner = world.stranger("early");
    let (account, tokens) = (OpenAccount { owner, sub_account: 0, isolated_market: 0 }, key("early tokens").pubkey());
    world.send(account.instruction());
    let mint = world.exchange.mint;
    token::create_account(&mut world.exchange.chain, &tokens, &mint, &owner, dollars(5)).unwrap();
    let deposit = Deposit { authority: owner, account: account.address(), mint, source: tokens, amount: dollars(5) };
    let deposit = deposit.instruction(&world.exchange.chain).unwrap();
    assert_refused(&mut world, &deposit, Error::NotLaunched);
    world.exchange.launch().unwrap();
    world.send(deposit);
}
