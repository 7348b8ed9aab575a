//! The whole life of an owner, from the first account to the last, lived twice: by a wallet that signs its transactions,
//! and by an address of a program that signs from inside. After every act the two exchanges are the same to the byte, but
//! for the owner's addresses.

use std::collections::BTreeSet;

use keel_chain_tests::cases::order::{limit, two_slices};
use keel_chain_tests::cases::pool::{COOLDOWN_SECS, open_pool};
use keel_chain_tests::hostile::{self, Own, relayed};
use keel_chain_tests::idl::Idl;
use keel_chain_tests::readdress::{Accounts, Readdress, accounts};
use keel_chain_tests::{BTC, SOL, World, dollars};
use keel_embedded::Chain;
use keel_embedded::chain::key;
use keel_embedded::exchange::Trader;
use keel_embedded::token;
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::delegate::{MAY_TRADE, Terms};
use keel_engine::pool::deposits::CANCELLABLE_AFTER_SECS;
use keel_engine::pool::redemptions::MIN_TIP;
use keel_engine::state::{Bank, MarginAccount, Pool};
use keel_engine::trade::Order;
use keel_engine::units::{Price, SqrtPrice};
use keel_sdk::address;
use keel_sdk::instructions::*;
use keel_sdk::path::Reach;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// Half-life of profit: what is earned is paid to the last atom soon.
const HALF_LIFE_SECS: u32 = 30;

/// An exchange with one owner to be watched.
struct Stage {
    world: World,
    /// What signs for the owner, if it is no wallet.
    own: Vec<Own>,
    owner: Pubkey,
    account: Pubkey,
    second: Pubkey,
    tokens: Pubkey,
    shares: Pubkey,
    keeper: Trader,
    builder: Trader,
}

/// What happens next.
enum Act {
    /// The owner signs something.
    Does(fn(&Stage) -> Instruction),
    /// Somebody else does something for the owner.
    IsServed(fn(&Stage) -> Instruction),
    /// Time passes, prices are published.
    Waits(i64),
    /// A market's price becomes another.
    Sees(u16, f64),
}

use Act::{Does, IsServed, Sees, Waits};

const LIFE: &[Act] = &[
    Does(|stage| stage.opening(0)),
    Does(|stage| OpenRanges { owner: stage.owner, account: stage.account }.instruction()),
    Does(Stage::deposit),
    Does(Stage::add_range),
    Does(|stage| stage.trading(BTC, Side::Buy, stage.world.base_for(BTC, dollars(40_000)))),
    Does(Stage::trade_legs),
    Does(Stage::set_delegate),
    Does(Stage::approve_builder),
    Does(Stage::trade_with_builder),
    Does(Stage::revoke_builder),
    Does(|stage| stage.placing(0, limit(Price::MIN))),
    Does(Stage::cancel_order),
    Does(|stage| stage.placing(1, two_slices())),
    IsServed(Stage::execute_order),
    Waits(3_600),
    IsServed(Stage::execute_order),
    Does(Stage::settle_range),
    Does(Stage::remove_range),
    Does(|stage| stage.opening(1)),
    Does(|stage| stage.transferring(stage.account, stage.second)),
    Does(|stage| stage.transferring(stage.second, stage.account)),
    Does(|stage| stage.closing(stage.second)),
    Does(Stage::request_deposit),
    Waits(CANCELLABLE_AFTER_SECS),
    Does(Stage::cancel_deposit),
    Does(Stage::request_deposit),
    Waits(10),
    IsServed(Stage::execute_deposit),
    Does(Stage::request_redeem),
    Does(Stage::cancel_redeem),
    Does(Stage::request_redeem),
    Waits(COOLDOWN_SECS as i64),
    IsServed(Stage::execute_redeem),
    Sees(BTC, 20_400.0),
    Sees(SOL, 147.0),
    Does(|stage| stage.flattening(BTC)),
    Does(|stage| stage.flattening(SOL)),
    Does(|stage| stage.settling(BTC)),
    Does(|stage| stage.settling(SOL)),
    Waits(HALF_LIFE_SECS as i64 * 65),
    Does(|stage| stage.releasing(BTC)),
    Does(|stage| stage.releasing(SOL)),
    Does(Stage::queue_withdrawal),
    Does(Stage::cancel_withdrawal),
    Does(Stage::queue_withdrawal),
    IsServed(Stage::pay_withdrawal),
    Does(Stage::withdraw),
    Does(|stage| CloseRanges { owner: stage.owner, account: stage.account }.instruction()),
    Does(|stage| stage.closing(stage.account)),
];

