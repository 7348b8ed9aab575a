//! A crash in progress: somebody stands ready for every instruction that the program has, all at one moment.
//!
//! BTC fell by 8.5%. One long account is unhealthy and not flagged, one is flagged with a range, one is flagged without,
//! one has been closed by keepers and still owes, a short seller has a claim that partly matured. Beside them stand a
//! trader with ranges and positions in both markets, and accounts that are empty.

use keel_embedded::chain::key;
use keel_embedded::exchange::Trader;
use keel_embedded::{Collateral, token};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::state::Ranges;
use keel_sdk::address;
use keel_sdk::instructions::{FundMarketInsurance, OpenAccount, Resolve, SettleRange};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::{BTC, SOL, SOL_PRICE, World, dollars};

/// The fall.
const CRASHED: f64 = 20_000.0 * 0.915;

/// Everybody, and the world that they are in.
pub struct Cast {
    /// The world.
    pub world: World,
    /// Healthy, with positions and ranges in both markets.
    pub busy: Trader,
    /// The same, somebody else: whose accounts are put where they do not belong.
    pub other: Trader,
    /// Healthy, an unsettled loss.
    pub loser: Trader,
    /// A claim that partly matured.
    pub winner: Trader,
    /// Unhealthy, not flagged, with a range.
    pub unhealthy: Trader,
    /// Flagged, with a range.
    pub flagged: Trader,
    /// Flagged, without ranges.
    pub auctioned: Trader,
    /// Flagged, closed, owing.
    pub bankrupt: Trader,
    /// The same, with a profit in the SOL market that has been closed and not been settled.
    pub claimant: Trader,
    /// Resolved, with such a profit pledged for what it owed.
    pub pledger: Trader,
    /// Nothing but an account and its companion.
    pub empty: Trader,
    /// Nothing but an account.
    pub bare: Trader,
    /// Nothing but a deposit; keepers are paid here.
    pub keeper: Trader,
    /// Lamports and no account.
    pub stranger: Pubkey,
    /// An account isolated to the SOL market, with a deposit.
    pub isolated: Trader,
    /// Collateral of a second bank.
    pub second: Collateral,
    /// Collateral of a third one, with an exchange rate.
    pub rated: Collateral,
    /// The busy trader's token account of the second.
    pub second_tokens: Pubkey,
}

impl Default for Cast {
    fn default() -> Self {
        Self::new()
    }
}

impl Cast {
    /// Plays the story.
    pub fn new() -> Self {
        let mut world = World::new();
        let (second, rated) = (Collateral::named("second", false), Collateral::named("rated", true));
        for collateral in [&second, &rated] {
            collateral.list(&mut world.exchange, 6).unwrap();
        }
        world.add_liquidity();
        let busy = invest(&mut world, "busy");
        let other = invest(&mut world, "other");
        let loser = long(&mut world, "loser", 50_000, 50_000, false);
        let winner = world.open("winner", dollars(50_000), false);
        world.trade(&winner, BTC, Side::Sell, dollars(100_000));
        let unhealthy = long(&mut world, "unhealthy", 10_000, 95_000, true);
        let flagged = long(&mut world, "flagged", 10_000, 95_000, true);
        let auctioned = long(&mut world, "auctioned", 10_000, 99_000, false);
        let bankrupt = long(&mut world, "bankrupt", 6_000, 99_000, false);
        let claimant = profit(&mut world, "claimant");
        let pledger = profit(&mut world, "pledger");
        let empty = world.open("empty", 0, true);
        let bare = world.open("bare", 0, false);
        let keeper = world.open("keeper", dollars(100), false);
        let isolated = isolated(&mut world);
        let stranger = world.stranger("stranger");
        let second_tokens = second_wallet(&mut world, &busy, &second.mint);
        world.wait(60);

        world.move_price(BTC, CRASHED);
        for account in [flagged.account, auctioned.account, bankrupt.account, claimant.account, pledger.account] {
            let begin = world.begin_liquidation(&account);
            world.send(begin);
        }
        for closed in [&bankrupt, &claimant, &pledger] {
            while world.base(closed, BTC) != 0 {
                let step = world.liquidate(&keeper, &closed.account, BTC);
                world.send(step);
            }
        }
        let settle = world.settle(&winner, BTC);
        world.send(settle);
        pledge(&mut world, &pledger);
        world.wait(20);
        Self {
            world,
            busy,
            other,
            loser,
            winner,
            unhealthy,
            flagged,
            auctioned,
            bankrupt,
            claimant,
            pledger,
            empty,
            bare,
            keeper,
            stranger,
            isolated,
            second,
            rated,
            second_tokens,
        }
    }

