//! Insurance: pledged claims, money from outside, gifts.

use keel_embedded::token;
use keel_engine::Error::{NothingPledged, PositionNotFound};
use keel_engine::state::MarginAccount;
use keel_sdk::address;
use keel_sdk::instructions::{CollectPledged, FundInsurance, FundMarketInsurance, SweepUnbooked};
use solana_signer::Signer;

use super::Case;
use super::owner::fill_wallets;
use crate::cast::Cast;
use crate::trial::Expected;
use crate::world::{BTC, SOL, dollars};

pub(super) fn collect_pledged(cast: &mut Cast) -> Case {
    let collect = CollectPledged { account: cast.pledger.account, market: SOL, creditor: BTC };
    Case::new("collect_pledged", collect.instruction())
        .rule(
            "account",
            |world, other| {
                let account: MarginAccount = world.exchange.state(other).unwrap();
                if account.position(SOL).is_ok() { NothingPledged.into() } else { PositionNotFound.into() }
            },
            "nobody else has pledged anything there",
        )
        .rule("market", |_, _| PositionNotFound.into(), "the account has a claim in one market only")
        .rule("creditor", |_, _| NothingPledged.into(), "the claim is pledged to one market's insurance")
}

pub(super) fn fund_market_insurance(cast: &mut Cast) -> Case {
    fill_wallets(cast);
    let (authority, source, mint) = (cast.busy.key.pubkey(), cast.busy.tokens, cast.world.exchange.mint);
    let fund = FundMarketInsurance { authority, market: BTC, mint, source, amount: dollars(1_000) };
    Case::new("fund_market_insurance", fund.instruction()).paid_in().rule(
        "market",
        |_, _| Expected::Served,
        "anybody may pay into any market's insurance",
    )
}

pub(super) fn fund_insurance(cast: &mut Cast) -> Case {
    fill_wallets(cast);
    let (authority, source, mint) = (cast.busy.key.pubkey(), cast.busy.tokens, cast.world.exchange.mint);
    Case::new("fund_insurance", FundInsurance { authority, mint, source, amount: dollars(1_000) }.instruction())
        .paid_in()
}

pub(super) fn sweep_unbooked(cast: &mut Cast) -> Case {
    let mint = cast.world.exchange.mint;
    token::credit(&mut cast.world.exchange.chain, &address::vault(&mint), 777).unwrap();
    Case::new("sweep_unbooked", SweepUnbooked { mint }.instruction())
}