/// What the owner of a margin account signs, and what does not happen in a life: governance, gifts, and taking over from
/// others.
const NOT_IN_A_LIFE: [&str; 7] = [
    "cancel_change",
    "guard_market",
    "guard_bank",
    "guard_pool",
    "fund_insurance",
    "fund_market_insurance",
    "liquidate",
];

/// What an act leaves behind.
struct Done {
    number: usize,
    discriminator: u8,
    owner_acts: bool,
    events: Vec<Vec<u8>>,
    accounts: Accounts,
}

impl Stage {
    fn new(owner: Pubkey, own: Vec<Own>) -> Self {
        let mut world = World::of(|params| params.profit_half_life_secs = HALF_LIFE_SECS);
        hostile::deploy(&mut world);
        world.lift_outflow_limit();
        world.add_liquidity();
        let keeper = world.open("keeper", dollars(100), false);
        let mut builder = world.open("builder", 0, false);
        let open = OpenAccount { owner: builder.key.pubkey(), sub_account: 1, isolated_market: BTC };
        world.send(open.instruction());
        builder.account = open.address();
        open_pool(&mut world, &[]);
        let [tokens, shares] = ["tokens", "shares"].map(|name| key(&format!("the owner's {name}")).pubkey());
        let chain = &mut world.exchange.chain;
        chain.endow(&owner).unwrap();
        token::create_account(chain, &tokens, &world.exchange.mint, &owner, dollars(100_000)).unwrap();
        token::create_account(chain, &shares, &address::share_mint(), &owner, 0).unwrap();
        world.wait(60);
        let [account, second] = [0, 1].map(|sub| address::margin_account(&owner, sub));
        Self { world, own, owner, account, second, tokens, shares, keeper, builder }
    }

    /// Lives the life.
    fn live(&mut self, mut see: impl FnMut(Done)) {
        for (number, act) in LIFE.iter().enumerate() {
            let (instruction, owner_acts) = match act {
                Does(act) => (act(self), true),
                IsServed(act) => (act(self), false),
                Waits(secs) => {
                    self.world.wait(*secs);
                    continue;
                }
                Sees(market, usd) => {
                    self.world.move_price(*market, *usd);
                    continue;
                }
            };
            let discriminator = instruction.data[0];
            let inside = owner_acts && !self.own.is_empty();
            let sent = if inside { relayed(&instruction, 1, &self.own) } else { instruction };
            let outcome = self.world.try_send(&[sent]);
            let executed = outcome.unwrap_or_else(|refused| panic!("act {number}: {refused}"));
            let chain = &self.world.exchange.chain;
            let mut all = accounts(chain);
            all.extend(chain.account(&self.owner).map(|account| (self.owner, account)));
            see(Done { number, discriminator, owner_acts, events: executed.events, accounts: all });
        }
    }

    fn chain(&self) -> &Chain {
        &self.world.exchange.chain
    }

    fn bank(&self) -> Bank {
        self.world.exchange.state(&address::bank(&self.world.exchange.mint)).unwrap()
    }

    fn pool(&self) -> Pool {
        self.world.exchange.state(&address::pool()).unwrap()
    }

    fn state(&self) -> MarginAccount {
        self.world.exchange.state(&self.account).unwrap()
    }

    fn opening(&self, sub_account: u16) -> Instruction {
        OpenAccount { owner: self.owner, sub_account, isolated_market: 0 }.instruction()
    }

    fn deposit(&self) -> Instruction {
        let (mint, amount) = (self.world.exchange.mint, dollars(50_000));
        let deposit = Deposit { authority: self.owner, account: self.account, mint, source: self.tokens, amount };
        deposit.instruction(self.chain()).unwrap()
    }

    fn add_range(&self) -> Instruction {
        let add = AddRange {
            owner: self.owner,
            account: self.account,
            market: BTC,
            price: self.world.price_account(BTC),
            lower: -60,
            upper: 60,
            liquidity: self.world.liquidity(BTC, -60, 60, dollars(50_000)),
            min_sqrt_price: SqrtPrice::from_bits(0),
            max_sqrt_price: SqrtPrice::from_bits(u128::MAX),
        };
        add.instruction(self.chain()).unwrap()
    }

