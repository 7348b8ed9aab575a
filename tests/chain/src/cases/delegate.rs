//! What an owner allows others, and a trade that a builder brought.

use keel_embedded::exchange::Trader;
use keel_engine::Error::{AccountForeign, BuilderAccount, SelfLiquidation};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::delegate::{MAY_TRADE, Terms};
use keel_sdk::address;
use keel_sdk::instructions::{ApproveBuilder, RevokeBuilder, SetDelegate, TradeWithBuilder};
use solana_instruction::Instruction;
use solana_signer::Signer;

use super::Case;
use crate::cast::Cast;
use crate::lists::Reads;
use crate::world::{SOL, dollars};

/// Why another approval is refused.
const WHOSE: &str = "the approval says whose it is";
/// What the approvals allow.
const MAX_FEE_PPM: u32 = 1_000;

pub(super) fn set_delegate(cast: &mut Cast) -> Case {
    let terms = Terms {
        delegate: cast.stranger.to_bytes(),
        permissions: MAY_TRADE,
        expiry: i64::MAX,
        notional: dollars(10_000),
        markets: [SOL, 0, 0, 0],
    };
    let set = SetDelegate { owner: cast.busy.key.pubkey(), account: cast.busy.account, terms };
    Case::new("set_delegate", set.instruction())
}

/// An approval of the isolated trader as a builder.
fn approval(cast: &Cast, trader: &Trader) -> Instruction {
    let (owner, account, builder) = (trader.key.pubkey(), trader.account, cast.isolated.key.pubkey());
    ApproveBuilder { owner, account, builder, max_fee_ppm: MAX_FEE_PPM }.instruction()
}

/// Two traders allow the isolated one a fee, unless they do already.
fn two_allow(cast: &mut Cast) {
    for approval in [approval(cast, &cast.busy), approval(cast, &cast.other)] {
        let _is_there_already = cast.world.try_send(&[approval]);
    }
}

pub(super) fn approve_builder(cast: &mut Cast) -> Case {
    let payer = cast.world.stranger("payer");
    Case::new("approve_builder", approval(cast, &cast.busy)).paid("owner", payer)
}

pub(super) fn revoke_builder(cast: &mut Cast) -> Case {
    two_allow(cast);
    let builder = cast.isolated.key.pubkey();
    let revoke = RevokeBuilder { owner: cast.busy.key.pubkey(), account: cast.busy.account, builder };
    Case::new("revoke_builder", revoke.instruction()).rule("approval", |_, _| AccountForeign.into(), WHOSE)
}

pub(super) fn trade_with_builder(cast: &mut Cast) -> Case {
    two_allow(cast);
    let (builder, builder_account) = (cast.isolated.key.pubkey(), cast.isolated.account);
    let world = &mut cast.world;
    world.publish();
    let base = world.base_for(SOL, dollars(1_000));
    let trade = world.order(&cast.busy, SOL, Side::Buy, Exact::Base(base));
    let trade = TradeWithBuilder { trade, builder, builder_account, fee_ppm: MAX_FEE_PPM };
    Case::new("trade_with_builder", trade.instruction(&world.exchange.chain).unwrap())
        .reads(Reads::HealthAndArrays)
        .spare([address::tick_array(SOL, 1)])
        .twice("account", "builder_account", Some(SelfLiquidation))
        .rule("approval", |_, _| AccountForeign.into(), WHOSE)
        .rule("market", |_, _| BuilderAccount.into(), "the builder's account is isolated to the market")
        .rule("builder_account", |_, _| BuilderAccount.into(), "the builder is paid into an account of its own")
}