    /// A copy that goes its own way from here.
    pub fn fork(&self) -> Self {
        let same = |trader: &Trader| Trader { key: trader.key.insecure_clone(), ..*trader };
        Self {
            world: self.world.fork(),
            busy: same(&self.busy),
            other: same(&self.other),
            loser: same(&self.loser),
            winner: same(&self.winner),
            unhealthy: same(&self.unhealthy),
            flagged: same(&self.flagged),
            auctioned: same(&self.auctioned),
            bankrupt: same(&self.bankrupt),
            claimant: same(&self.claimant),
            pledger: same(&self.pledger),
            empty: same(&self.empty),
            bare: same(&self.bare),
            keeper: same(&self.keeper),
            isolated: same(&self.isolated),
            ..*self
        }
    }

    /// The first slot in which an account has a range of a market.
    pub fn filled_slot(&self, trader: &Trader, market: u16) -> u8 {
        let ranges: Ranges = self.world.exchange.state(&address::ranges(&trader.account)).unwrap();
        u8::try_from(ranges.ranges.iter().position(|range| range.market == market).unwrap()).unwrap()
    }
}

/// Somebody's token account of a mint.
fn second_wallet(world: &mut World, trader: &Trader, mint: &Pubkey) -> Pubkey {
    let tokens = key("second tokens").pubkey();
    token::create_account(&mut world.exchange.chain, &tokens, mint, &trader.key.pubkey(), dollars(5_000)).unwrap();
    tokens
}

/// Somebody long BTC with that many dollars behind it, and a small range if asked for.
fn long(world: &mut World, name: &str, deposit: u64, notional: u64, with_range: bool) -> Trader {
    let trader = world.open(name, dollars(deposit), with_range);
    if with_range {
        world.provide(&trader, BTC, -20, 20, dollars(10_000));
    }
    world.trade(&trader, BTC, Side::Buy, dollars(notional));
    trader
}

/// Resolves a debt in BTC that a claim in SOL is pledged for, which everybody else there has settled.
fn pledge(world: &mut World, debtor: &Trader) {
    for name in ["inner provider", "outer provider", "busy", "other"] {
        let holder = Trader::named(name);
        let ranges: Ranges = world.exchange.state(&address::ranges(&holder.account)).unwrap();
        for (slot, _) in (0..).zip(&ranges.ranges).filter(|(_, range)| range.market == SOL) {
            let settle = SettleRange { authority: holder.key.pubkey(), account: holder.account, slot };
            world.send_built(settle.instruction(&world.exchange.chain));
        }
        let settle = world.settle(&holder, SOL);
        world.send(settle);
    }
    // Somebody pays for the rest, so that the market takes new risk.
    let (amount, mint) = (dollars(5_000), world.exchange.mint);
    token::credit(&mut world.exchange.chain, &debtor.tokens, amount).unwrap();
    let (authority, source) = (debtor.key.pubkey(), debtor.tokens);
    world.send(FundMarketInsurance { authority, market: BTC, mint, source, amount }.instruction());
    let resolve = Resolve { account: debtor.account, market: BTC };
    world.send_built(resolve.instruction(&world.exchange.chain));
}

/// Somebody who has earned a little in SOL, and is long BTC now.
fn profit(world: &mut World, name: &str) -> Trader {
    let trader = world.open(name, dollars(6_000), false);
    world.trade(&trader, SOL, Side::Sell, dollars(1_000));
    world.move_price(SOL, SOL_PRICE * 0.97);
    let base = world.base(&trader, SOL).unsigned_abs();
    let close = world.built(&world.order(&trader, SOL, Side::Buy, Exact::Base(base)));
    world.send(close);
    world.move_price(SOL, SOL_PRICE);
    world.trade(&trader, BTC, Side::Buy, dollars(99_000));
    trader
}

fn invest(world: &mut World, name: &str) -> Trader {
    let trader = world.open(name, dollars(500_000), true);
    for market in [BTC, SOL] {
        world.provide(&trader, market, -60, 60, dollars(50_000));
        world.trade(&trader, market, Side::Buy, dollars(20_000));
    }
    trader
}

fn isolated(world: &mut World) -> Trader {
    let mut trader = world.open("isolated", 0, false);
    let owner = trader.key.pubkey();
    let open = OpenAccount { owner, sub_account: 1, isolated_market: SOL };
    world.send(open.instruction());
    trader.account = open.address();
    world.exchange.fund(&trader, dollars(1_000)).unwrap().unwrap();
    trader
}