    fn order(&self, market: u16, side: Side, base: u64) -> Trade {
        Trade {
            authority: self.owner,
            account: self.account,
            market,
            price: self.world.price_account(market),
            side,
            exact: Exact::Base(base),
            limit: None,
            reduce_only: false,
            all_or_nothing: false,
            reach: Reach::default(),
        }
    }

    fn trading(&self, market: u16, side: Side, base: u64) -> Instruction {
        self.order(market, side, base).instruction(self.chain()).unwrap()
    }

    fn trade_legs(&self) -> Instruction {
        let leg = |market, side| Leg {
            market,
            price: self.world.price_account(market),
            order: Order {
                side,
                exact: Exact::Base(self.world.base_for(market, dollars(10_000))),
                limit: None,
                reduce_only: false,
                all_or_nothing: false,
            },
            reach: Reach::default(),
        };
        let legs = vec![leg(BTC, Side::Buy), leg(SOL, Side::Sell)];
        TradeLegs { authority: self.owner, account: self.account, legs }.instruction(self.chain()).unwrap()
    }

    fn set_delegate(&self) -> Instruction {
        let delegate = self.keeper.key.pubkey().to_bytes();
        let (permissions, expiry, notional, markets) = (MAY_TRADE, i64::MAX, dollars(10_000), [SOL, 0, 0, 0]);
        let terms = Terms { delegate, permissions, expiry, notional, markets };
        SetDelegate { owner: self.owner, account: self.account, terms }.instruction()
    }

    fn approve_builder(&self) -> Instruction {
        let builder = self.builder.key.pubkey();
        ApproveBuilder { owner: self.owner, account: self.account, builder, max_fee_ppm: 1_000 }.instruction()
    }

    fn revoke_builder(&self) -> Instruction {
        let builder = self.builder.key.pubkey();
        RevokeBuilder { owner: self.owner, account: self.account, builder }.instruction()
    }

    fn trade_with_builder(&self) -> Instruction {
        let trade = self.order(BTC, Side::Sell, self.world.base_for(BTC, dollars(5_000)));
        let (builder, builder_account) = (self.builder.key.pubkey(), self.builder.account);
        TradeWithBuilder { trade, builder, builder_account, fee_ppm: 1_000 }.instruction(self.chain()).unwrap()
    }

    fn placing(&self, number: u64, terms: keel_engine::orders::Terms) -> Instruction {
        PlaceOrder { authority: self.owner, account: self.account, market: BTC, number, terms }.instruction()
    }

    fn cancel_order(&self) -> Instruction {
        CancelOrder { authority: self.owner, account: self.account, number: 0 }.instruction(self.chain()).unwrap()
    }

    fn execute_order(&self) -> Instruction {
        let (keeper, price) = (self.keeper.key.pubkey(), self.world.price_account(BTC));
        let execute = ExecuteOrder { keeper, account: self.account, number: 1, price, reach: Reach::default() };
        execute.instruction(self.chain()).unwrap()
    }

    fn settle_range(&self) -> Instruction {
        SettleRange { authority: self.owner, account: self.account, slot: 0 }.instruction(self.chain()).unwrap()
    }

    fn remove_range(&self) -> Instruction {
        RemoveRange { owner: self.owner, account: self.account, slot: 0 }.instruction(self.chain()).unwrap()
    }

    fn transferring(&self, account: Pubkey, receiver: Pubkey) -> Instruction {
        let (owner, mint, amount) = (self.owner, self.world.exchange.mint, dollars(1_000));
        Transfer { owner, account, receiver, mint, amount }.instruction(self.chain()).unwrap()
    }

    fn closing(&self, account: Pubkey) -> Instruction {
        CloseAccount { owner: self.owner, account }.instruction()
    }

    fn request_deposit(&self) -> Instruction {
        let request = RequestDeposit {
            owner: self.owner,
            account: self.account,
            shares_account: self.shares,
            amount: dollars(2_000),
            min_shares: 0,
            tip: MIN_TIP,
        };
        request.instruction(self.chain()).unwrap()
    }

    fn cancel_deposit(&self) -> Instruction {
        let number = self.pool().deposits - 1;
        CancelDeposit { authority: self.owner, number }.instruction(self.chain()).unwrap()
    }

    fn execute_deposit(&self) -> Instruction {
        let (keeper, number) = (self.keeper.key.pubkey(), self.pool().deposits - 1);
        ExecuteDeposit { keeper, number }.instruction(self.chain()).unwrap()
    }

