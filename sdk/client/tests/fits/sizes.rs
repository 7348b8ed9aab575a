//! The transactions, measured.

use keel_client::ClientError;
use keel_client::message::{self, Budget, MAX_BYTES};
use keel_sdk::hermes::{PostUpdateAtomic, Receiver, ReclaimRent, Update};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::AddressLookupTableAccount;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::made::Quoted;
use crate::receiver::{Written, check};
use crate::routers::Routers;
use crate::shapes::{Shape, exchange_table};

const RECEIVER: Receiver = Receiver::COMPATIBLE;
const BUDGET: Budget = Budget { units: 400_000, price: 50_000 };
/// Feeds of the first two markets.
const FEEDS: [[u8; 32]; 2] = [[1; 32], [2; 32]];

/// One update, and what posts its prices.
struct Oracle {
    update: Update,
    members: Vec<[u8; 20]>,
    prices: [Keypair; 2],
}

impl Oracle {
    /// An update that these routers signed.
    fn signed_by(signers: &[u8]) -> Self {
        let routers = Routers::new();
        let quoted = FEEDS.map(|feed_id| Quoted { feed_id, price: 6_000_000_000_000, publish_time: 1_800_000_000 });
        let update = Update::parse(&routers.update(&quoted, signers)).unwrap();
        Self { update, members: routers.members(), prices: [Keypair::new(), Keypair::new()] }
    }

    fn price(&self, market: usize) -> Pubkey {
        self.prices[market].pubkey()
    }

    /// What posts a market's price, with at most so many signatures.
    fn post(&self, payer: Pubkey, market: usize, signatures: usize) -> Instruction {
        let (_, message) = self.update.price(&FEEDS[market]).unwrap();
        let vaa = self.update.vaa.clone().trimmed(signatures);
        let price = self.price(market);
        let post = PostUpdateAtomic { receiver: RECEIVER, payer, price, vaa, message: message.clone(), treasury: 0 };
        post.instruction().unwrap()
    }

    fn reclaim(&self, payer: Pubkey, market: usize) -> Instruction {
        ReclaimRent { receiver: RECEIVER, payer, price: self.price(market) }.instruction()
    }
}

/// Bytes of the signed transaction; too many too.
fn bytes(instructions: &[Instruction], signers: &[&Keypair], tables: &[AddressLookupTableAccount]) -> usize {
    let payer = signers[0].pubkey();
    let compiled = message::compile(&payer, instructions, BUDGET, tables, [7; 32].into()).unwrap();
    match message::sign(compiled, signers) {
        Ok(transaction) => {
            transaction.sanitize().unwrap();
            message::bytes(&transaction)
        }
        Err(ClientError::TooLarge { bytes }) => bytes,
        Err(error) => panic!("{error}"),
    }
}

/// Bytes of budget, price, trade and reclaim, and of the same without the reclaim.
fn trade_with_price(shape: &Shape, owner: &Keypair, tables: &[AddressLookupTableAccount]) -> [usize; 2] {
    let oracle = Oracle::signed_by(&[0, 2, 4]);
    let post = oracle.post(owner.pubkey(), 0, RECEIVER.quorum(5));
    assert_eq!(check(&post, &oracle.members), Written::Full);
    let trade = shape.trade(oracle.price(0));
    let whole = [post.clone(), trade.clone(), oracle.reclaim(owner.pubkey(), 0)];
    let signers = [owner, &oracle.prices[0]];
    let sizes = [bytes(&whole, &signers, tables), bytes(&[post, trade], &signers, tables)];
    println!(
        "{:<44} {:>5} {:>5}  {:>3} accounts",
        shape.name,
        sizes[0],
        sizes[1],
        shape.trade(Pubkey::default()).accounts.len()
    );
    sizes
}

/// Account and companion of an owner in a table of their own.
fn own_table(shape: &Shape) -> AddressLookupTableAccount {
    let addresses = vec![shape.account, keel_sdk::address::ranges(&shape.account)];
    AddressLookupTableAccount { key: Pubkey::new_from_array([0xa2; 32]), addresses }
}

/// 8 ranges in 3 markets, each end in an array of its own as far as there are any.
const SCATTERED: [(u16, i32, i32); 8] =
    [(1, -4, 4), (1, -5, 5), (1, -6, 6), (2, -4, 4), (2, -5, 5), (2, -6, 6), (3, -4, 4), (3, -5, 5)];

