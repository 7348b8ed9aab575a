//! The whole life of an owner, from the first account to the last: a wallet that signs its transactions, or an address of
//! a program that signs from inside.

mod composing;

use keel_embedded::chain::key;
use keel_embedded::exchange::Trader;
use keel_embedded::{Chain, Collateral, token};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::delegate::{MAY_TRADE, Terms};
use keel_engine::pool::deposits::CANCELLABLE_AFTER_SECS;
use keel_engine::pool::redemptions::MIN_TIP;
use keel_engine::state::{Bank, MarginAccount, Pool};
use keel_engine::trade::Order;
use keel_engine::units::{Price, SqrtPrice};
use keel_sdk::address;
use keel_sdk::instructions::{
    AddRange, ApproveBuilder, CancelDeposit, CancelOrder, CancelRedeem, CancelWithdrawal, CloseAccount, CloseRanges,
    Deposit, ExecuteDeposit, ExecuteOrder, ExecuteRedeem, Leg, OpenAccount, OpenRanges, PayWithdrawal, PlaceOrder,
    QueueWithdrawal, Release, RemoveRange, RequestDeposit, RequestRedeem, RevokeBuilder, SetDelegate, Settle,
    SettleRange, Trade, TradeLegs, TradeWithBuilder, Transfer, Withdraw,
};
use keel_sdk::path::Reach;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::cases::order::{limit, two_slices};
use crate::cases::pool::{COOLDOWN_SECS, open_pool};
use crate::hostile::{self, Own, relayed};
use crate::readdress::{Accounts, accounts};
use crate::world::{BTC, BTC_PRICE, SOL, World, dollars};

/// Half-life of profit: what is earned is paid to the last atom soon.
const HALF_LIFE_SECS: u32 = 30;

/// An exchange with one owner to be watched.
pub struct Stage {
    /// The exchange.
    pub world: World,
    /// What signs for the owner, if it is no wallet.
    own: Vec<Own>,
    owner: Pubkey,
    account: Pubkey,
    second: Pubkey,
    tokens: Pubkey,
    shares: Pubkey,
    /// Tokens of the collateral that it buys.
    bought: Pubkey,
    collateral: Collateral,
    debtor: Trader,
    keeper: Trader,
    builder: Trader,
}

/// What happens next.
pub enum Act {
    /// The owner signs something.
    Does(fn(&Stage) -> Instruction),
    /// Somebody else does something for the owner.
    IsServed(fn(&Stage) -> Instruction),
    /// Time passes, prices are published.
    Waits(i64),
    /// A market's price becomes another.
    Sees(u16, f64),
    /// The price of the collateral is published, and becomes one that it is sold at.
    Prices,
}

use Act::{Does, IsServed, Prices, Sees, Waits};

/// From the first account to the last.
pub const LIFE: &[Act] = &[
    Does(|stage| stage.opening(0)),
    Does(|stage| OpenRanges { owner: stage.owner, account: stage.account }.instruction()),
    Does(Stage::deposit),
    Sees(BTC, BTC_PRICE * 0.915),
    IsServed(Stage::begin_liquidation),
    Prices,
    Does(Stage::buy_collateral),
    Does(Stage::withdraw_collateral),
    Sees(BTC, BTC_PRICE),
    Does(Stage::add_range),
    Does(|stage| stage.trading(BTC, Side::Buy, stage.world.base_for(BTC, dollars(40_000)))),
    Does(Stage::trade_legs),
    Does(Stage::deposit_and_trade),
    Does(Stage::trade_exact),
    Does(Stage::trade_to),
    Does(Stage::place_lien),
    IsServed(|stage| stage.calling_lien(true)),
    IsServed(|stage| stage.calling_lien(false)),
    IsServed(Stage::release_lien),
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
    Does(|stage| stage.giving(stage.owner, stage.keeper.key.pubkey())),
    IsServed(|stage| stage.giving(stage.keeper.key.pubkey(), stage.owner)),
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
    Does(Stage::withdraw_collateral),
    Does(|stage| CloseRanges { owner: stage.owner, account: stage.account }.instruction()),
    Does(|stage| stage.closing(stage.account)),
];

/// What an act leaves behind.
pub struct Done {
    /// The act's number.
    pub number: usize,
    /// Discriminator of the instruction.
    pub discriminator: u8,
    /// Whether the owner signed it.
    pub owner_acts: bool,
    /// What the exchange said.
    pub events: Vec<Vec<u8>>,
    /// The accounts of the exchange, all tokens, and the owner's own account.
    pub accounts: Accounts,
}

impl Stage {
    /// An exchange with liquidity, a pool, a keeper, a builder and a debtor, and an owner with lamports and tokens, who is a wallet
    /// unless there is `own` to sign for it.
    pub fn new(owner: Pubkey, own: Vec<Own>) -> Self {
        let mut world = World::of(|params| params.profit_half_life_secs = HALF_LIFE_SECS);
        hostile::deploy(&mut world);
        let collateral = Collateral::named("second", false);
        collateral.list(&mut world.exchange, 6).unwrap();
        world.lift_outflow_limit();
        world.add_liquidity();
        let keeper = world.open("keeper", dollars(100), false);
        let mut builder = world.open("builder", 0, false);
        let open = OpenAccount { owner: builder.key.pubkey(), sub_account: 1, isolated_market: BTC };
        world.send(open.instruction());
        builder.account = open.address();
        open_pool(&mut world, &[]);
        let debtor = composing::debtor(&mut world, &collateral);
        let [tokens, shares, bought] =
            ["tokens", "shares", "collateral"].map(|name| key(&format!("the owner's {name}")).pubkey());
        let chain = &mut world.exchange.chain;
        chain.endow(&owner).unwrap();
        token::create_account(chain, &tokens, &world.exchange.mint, &owner, dollars(100_000)).unwrap();
        token::create_account(chain, &shares, &address::share_mint(), &owner, 0).unwrap();
        token::create_account(chain, &bought, &collateral.mint, &owner, 0).unwrap();
        world.wait(60);
        let [account, second] = [0, 1].map(|sub| address::margin_account(&owner, sub));
        Self { world, own, owner, account, second, tokens, shares, bought, collateral, debtor, keeper, builder }
    }

    /// Lives the life. Panics where an act is refused.
    pub fn live(&mut self, mut see: impl FnMut(Done)) {
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
                Prices => {
                    self.price_collateral();
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
