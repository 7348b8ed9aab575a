//! What an owner does with collateral of a second kind, within bounds and to targets, with liens and with whole accounts;
//! and the debtor whose collateral is bought.

use keel_embedded::chain::key;
use keel_embedded::exchange::Trader;
use keel_embedded::{Collateral, token};
use keel_engine::Side;
use keel_engine::lien::Terms;
use keel_engine::oracle::Sample;
use keel_engine::state::{SAMPLES, USDC};
use keel_sdk::instructions::{
    BeginLiquidation, BuyCollateral, CallLien, Deposit, DepositAndTrade, GiveAccount, PlaceLien, ReleaseLien,
    TradeExact, TradeTo, Withdraw,
};
use keel_sdk::path::Reach;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::Stage;
use crate::purse::sample;
use crate::world::{BTC, World, dollars};

/// A dollar, in hundred-millionths.
const PRICE: i64 = 100_000_000;
/// What is brought back of what was bought.
const BROUGHT: u64 = dollars(5);

/// Somebody long BTC ten times over, who has collateral of a kind beside USDC.
pub(super) fn debtor(world: &mut World, collateral: &Collateral) -> Trader {
    let debtor = world.open("debtor", dollars(10_000), false);
    world.trade(&debtor, BTC, Side::Buy, dollars(99_000));
    let (authority, source) = (debtor.key.pubkey(), key("the debtor's collateral").pubkey());
    let (mint, amount) = (collateral.mint, dollars(50));
    token::create_account(&mut world.exchange.chain, &source, &mint, &authority, amount).unwrap();
    let deposit = Deposit { authority, account: debtor.account, mint, source, amount };
    world.send_built(deposit.instruction(&world.exchange.chain));
    debtor
}

impl Stage {
    /// Publishes the collateral's price until the bank's is a median of its time.
    pub(super) fn price_collateral(&mut self) {
        for _ in 0..SAMPLES {
            self.world.tick();
            let update: Sample = sample(PRICE, self.world.unix());
            self.collateral.publish(&mut self.world.exchange.chain, &update, None).unwrap();
            self.world.send(self.collateral.refresh().instruction());
        }
    }

    pub(super) fn begin_liquidation(&self) -> Instruction {
        BeginLiquidation { account: self.debtor.account }.instruction(self.chain()).unwrap()
    }

    pub(super) fn buy_collateral(&self) -> Instruction {
        let buy = BuyCollateral {
            owner: self.owner,
            buyer: self.account,
            account: self.debtor.account,
            mint: self.collateral.mint,
            most: dollars(20),
            limit: None,
        };
        buy.instruction(self.chain()).unwrap()
    }

    /// All that the account has of it.
    pub(super) fn withdraw_collateral(&self) -> Instruction {
        let others = self.state().capital.into_iter().skip(USDC + 1);
        let withdraw = Withdraw {
            owner: self.owner,
            account: self.account,
            mint: self.collateral.mint,
            destination: self.bought,
            amount: others.sum(),
        };
        withdraw.instruction(self.chain()).unwrap()
    }

    pub(super) fn deposit_and_trade(&self) -> Instruction {
        let trade = self.order(BTC, Side::Buy, self.world.base_for(BTC, dollars(1_000)));
        let both = DepositAndTrade { trade, mint: self.collateral.mint, source: self.bought, deposit: BROUGHT };
        both.instruction(self.chain()).unwrap()
    }

    pub(super) fn trade_exact(&self) -> Instruction {
        let trade = self.order(BTC, Side::Buy, self.world.base_for(BTC, dollars(1_000)));
        TradeExact { trade, bound: 0 }.instruction(self.chain()).unwrap()
    }

    pub(super) fn trade_to(&self) -> Instruction {
        let held = self.state().position(BTC).unwrap().base;
        let to = TradeTo {
            authority: self.owner,
            account: self.account,
            market: BTC,
            price: self.world.price_account(BTC),
            target: held / 2,
            tolerance: 1_000,
            limit: None,
            reach: Reach::default(),
        };
        to.instruction(self.chain()).unwrap()
    }

    /// For the keeper, who lends upon it.
    pub(super) fn place_lien(&self) -> Instruction {
        let terms = Terms { holder: self.keeper.key.pubkey().to_bytes(), floor: dollars(10_000), notice_secs: 60 };
        PlaceLien { owner: self.owner, account: self.account, terms }.instruction()
    }

    pub(super) fn calling_lien(&self, notice: bool) -> Instruction {
        CallLien { holder: self.keeper.key.pubkey(), account: self.account, notice }.instruction()
    }

    pub(super) fn release_lien(&self) -> Instruction {
        ReleaseLien { holder: self.keeper.key.pubkey(), account: self.account }.instruction()
    }

    /// The second account, from one to the other.
    pub(super) fn giving(&self, owner: Pubkey, new_owner: Pubkey) -> Instruction {
        GiveAccount { owner, account: self.second, new_owner }.instruction()
    }
}
