//! Opening, funding, emptying and closing margin accounts.

use keel_embedded::token;
use keel_engine::Error::{AccountForeign, WrongTokenAccount};
use keel_engine::state::MarginAccount;
use keel_sdk::address::TOKEN_PROGRAM;
use keel_sdk::instructions::{CloseAccount, CloseRanges, Deposit, OpenAccount, OpenRanges, Withdraw};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::Case;
use crate::cast::Cast;
use crate::lists::Reads;
use crate::refusal::NOT_TOKEN_OWNER;
use crate::trial::Expected;
use crate::world::{World, dollars};

pub(super) fn open_account(cast: &mut Cast) -> Case {
    let open = OpenAccount { owner: cast.bare.key.pubkey(), sub_account: 9, isolated_market: 0 };
    let payer = cast.world.stranger("payer");
    Case::new("open_account", open.instruction()).paid("owner", payer)
}

pub(super) fn open_ranges(cast: &mut Cast) -> Case {
    let open = OpenRanges { owner: cast.keeper.key.pubkey(), account: cast.keeper.account };
    let payer = cast.world.stranger("payer");
    Case::new("open_ranges", open.instruction()).paid("owner", payer)
}

pub(super) fn close_account(cast: &mut Cast) -> Case {
    let close = CloseAccount { owner: cast.bare.key.pubkey(), account: cast.bare.account };
    Case::new("close_account", close.instruction())
}

pub(super) fn close_ranges(cast: &mut Cast) -> Case {
    let close = CloseRanges { owner: cast.empty.key.pubkey(), account: cast.empty.account };
    Case::new("close_ranges", close.instruction())
}

pub(super) fn deposit(cast: &mut Cast) -> Case {
    let account = cast.busy.account;
    deposit_into(cast, account).reads(Reads::NothingNow).rule(
        "account",
        |_, _| Expected::Served,
        "anybody may deposit for anybody",
    )
}

/// Into a flagged account, with what its health needs.
pub(super) fn deposit_that_cures(cast: &mut Cast) -> Case {
    let account = cast.flagged.account;
    deposit_into(cast, account).reads(Reads::Health).optional().rule(
        "account",
        |world, other| {
            let account: MarginAccount = world.exchange.state(other).unwrap();
            // Nobody asks for the health of an account that is not flagged.
            if account.flagged_at == 0 { Expected::Served } else { AccountForeign.into() }
        },
        "anybody may deposit for anybody, and the companion is this account's",
    )
}

/// Whoever is not to pay could.
pub(super) fn fill_wallets(cast: &mut Cast) {
    let chain = &mut cast.world.exchange.chain;
    for (address, tokens) in chain.owned_by(&TOKEN_PROGRAM) {
        let is_wallet = tokens.data.len() > 82 && !chain.program_accounts().contains(&spender(&tokens.data));
        if is_wallet && token::balance(chain, &address).unwrap() < dollars(1_000) {
            token::credit(chain, &address, dollars(1_000)).unwrap();
        }
    }
}

fn deposit_into(cast: &mut Cast, account: Pubkey) -> Case {
    fill_wallets(cast);
    let deposit = Deposit {
        authority: cast.busy.key.pubkey(),
        account,
        mint: cast.world.exchange.mint,
        source: cast.busy.tokens,
        amount: dollars(1_000),
    };
    Case::new("deposit", deposit.instruction(&cast.world.exchange.chain).unwrap()).paid_in()
}

impl Case {
    /// Tokens come in from the authority's source.
    pub(super) fn paid_in(self) -> Self {
        const WHOSE: &str = "whose tokens they are is the token program's to say";
        self.twice("vault", "source", None).rule("authority", |_, _| NOT_TOKEN_OWNER.into(), WHOSE).rule(
            "source",
            |world, other| if is_of_usdc(world, other) { NOT_TOKEN_OWNER.into() } else { WrongTokenAccount.into() },
            WHOSE,
        )
    }
}

pub(super) fn withdraw(cast: &mut Cast) -> Case {
    let withdraw = Withdraw {
        owner: cast.busy.key.pubkey(),
        account: cast.busy.account,
        mint: cast.world.exchange.mint,
        destination: cast.busy.tokens,
        amount: dollars(1_000),
    };
    Case::new("withdraw", withdraw.instruction(&cast.world.exchange.chain).unwrap())
        .reads(Reads::Health)
        .twice("vault", "destination", None)
        .rule(
            "destination",
            |world, other| if is_of_usdc(world, other) { Expected::Served } else { WrongTokenAccount.into() },
            "to whom is the owner's choice, as long as it is of the mint",
        )
}

fn spender(tokens: &[u8]) -> Pubkey {
    Pubkey::try_from(&tokens[32..64]).unwrap()
}

fn is_of_usdc(world: &World, tokens: &Pubkey) -> bool {
    world.exchange.chain.data(tokens).is_some_and(|data| data[..32] == world.exchange.mint.to_bytes())
}
