//! How transactions are taken: signatures, blockhashes, compute, rent, lookup tables, confirmation.

use std::time::{Duration, Instant};

use keel_client::{Client, SendOptions, tables};
use keel_engine::Side;
use keel_sdk::address::SYSTEM_PROGRAM;
use solana_hash::Hash;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_rpc_client_api::config::{RpcSendTransactionConfig, RpcSimulateTransactionConfig};
use solana_rpc_client_api::request::RpcRequest;
use solana_signer::Signer;
use solana_transaction::Transaction;

use crate::scene::{THOUSAND, client, liquidity, network, open, rpc, trade, turn, until};

/// The system program's transfer.
fn transfer(from: &Pubkey, to: &Pubkey, lamports: u64) -> Instruction {
    let data = [&2u32.to_le_bytes()[..], &lamports.to_le_bytes()].concat();
    Instruction {
        program_id: SYSTEM_PROGRAM,
        accounts: vec![AccountMeta::new(*from, true), AccountMeta::new(*to, false)],
        data,
    }
}

fn signed(from: &Keypair, lamports: u64, blockhash: Hash) -> Transaction {
    let to = network().keys.bob.pubkey();
    let instruction = transfer(&from.pubkey(), &to, lamports);
    Transaction::new_signed_with_payer(&[instruction], Some(&from.pubkey()), &[from], blockhash)
}

#[test]
fn a_wrong_signature_is_refused_whatever_is_asked_for() {
    let rpc = rpc();
    let carol = &network().keys.carol;
    let mut forged = signed(carol, 7, rpc.get_latest_blockhash().unwrap());
    forged.signatures[0] = Keypair::new().sign_message(&forged.message_data());
    let before = rpc.get_balance(&network().keys.bob.pubkey()).unwrap();
    for skip_preflight in [false, true] {
        let config = RpcSendTransactionConfig { skip_preflight, ..RpcSendTransactionConfig::default() };
        let error = rpc.send_transaction_with_config(&forged, config).unwrap_err();
        assert!(error.to_string().contains("signature"), "{error}");
    }
    let simulated = rpc.simulate_transaction_with_config(
        &forged,
        RpcSimulateTransactionConfig { sig_verify: true, ..RpcSimulateTransactionConfig::default() },
    );
    assert!(simulated.is_err() || simulated.unwrap().value.err.is_some());
    // What the validator's own option would let through.
    let encoded = encode(&forged);
    let options = serde_json::json!({ "encoding": "base64", "skipPreflight": true, "skipSigVerify": true });
    let asked: Result<String, _> = rpc.send(RpcRequest::SendTransaction, serde_json::json!([encoded, options]));
    assert!(asked.is_err());
    assert!(rpc.get_balance(&network().keys.bob.pubkey()).unwrap() >= before);
}

/// A transaction in base 64, without a crate for it: the legacy layout is its signatures and its message.
fn encode(transaction: &Transaction) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = vec![1];
    bytes.extend_from_slice(transaction.signatures[0].as_ref());
    bytes.extend_from_slice(&transaction.message_data());
    let encode = |part: &[u8]| {
        let bits = part.iter().enumerate().fold(0u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        (0..4)
            .map(|at| if at <= part.len() { char::from(ALPHABET[(bits >> (18 - 6 * at)) as usize & 63]) } else { '=' })
            .collect::<String>()
    };
    bytes.chunks(3).map(encode).collect()
}

#[test]
fn a_blockhash_that_never_was_is_refused() {
    let error = rpc().send_transaction(&signed(&network().keys.carol, 8, Hash::new_from_array([9; 32]))).unwrap_err();
    assert!(error.to_string().to_lowercase().contains("blockhash not found"), "{error}");
}

#[test]
fn the_same_transaction_counts_once() {
    let rpc = rpc();
    let transaction = signed(&network().keys.carol, 9, rpc.get_latest_blockhash().unwrap());
    rpc.send_transaction(&transaction).unwrap();
    let again = rpc.send_transaction(&transaction).unwrap_err();
    assert!(again.to_string().contains("already been processed"), "{again}");
}