    fn request_redeem(&self) -> Instruction {
        let request = RequestRedeem {
            owner: self.owner,
            account: self.account,
            shares_account: self.shares,
            amount: token::balance(self.chain(), &self.shares).unwrap(),
            tip: MIN_TIP,
        };
        request.instruction(self.chain()).unwrap()
    }

    fn cancel_redeem(&self) -> Instruction {
        let (owner, shares_account, number) = (self.owner, self.shares, self.pool().redeem_tail - 1);
        CancelRedeem { owner, shares_account, number }.instruction(self.chain()).unwrap()
    }

    /// Whoever is in front.
    fn execute_redeem(&self) -> Instruction {
        let (keeper, number) = (self.keeper.key.pubkey(), self.pool().redeem_head);
        ExecuteRedeem { keeper, number }.instruction(self.chain()).unwrap()
    }

    fn flattening(&self, market: u16) -> Instruction {
        let base = self.state().position(market).unwrap().base;
        let side = if base > 0 { Side::Sell } else { Side::Buy };
        self.trading(market, side, base.unsigned_abs())
    }

    fn settling(&self, market: u16) -> Instruction {
        Settle { authority: self.owner, account: self.account, market }.instruction()
    }

    fn releasing(&self, market: u16) -> Instruction {
        Release { owner: self.owner, account: self.account, market, min_ratio_ppm: 0 }.instruction()
    }

    fn queue_withdrawal(&self) -> Instruction {
        let (owner, account, mint) = (self.owner, self.account, self.world.exchange.mint);
        let queue = QueueWithdrawal { owner, account, mint, destination: self.tokens, amount: dollars(1_000) };
        queue.instruction(self.chain()).unwrap()
    }

    fn cancel_withdrawal(&self) -> Instruction {
        let (authority, mint, number) = (self.owner, self.world.exchange.mint, self.bank().queue_tail - 1);
        CancelWithdrawal { authority, mint, number }.instruction(self.chain()).unwrap()
    }

    /// Whoever is in front.
    fn pay_withdrawal(&self) -> Instruction {
        let (mint, number) = (self.world.exchange.mint, self.bank().queue_head);
        PayWithdrawal { mint, number }.instruction(self.chain()).unwrap()
    }

    fn withdraw(&self) -> Instruction {
        let (owner, account, mint, destination) = (self.owner, self.account, self.world.exchange.mint, self.tokens);
        let amount = self.state().usdc();
        Withdraw { owner, account, mint, destination, amount }.instruction(self.chain()).unwrap()
    }
}

#[test]
fn a_program_lives_as_a_wallet_does() {
    let wallet = key("the owner");
    let mut stage = Stage::new(wallet.pubkey(), Vec::new());
    stage.world.know(&wallet);
    let (mut lived, mut seen) = (Vec::new(), Accounts::new());
    stage.live(|done| {
        seen.extend(done.accounts.clone());
        lived.push(done);
    });
    let (readdress, own) = Readdress::find(&[wallet.pubkey()], &seen);
    let (mut again, mut signed) = (lived.into_iter(), BTreeSet::new());
    let (mut acts, mut told) = (0, 0);
    Stage::new(own[0].address, own).live(|done| {
        let expected = again.next().unwrap();
        assert_eq!((done.number, done.discriminator), (expected.number, expected.discriminator));
        let events: Vec<Vec<u8>> = expected.events.iter().map(|event| readdress.bytes(event)).collect();
        assert_eq!(done.events, events, "act {}", done.number);
        assert!(done.accounts == readdress.accounts(&expected.accounts), "act {}", done.number);
        signed.extend(done.owner_acts.then_some(done.discriminator));
        (acts, told) = (acts + 1, told + done.events.len());
    });
    println!("{acts} acts, {told} events, {} addresses of the owner", readdress.len());
    assert!(again.next().is_none() && told > acts && readdress.len() == 7, "{acts} {told} {}", readdress.len());

    // Whatever the program has for an owner to sign happens in that life.
    let idl = Idl::read();
    let wanted = idl.instructions.iter().filter(|instruction| {
        let signs = instruction.accounts.iter().any(|a| a.signer && ["owner", "authority"].contains(&a.name.as_str()));
        signs && !NOT_IN_A_LIFE.contains(&instruction.name.as_str())
    });
    let missing: Vec<_> = wanted.filter(|wanted| !signed.contains(&wanted.discriminator[0])).map(|i| &i.name).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