#[test]
fn a_trade_that_brings_its_price_fits() {
    let owner = Keypair::new();
    let key = owner.pubkey();
    let shapes = [
        Shape::new("1 position", key, 1, &[]),
        Shape::new("8 positions", key, 8, &[]),
        Shape::new("3 markets, a range in each", key, 3, &[(1, -1, 1), (2, -1, 1), (3, -1, 1)]),
        Shape::new("3 markets, 8 scattered ranges", key, 3, &SCATTERED),
        Shape::new("8 positions, 8 scattered ranges", key, 8, &SCATTERED),
    ];
    let tables = [exchange_table(&RECEIVER)];
    println!("{:<44} whole, without reclaim", "bytes of 1232");
    let sizes: Vec<_> = shapes.iter().map(|shape| trade_with_price(shape, &owner, &tables)).collect();
    for (shape, [whole, _]) in shapes.iter().zip(&sizes) {
        assert!(*whole <= MAX_BYTES, "{}: {whole}", shape.name);
    }
}

#[test]
fn separate_tables_for_ones_own_accounts_make_room() {
    let owner = Keypair::new();
    let shape = Shape::new("8 positions, 8 scattered ranges, own table", owner.pubkey(), 8, &SCATTERED);
    let exchange = exchange_table(&RECEIVER);
    let [without, _] = trade_with_price(&shape, &owner, std::slice::from_ref(&exchange));
    let [with, _] = trade_with_price(&shape, &owner, &[exchange, own_table(&shape)]);
    assert!(with < without && with <= MAX_BYTES);
}

#[test]
fn legs_need_their_prices_on_chain_already() {
    let owner = Keypair::new();
    let key = owner.pubkey();
    let shape = Shape::new("2 legs", key, 8, &[]);
    let oracle = Oracle::signed_by(&[0, 1, 2]);
    let legs = shape.legs(&[oracle.price(0), oracle.price(1)]);
    let signers = [&owner, &oracle.prices[0], &oracle.prices[1]];
    let tables = [exchange_table(&RECEIVER)];
    let both = bytes(&[oracle.post(key, 0, 3), oracle.post(key, 1, 3), legs.clone()], &signers, &tables);
    let one = bytes(&[oracle.post(key, 0, 3), legs.clone()], &signers[..2], &tables);
    let none = bytes(&[legs], &signers[..1], &tables);
    println!("2 legs: {both} with both prices of one update, {one} with one of them, {none} with none");
    assert!(both > MAX_BYTES && one > MAX_BYTES && none <= MAX_BYTES);
    // A price by itself leaves room for nothing as large as another: each goes in a transaction of its own before.
    let alone = bytes(&[oracle.post(key, 0, 3)], &signers[..2], &tables);
    assert!(alone <= MAX_BYTES);
}

#[test]
fn signatures_beyond_the_quorum_are_left_out() {
    let owner = Keypair::new();
    let shape = Shape::new("8 positions", owner.pubkey(), 8, &[]);
    let oracle = Oracle::signed_by(&[0, 1, 2, 3, 4]);
    let tables = [exchange_table(&RECEIVER)];
    let sized = |signatures| {
        let post = oracle.post(owner.pubkey(), 0, signatures);
        let written = check(&post, &oracle.members);
        let whole = [post, shape.trade(oracle.price(0)), oracle.reclaim(owner.pubkey(), 0)];
        (bytes(&whole, &[&owner, &oracle.prices[0]], &tables), written)
    };
    let (trimmed, full) = sized(RECEIVER.quorum(oracle.members.len()));
    let (whole, also_full) = sized(5);
    println!("8 positions: {trimmed} with 3 signatures, {whole} with 5");
    assert_eq!((full, also_full, whole - trimmed), (Written::Full, Written::Full, 2 * 66));
    assert!(trimmed <= MAX_BYTES && whole > MAX_BYTES);
    // The larger quorum of the receiver that was upgraded in place fits too.
    assert!(sized(Receiver::CORE.quorum(5)).0 <= MAX_BYTES);
    assert_eq!(sized(2).1, Written::Partial(2));
}