#[test]
fn a_transaction_is_confirmed_within_fifty_milliseconds() {
    let rpc = rpc();
    let mut slowest = Duration::ZERO;
    for lamports in 100..150 {
        let transaction = signed(&network().keys.carol, lamports, rpc.get_latest_blockhash().unwrap());
        let signature = rpc.send_transaction(&transaction).unwrap();
        let sent = Instant::now();
        while rpc.get_signature_statuses(&[signature]).unwrap().value[0].is_none() {}
        slowest = slowest.max(sent.elapsed());
    }
    println!("the slowest confirmation took {slowest:?}");
    // On a busy machine too.
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
}

#[test]
fn many_blocks_do_not_make_a_blockhash_old() {
    let rpc = rpc();
    let (old, last_valid) =
        rpc.get_latest_blockhash_with_commitment(solana_commitment_config::CommitmentConfig::processed()).unwrap();
    for lamports in 1_000..1_200 {
        rpc.send_transaction(&signed(&network().keys.carol, lamports, rpc.get_latest_blockhash().unwrap())).unwrap();
    }
    rpc.send_transaction(&signed(&network().keys.carol, 1_200, old)).unwrap();
    assert!(rpc.get_block_height().unwrap() < last_valid);
}

#[test]
fn compute_and_rent_have_their_limits() {
    let rpc = rpc();
    let carol = &network().keys.carol;
    let blockhash = rpc.get_latest_blockhash().unwrap();
    // A limit of one unit.
    let budget = Instruction {
        program_id: Pubkey::from_str_const("ComputeBudget111111111111111111111111111111"),
        accounts: Vec::new(),
        data: vec![2, 1, 0, 0, 0],
    };
    let paid = transfer(&carol.pubkey(), &network().keys.bob.pubkey(), 1);
    let starved = Transaction::new_signed_with_payer(&[budget, paid], Some(&carol.pubkey()), &[carol], blockhash);
    let error = rpc.send_transaction(&starved).unwrap_err().to_string();
    assert!(error.contains("exceeded CUs meter") || error.contains("Computational budget exceeded"), "{error}");
    // Less than the rent of an empty account.
    let poor = transfer(&carol.pubkey(), &Pubkey::new_unique(), 1);
    let poor = Transaction::new_signed_with_payer(&[poor], Some(&carol.pubkey()), &[carol], blockhash);
    let error = rpc.send_transaction(&poor).unwrap_err().to_string();
    assert!(error.contains("insufficient funds for rent"), "{error}");
}

#[test]
fn lookup_tables_shorten_a_trade() {
    let _turn = turn();
    let (client, bob): (Client, _) = (client(), &network().keys.bob);
    liquidity(&client);
    let account = open(&client, bob, 0, 50 * THOUSAND);
    let wanted = client.wait(tables::wanted(client.nonblocking())).unwrap();
    let recent = rpc().get_slot().unwrap() - 1;
    let (create, table) = tables::create(&bob.pubkey(), &bob.pubkey(), recent);
    client.send(&[create], &[bob], &SendOptions::default()).unwrap();
    for extend in tables::extend(&table, &bob.pubkey(), &bob.pubkey(), &wanted) {
        client.send(&[extend], &[bob], &SendOptions::default()).unwrap();
    }
    // What a table was extended with in a slot is there from the next one on.
    let extended = rpc().get_slot().unwrap();
    until("next slot", || (rpc().get_slot().unwrap() > extended).then_some(()));
    let tables = vec![client.wait(tables::load(client.nonblocking(), &table)).unwrap()];
    let trade = trade(bob, account, Side::Sell, 5 * THOUSAND);
    let instruction = client.gather(|accounts| trade.instruction(accounts)).unwrap();
    let receipt = client.send(&[instruction], &[bob], &SendOptions { tables, ..SendOptions::default() }).unwrap();
    assert!(!receipt.events.is_empty());
}
