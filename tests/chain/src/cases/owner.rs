//! Opening, funding, emptying and closing margin accounts.

use keel_embedded::token;
use keel_engine::Error::{AccountForeign, Unauthorized, WrongBank, WrongTokenAccount};
use keel_engine::state::{Bank, MarginAccount, Ranges};
use keel_sdk::address;
use keel_sdk::instructions::{CloseAccount, CloseRanges, Deposit, OpenAccount, OpenRanges, Withdraw};
use solana_signer::Signer;

use super::{Case, Slot};
use crate::cast::Cast;
use crate::refusal::{NO_ESCALATION, NOT_TOKEN_OWNER, Refusal, WRONG_SEEDS};
use crate::world::dollars;

const UNAUTHORIZED: Refusal = Refusal::Keel(Unauthorized);

pub(super) fn open_account(cast: &mut Cast) -> Case {
    let open = OpenAccount { owner: cast.bare.key.pubkey(), sub_account: 9, isolated_market: 0 };
    let slots = vec![Slot::Signer(Some(WRONG_SEEDS)), Slot::Created(NO_ESCALATION), Slot::Program];
    Case::new("open_account", open.instruction(), slots)
}

pub(super) fn open_ranges(cast: &mut Cast) -> Case {
    let open = OpenRanges { owner: cast.keeper.key.pubkey(), account: cast.keeper.account };
    let account = Slot::state::<MarginAccount>(Some((cast.other.account, WRONG_SEEDS)));
    let slots = vec![Slot::Signer(Some(UNAUTHORIZED)), account, Slot::Created(NO_ESCALATION), Slot::Program];
    Case::new("open_ranges", open.instruction(), slots)
}

pub(super) fn close_account(cast: &mut Cast) -> Case {
    let close = CloseAccount { owner: cast.bare.key.pubkey(), account: cast.bare.account };
    let account = Slot::state::<MarginAccount>(Some((cast.empty.account, UNAUTHORIZED)));
    Case::new("close_account", close.instruction(), vec![Slot::Signer(Some(UNAUTHORIZED)), account])
}

pub(super) fn close_ranges(cast: &mut Cast) -> Case {
    let close = CloseRanges { owner: cast.empty.key.pubkey(), account: cast.empty.account };
    let account = Slot::state::<MarginAccount>(Some((cast.other.account, UNAUTHORIZED)));
    let ranges = Slot::state::<Ranges>(Some((address::ranges(&cast.other.account), AccountForeign.into())));
    Case::new("close_ranges", close.instruction(), vec![Slot::Signer(Some(UNAUTHORIZED)), account, ranges])
}

pub(super) fn deposit(cast: &mut Cast) -> Case {
    let world = &mut cast.world;
    for trader in [&cast.busy, &cast.other] {
        token::credit(&mut world.exchange.chain, &trader.tokens, dollars(1_000)).unwrap();
    }
    let deposit = Deposit {
        authority: cast.busy.key.pubkey(),
        account: cast.busy.account,
        mint: world.exchange.mint,
        source: cast.busy.tokens,
        amount: dollars(1_000),
    };
    let slots = vec![
        Slot::Signer(Some(NOT_TOKEN_OWNER)),
        // Anybody may deposit for anybody.
        Slot::state::<MarginAccount>(None),
        Slot::state::<Bank>(Some((address::bank(&cast.second_mint), WrongBank.into()))),
        Slot::Vault(Some((address::vault(&cast.second_mint), WrongBank.into()))),
        Slot::Tokens(Some((cast.other.tokens, NOT_TOKEN_OWNER))),
        Slot::Program,
    ];
    Case::new("deposit", deposit.instruction(&world.exchange.chain).unwrap(), slots)
}

pub(super) fn withdraw(cast: &mut Cast) -> Case {
    let withdraw = Withdraw {
        owner: cast.busy.key.pubkey(),
        account: cast.busy.account,
        mint: cast.world.exchange.mint,
        destination: cast.busy.tokens,
        amount: dollars(1_000),
    };
    let slots = vec![
        Slot::Signer(Some(UNAUTHORIZED)),
        Slot::state::<MarginAccount>(Some((cast.other.account, UNAUTHORIZED))),
        Slot::state::<Bank>(Some((address::bank(&cast.second_mint), WrongBank.into()))),
        Slot::Vault(Some((address::vault(&cast.second_mint), WrongBank.into()))),
        // To whom is the owner's choice, as long as it is the mint's.
        Slot::Tokens(Some((cast.second_tokens, WrongTokenAccount.into()))),
        Slot::Program,
    ];
    Case::new("withdraw", withdraw.instruction(&cast.world.exchange.chain).unwrap(), slots)
}
