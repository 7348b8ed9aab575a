//! Durable nonces: what the admin signs cannot lie in a drawer for a year, what anybody else signs can.
//!
//! In April 2026 an exchange was drained through transactions that its signers had approved weeks before, over durable
//! nonces. The nonce account here is a real one, and the transactions are signed over it.

use keel_chain_tests::refusal::{Refusal, told};
use keel_chain_tests::{BTC, Cast, World, cases, dollars};
use keel_embedded::Outcome;
use keel_embedded::chain::{Chain, key};
use keel_engine::curve::Exact;
use keel_engine::governance::MarketGuard;
use keel_engine::{Error, Side};
use keel_sdk::address::SYSTEM_PROGRAM;
use keel_sdk::instructions::{GuardMarket, Plan, QueueChange};
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

const BLOCKHASHES: Pubkey = Pubkey::from_str_const("SysvarRecentB1ockHashes11111111111111111111");
const RENT: Pubkey = Pubkey::from_str_const("SysvarRent111111111111111111111111111111111");
/// Bytes of a nonce account, and where the nonce lies in it.
const NONCE_LEN: u64 = 80;
const NONCE: std::ops::Range<usize> = 40..72;

fn system(tag: u32, rest: &[u8], accounts: Vec<AccountMeta>) -> Instruction {
    Instruction { program_id: SYSTEM_PROGRAM, accounts, data: [&tag.to_le_bytes()[..], rest].concat() }
}

fn nonce() -> Keypair {
    key("nonce account")
}

/// Makes the nonce account; the authority may advance it.
fn create(chain: &mut Chain, authority: &Keypair) {
    let (nonce, payer) = (nonce(), authority);
    let lamports = chain.rent(NONCE_LEN as usize).to_le_bytes();
    let create = system(
        0,
        &[&lamports[..], &NONCE_LEN.to_le_bytes(), SYSTEM_PROGRAM.as_ref()].concat(),
        vec![AccountMeta::new(payer.pubkey(), true), AccountMeta::new(nonce.pubkey(), true)],
    );
    let initialize = system(
        6,
        authority.pubkey().as_ref(),
        vec![
            AccountMeta::new(nonce.pubkey(), false),
            AccountMeta::new_readonly(BLOCKHASHES, false),
            AccountMeta::new_readonly(RENT, false),
        ],
    );
    chain.send_bare(&[create, initialize], &[payer, &nonce]).unwrap();
    chain.next_block();
}

fn advance(authority: &Pubkey) -> Instruction {
    let accounts = vec![
        AccountMeta::new(nonce().pubkey(), false),
        AccountMeta::new_readonly(BLOCKHASHES, false),
        AccountMeta::new_readonly(*authority, true),
    ];
    system(4, &[], accounts)
}

/// Sends an instruction, signed over the nonce by whoever pays too.
fn send(chain: &mut Chain, instruction: &Instruction, signers: &[&Keypair], authority: &Keypair) -> Outcome {
    let stored = chain.data(&nonce().pubkey()).unwrap()[NONCE].try_into().unwrap();
    let mut signers = signers.to_vec();
    if signers.iter().all(|signer| signer.pubkey() != authority.pubkey()) {
        signers.push(authority);
    }
    chain.send_signed(&[advance(&authority.pubkey()), instruction.clone()], &signers, stored)
}

#[test]
fn what_the_admin_signs_is_refused_over_a_nonce() {
    let mut tried = 0;
    for make in cases::ALL {
        let mut cast = Cast::new();
        let case = make(&mut cast);
        if !case.instruction.accounts.iter().any(|meta| meta.pubkey == keel_sdk::address::INSTRUCTIONS_SYSVAR) {
            continue;
        }
        let exchange = &mut cast.world.exchange;
        let admin = exchange.admin.insecure_clone();
        create(&mut exchange.chain, &admin);
        let mut instruction = case.instruction;
        // What the guardian signs in its example, the admin may sign too.
        instruction.accounts[0].pubkey = admin.pubkey();
        let outcome = send(&mut exchange.chain, &instruction, &[&admin], &admin);
        assert!(Refusal::from(Error::DurableNonce).is(&outcome), "{}: {}", case.name, told(&outcome));
        // The very same with a recent blockhash goes through, wherever a nonce is advanced in it but in front.
        exchange.chain.next_block();
        let behind = [instruction, advance(&admin.pubkey())];
        let outcome = exchange.chain.send_bare(&behind, &[&admin]);
        assert!(outcome.is_ok(), "{}: {}", case.name, told(&outcome));
        tried += 1;
    }
    assert_eq!(tried, 11, "initialize, two listings, launch, queue, cancel, accept, three guards, the pool");
}

#[test]
fn a_pause_may_lie_ready_with_the_guardian() {
    let mut world = World::with_liquidity();
    let (guardian, relay) = (world.exchange.guardian.insecure_clone(), key("rich"));
    world.exchange.chain.endow(&relay.pubkey()).unwrap();
    create(&mut world.exchange.chain, &relay);
    let guard = MarketGuard::Pause(3_600);
    let pause = GuardMarket { authority: guardian.pubkey(), market: BTC, guard }.instruction();
    let outcome = send(&mut world.exchange.chain, &pause, &[&relay, &guardian], &relay);
    assert!(outcome.is_ok(), "{}", told(&outcome));
    assert_eq!(world.market(BTC).paused_until, world.unix() + 3_600);
}

#[test]
fn whose_money_it_is_may_sign_as_it_likes() {
    let mut world = World::with_liquidity();
    let trader = world.open("trader", dollars(10_000), false);
    world.exchange.chain.endow(&trader.key.pubkey()).unwrap();
    create(&mut world.exchange.chain, &trader.key);
    world.tick();
    let order = world.built(&world.order(&trader, BTC, Side::Buy, Exact::Base(10_000_000)));
    let outcome = send(&mut world.exchange.chain, &order, &[&trader.key], &trader.key);
    assert!(outcome.is_ok(), "{}", told(&outcome));
}

/// The one of April 2026: an innocent-looking transaction that was signed today makes a key admin in a month.
#[test]
fn a_handover_signed_today_is_worth_nothing_tomorrow() {
    let mut world = World::with_liquidity();
    let (admin, thief) = (world.exchange.admin.insecure_clone(), world.stranger("thief"));
    create(&mut world.exchange.chain, &admin);
    let queue = QueueChange::next(&world.exchange.chain, admin.pubkey(), Plan::PendingAdmin(thief)).unwrap();
    world.sleep(30 * 86_400);
    let outcome = send(&mut world.exchange.chain, &queue.instruction(), &[&admin], &admin);
    assert!(Refusal::from(Error::DurableNonce).is(&outcome), "{}", told(&outcome));
}
