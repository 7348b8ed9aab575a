//! A local network with liquidity in the first market, and somebody who trades there.

use keel_client::price::{PriceSource, Pushed};
use keel_client::{Client, Receipt, Result, SendOptions};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::ranges::liquidity_for_quote;
use keel_engine::units::SqrtPrice;
use keel_localnet::{Localnet, Options};
use keel_sdk::address;
use keel_sdk::instructions::{AddRange, Deposit, OpenAccount, OpenRanges, Trade};
use keel_sdk::path::Reach;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// The first market of the local network.
pub const BTC: u16 = 1;
/// Base atoms in a bitcoin.
pub const BITCOIN: u64 = 1_000_000_000;

/// What alice has.
pub const CAPITAL: u64 = dollars(50_000);

/// Quote atoms in so many dollars.
pub const fn dollars(amount: u64) -> u64 {
    amount * 1_000_000
}

pub struct Ground {
    pub network: Localnet,
    pub client: Client,
}

impl Ground {
    /// A launched exchange, with 2,000,000 USD of liquidity on each side of BTC's price, and alice with an account.
    pub fn start() -> Self {
        let network = Localnet::start(&Options::new().unwrap()).unwrap();
        let client = Client::new(network.rpc_url()).unwrap();
        let ground = Self { network, client };
        let provider = &ground.network.keys.lp;
        ground.open(provider, dollars(5_000_000));
        ground.provide(provider, dollars(2_000_000));
        ground.open(&ground.network.keys.alice, CAPITAL);
        ground
    }

    pub fn alice(&self) -> &Keypair {
        &self.network.keys.alice
    }

    /// The margin account of a key.
    pub fn account(&self, owner: &Keypair) -> Pubkey {
        address::margin_account(&owner.pubkey(), 0)
    }

    pub fn send(&self, instructions: &[Instruction], signer: &Keypair) -> Result<Receipt> {
        self.client.send(instructions, &[signer], &SendOptions::default())
    }

    /// A trade of BTC as a client builds it, at the price that the network posts.
    pub fn order(&self, owner: &Keypair, side: Side, exact: Exact) -> Trade {
        let market = self.client.market(BTC).unwrap();
        Trade {
            authority: owner.pubkey(),
            account: self.account(owner),
            market: BTC,
            price: Pushed::default().account(&market),
            side,
            exact,
            limit: None,
            reduce_only: false,
            all_or_nothing: false,
            reach: Reach::default(),
        }
    }

    pub fn built(&self, trade: &Trade) -> Instruction {
        self.client.gather(|accounts| trade.instruction(accounts)).unwrap()
    }

    /// The price of BTC from a source, for alice.
    pub fn price(&self, source: &dyn PriceSource) -> Result<keel_client::Priced> {
        self.client.price(source, &self.client.market(BTC)?, &self.alice().pubkey())
    }

    fn open(&self, key: &Keypair, amount: u64) {
        let (owner, mint) = (key.pubkey(), self.network.mint());
        let open = OpenAccount { owner, sub_account: 0, isolated_market: 0 };
        self.send(&[open.instruction()], key).unwrap();
        let source = address::token_account(&owner, &mint);
        let deposit = Deposit { authority: owner, account: open.address(), mint, source, amount };
        let deposit = self.client.gather(|accounts| deposit.instruction(accounts)).unwrap();
        let ranges = OpenRanges { owner, account: open.address() };
        self.send(&[ranges.instruction(), deposit], key).unwrap();
    }

    fn provide(&self, key: &Keypair, quote: u64) {
        let market = self.client.market(BTC).unwrap();
        let width = 100 * market.params.tick_spacing.cast_signed();
        let ends = (sqrt_price_at_tick(0).unwrap(), sqrt_price_at_tick(width).unwrap());
        let add = AddRange {
            owner: key.pubkey(),
            account: self.account(key),
            market: BTC,
            price: Pushed::default().account(&market),
            lower: -width,
            upper: width,
            liquidity: liquidity_for_quote(quote, ends.0, ends.1, market.peg).unwrap(),
            min_sqrt_price: SqrtPrice::from_bits(0),
            max_sqrt_price: SqrtPrice::from_bits(u128::MAX),
        };
        let add = self.client.gather(|accounts| add.instruction(accounts)).unwrap();
        self.send(&[add], key).unwrap();
    }
}

/// Lamports from one to another.
pub fn transfer(from: &Pubkey, to: &Pubkey, lamports: u64) -> Instruction {
    Instruction {
        program_id: address::SYSTEM_PROGRAM,
        accounts: vec![AccountMeta::new(*from, true), AccountMeta::new(*to, false)],
        data: [&2_u32.to_le_bytes()[..], &lamports.to_le_bytes()].concat(),
    }
}
