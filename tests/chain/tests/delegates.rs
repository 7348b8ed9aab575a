//! Every instruction of the program that an owner signs, signed by the account's delegate instead, with every permission and
//! no limit: what is not for a delegate is refused, and what is for one moves no money out.

use keel_chain_tests::frozen::Frozen;
use keel_chain_tests::refusal::{NOT_TOKEN_OWNER, Refusal, told};
use keel_chain_tests::{Cast, cases};
use keel_embedded::Chain;
use keel_engine::Error;
use keel_engine::delegate::{MAY_ORDER, MAY_RANGE, MAY_TRADE, Terms, set};
use keel_engine::state::MarginAccount;
use keel_sdk::accounts::{decode, encode};
use keel_sdk::address::{PROGRAM_ID, TOKEN_PROGRAM};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// What a delegate with every permission may sign. Everything else is the owner's, whatever is added.
const DELEGATED: &[&str] = &[
    "trade",
    "trade_legs",
    "trade_with_builder",
    "trade_exact",
    "trade_to",
    "add_range",
    "remove_range",
    "settle_range",
    "settle",
    "release",
    "place_order",
];
/// What a delegate may do to what it did itself: another's order it may not cancel.
const ITS_OWN: &[&str] = &["cancel_order"];
/// What asks for a signature of whom tokens belong to, who is no margin account's owner there.
const PAID_FOR: &[&str] = &["deposit", "deposit_and_trade", "fund_market_insurance", "fund_insurance"];

/// Margin accounts among an instruction's accounts whose owner signs it.
fn owned(chain: &Chain, metas: &[solana_instruction::AccountMeta]) -> Vec<(Pubkey, MarginAccount)> {
    let signs = |key: &[u8; 32]| metas.iter().any(|meta| meta.is_signer && meta.pubkey.to_bytes() == *key);
    let states =
        metas.iter().filter_map(|meta| Some((meta.pubkey, decode::<MarginAccount>(chain.data(&meta.pubkey)?)?)));
    states.filter(|(_, account)| signs(&account.owner)).collect()
}

/// Token accounts, by what they hold.
fn tokens(chain: &Chain) -> Vec<(Pubkey, u64)> {
    let held = |data: &[u8]| data.get(64..72).map(|amount| u64::from_le_bytes(amount.try_into().unwrap()));
    let accounts = chain.owned_by(&TOKEN_PROGRAM).into_iter();
    accounts.filter(|(_, account)| account.data.len() == 165).filter_map(|(at, a)| Some((at, held(&a.data)?))).collect()
}

#[test]
fn a_delegate_signs_what_is_delegated_and_nothing_else() {
    let (mut tried, mut served) = (Vec::new(), Vec::new());
    for make in cases::ALL.into_iter().chain(cases::MORE) {
        let mut cast = Cast::new();
        let case = make(&mut cast);
        let (delegate, somebody) = (cast.stranger, cast.keeper.key.pubkey());
        let owned = owned(&cast.world.exchange.chain, &case.instruction.accounts);
        let Some((_, MarginAccount { owner, .. })) = owned.first().copied() else { continue };
        let signed_by = |signer: Pubkey| {
            let mut instruction = case.instruction.clone();
            for meta in instruction.accounts.iter_mut().filter(|meta| meta.is_signer && meta.pubkey.to_bytes() == owner)
            {
                meta.pubkey = signer;
            }
            instruction
        };
        // What anybody may is not the delegate's.
        if owner != somebody.to_bytes()
            && cast.world.aside(|world| world.send_unaudited(&[signed_by(somebody)]).is_ok())
        {
            continue;
        }
        tried.push(case.name);
        let chain = &mut cast.world.exchange.chain;
        for (address, mut account) in owned {
            let permissions = MAY_TRADE | MAY_ORDER | MAY_RANGE;
            let terms = Terms { delegate: delegate.to_bytes(), permissions, expiry: i64::MAX, ..Terms::default() };
            set(&mut account, &terms, chain.now()).unwrap();
            chain.put_data(&address, &PROGRAM_ID, encode(&account)).unwrap();
        }
        let mut instruction = signed_by(delegate);
        if case.name == "release" {
            // What a delegate releases is paid in full.
            instruction.data[1..5].copy_from_slice(&1_000_000u32.to_le_bytes());
        }
        let frozen = Frozen::take(chain, std::slice::from_ref(&instruction));
        let (before, lamports) = (tokens(chain), chain.account(&delegate).map(|account| account.lamports));
        let outcome = cast.world.send_unaudited(std::slice::from_ref(&instruction));
        let chain = &cast.world.exchange.chain;
        if !DELEGATED.contains(&case.name) {
            let other = match case.name {
                name if PAID_FOR.contains(&name) => NOT_TOKEN_OWNER,
                // The holder of a lien is not the owner of what it lies on.
                "seize" => Error::NotLienHolder.into(),
                name if ITS_OWN.contains(&name) => Error::DelegateNotAllowed.into(),
                _ => Error::Unauthorized.into(),
            };
            let is_refused = other.is(&outcome) || Refusal::from(Error::Unauthorized).is(&outcome);
            assert!(is_refused, "{}: {}", case.name, told(&outcome));
            frozen.assert_unchanged(chain, case.name);
            continue;
        }
        // A pot that is short pays a delegate nothing below par.
        let is_short = case.name == "release" && Refusal::from(Error::PayoutRatioTooLow).is(&outcome);
        assert!(outcome.is_ok() || is_short, "{}: {}", case.name, told(&outcome));
        served.push(case.name);
        assert_eq!(tokens(chain), before, "{} moved tokens", case.name);
        let after = chain.account(&delegate).map(|account| account.lamports);
        assert!(after <= lamports, "{} paid the delegate", case.name);
    }
    println!("of {tried:?}, which an owner signs, a delegate may sign {served:?}");
    let expected = DELEGATED.iter().filter(|name| tried.contains(name));
    assert!(expected.clone().count() >= 8 && expected.clone().all(|name| served.contains(name)), "{served:?}");
}
