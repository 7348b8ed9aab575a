//! The blocking client: the same methods as [`nonblocking::Client`], each waiting for its answer on a runtime of its own.
//!
//! It may be called from threads outside of any runtime and from within a multi-threaded one; within a single-threaded
//! runtime use the asynchronous client.

use core::future::Future;

use keel_engine::oracle::Sample;
use keel_engine::state::{
    Bank, Change, Exchange, MarginAccount, Market, PlacedOrder, Pool, PoolRequest, Ranges, Ticket,
};
use keel_engine::{Now, Side};
use keel_sdk::accounts::Stored;
use keel_sdk::chain::Gathering;
use keel_sdk::instructions::{
    AddRange, BuyCollateral, DepositAndTrade, ExecuteOrder, PlaceOrder, RemoveRange, Trade, TradeExact, TradeTo,
};
use keel_sdk::path::Reach;
use keel_sdk::quote::{
    DepositAndTradeQuote, Depth, OrderQuote, PlacementQuote, PurchaseQuote, RangeQuote, RemovalQuote, TradeQuote,
};
use keel_sdk::views::{
    AuctionView, DeltaView, FundingView, HealthView, LiquidationPriceView, PayoutView, PoolView, View,
};
use solana_account::Account;
use solana_commitment_config::CommitmentConfig;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_rpc_client_api::filter::RpcFilterType;
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::task::block_in_place;

use crate::error::{ClientError, Result};
use crate::nonblocking;
use crate::price::{CollateralPriced, PriceSource, Priced};
use crate::send::{Receipt, SendOptions, Simulated};

/// An exchange behind a node's RPC.
pub struct Client {
    inner: nonblocking::Client,
    runtime: Waiting,
}

/// The runtime on which it waits; there until it is dropped. Ended in the background: ending it in place is not allowed
/// within another runtime.
struct Waiting(Option<Runtime>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Methods that wait for those of the asynchronous client by the same name.
macro_rules! waiting {
    ($($(#[$doc:meta])+ $name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {
        impl Client { $(
            $(#[$doc])+
            pub fn $name(&self, $($argument: $kind),*) -> Result<$answer> {
                self.wait(self.inner.$name($($argument),*))
            }
        )* }
    };
}

waiting! {
    /// The accounts at these addresses, in order; nothing where there is none.
    accounts(addresses: &[Pubkey]) -> Vec<Option<Account>>;
    /// The cluster's clock.
    now() -> Now;
    /// The exchange.
    exchange() -> Exchange;
    /// The bank of a mint.
    bank(mint: &Pubkey) -> Bank;
    /// Every bank with its address, ascending by number.
    banks() -> Vec<(Pubkey, Bank)>;
    /// A market by its number.
    market(number: u16) -> Market;
    /// All markets that are listed, with their numbers, ascending.
    markets() -> Vec<(u16, Market)>;
    /// A margin account and, if it has ranges, its companion.
    margin_account(address: &Pubkey) -> (MarginAccount, Option<Ranges>);
    /// The pool.
    pool() -> Pool;
    /// Margin accounts of an owner.
    accounts_of(owner: &Pubkey) -> Vec<(Pubkey, MarginAccount)>;
    /// Orders of a margin account that wait.
    orders_of(account: &Pubkey) -> Vec<(Pubkey, PlacedOrder)>;
    /// Withdrawals of a margin account that wait in a bank's queue.
    tickets_of(account: &Pubkey) -> Vec<(Pubkey, Ticket)>;
    /// Deposits into the pool and redemptions from it of a margin account that wait.
    requests_of(account: &Pubkey) -> Vec<(Pubkey, PoolRequest)>;
    /// Changes that governance has queued.
    changes() -> Vec<(Pubkey, Change)>;
    /// Every account of the program, ascending by address, with its data.
    program_accounts() -> Vec<(Pubkey, Vec<u8>)>;
    /// What a trade would do now; see [`keel_sdk::quote::trade`].
    quote_trade(trade: &Trade, sample: Option<&Sample>) -> TradeQuote;
    /// What a trade within a bound would do now; see [`keel_sdk::quote::trade_exact`].
    quote_trade_exact(wanted: &TradeExact, sample: Option<&Sample>) -> TradeQuote;
    /// What a trade to a target would do now; see [`keel_sdk::quote::trade_to`].
    quote_trade_to(wanted: &TradeTo, sample: Option<&Sample>) -> TradeQuote;
    /// What bringing collateral in and trading on it would do now; see [`keel_sdk::quote::deposit_and_trade`].
    quote_deposit_and_trade(wanted: &DepositAndTrade, sample: Option<&Sample>) -> DepositAndTradeQuote;
    /// What buying collateral that is for sale would do now; see [`keel_sdk::quote::buy_collateral`].
    quote_buy_collateral(buy: &BuyCollateral) -> PurchaseQuote;
    /// What an account is exposed to in a market; see [`keel_sdk::quote::delta`].
    delta(account: &Pubkey, market: u16) -> DeltaView;
    /// What adding a range would do now; see [`keel_sdk::quote::add_range`].
    quote_add_range(add: &AddRange, sample: Option<&Sample>) -> RangeQuote;
    /// What removing a range would do now; see [`keel_sdk::quote::remove_range`].
    quote_remove_range(remove: &RemoveRange) -> RemovalQuote;
    /// What executing an order would do now; see [`keel_sdk::quote::order`].
    quote_order(execute: &ExecuteOrder, sample: Option<&Sample>) -> OrderQuote;
    /// What placing an order would do now; see [`keel_sdk::quote::place_order`].
    quote_place_order(place: &PlaceOrder, sample: &Sample, reach: Reach) -> PlacementQuote;
    /// Health of a margin account now; see [`keel_sdk::quote::health`].
    health(account: &Pubkey) -> HealthView;
    /// Where a margin account would be liquidated; see [`keel_sdk::quote::liquidation_price`].
    liquidation_price(account: &Pubkey, market: u16) -> LiquidationPriceView;
    /// How the liquidation of a margin account stands; see [`keel_sdk::quote::auction`].
    auction(account: &Pubkey, market: u16) -> AuctionView;
    /// A market's funding to come; see [`keel_sdk::quote::funding`].
    funding(market: u16, side: Side, hours: u8) -> FundingView;
    /// What a market's claims are paid; see [`keel_sdk::quote::payout`].
    payout(market: u16) -> PayoutView;
    /// A market's depth; see [`keel_sdk::quote::depth`].
    depth(market: u16, sample: Option<&Sample>, width_ppm: u32, steps: u32) -> Depth;
    /// The pool's value now; see [`keel_sdk::quote::pool`].
    pool_value() -> PoolView;
    /// Sends instructions as one transaction; see [`nonblocking::Client::send`].
    send(instructions: &[Instruction], signers: &[&Keypair], options: &SendOptions) -> Receipt;
    /// Sends an action with its price; see [`nonblocking::Client::send_priced`].
    send_priced(action: &[Instruction], priced: &Priced, signers: &[&Keypair], options: &SendOptions) -> Receipt;
    /// Brings the prices of a bank's collateral up to date; see [`nonblocking::Client::refresh_bank`].
    refresh_bank(mint: &Pubkey, source: &dyn PriceSource, payer: &Keypair, options: &SendOptions) -> Receipt;
    /// What instructions would do now as one transaction; see [`nonblocking::Client::simulate`].
    simulate(instructions: &[Instruction], payer: &Pubkey, options: &SendOptions) -> Simulated;
}

impl Client {
    /// A client of the node at a URL, which reads what is confirmed. Errors where the system gives it no runtime.
    pub fn new(url: impl Into<String>) -> std::io::Result<Self> {
        Self::over(nonblocking::Client::new(url))
    }

    /// A client that waits for an asynchronous one.
    pub fn over(inner: nonblocking::Client) -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("keel-client").enable_all().build()?;
        Ok(Self { inner, runtime: Waiting(Some(runtime)) })
    }

    /// The same client, reading what is committed that far.
    #[must_use]
    pub fn with_commitment(self, commitment: CommitmentConfig) -> Self {
        Self { inner: self.inner.with_commitment(commitment), runtime: self.runtime }
    }

    /// How far what is read is committed.
    pub const fn commitment(&self) -> CommitmentConfig {
        self.inner.commitment()
    }

    /// The asynchronous client that it waits for.
    pub const fn nonblocking(&self) -> &nonblocking::Client {
        &self.inner
    }

    /// The struct in the account at an address. Errors with `Missing` or `WrongKind`.
    pub fn state<T: Stored>(&self, address: &Pubkey) -> Result<T> {
        self.wait(self.inner.state(address))
    }

    /// Accounts of one kind that pass these filters too (see [`crate::filter`]), ascending by address.
    pub fn stored<T: Stored>(&self, filters: Vec<RpcFilterType>) -> Result<Vec<(Pubkey, T)>> {
        self.wait(self.inner.stored(filters))
    }

    /// The answer to a question about accounts; see [`nonblocking::Client::gather`].
    pub fn gather<T>(&self, question: impl Fn(&Gathering) -> keel_sdk::Result<T>) -> Result<T> {
        self.wait(self.inner.gather(question))
    }

    /// The answer of one of the program's view instructions; see [`nonblocking::Client::view`].
    pub fn view<V: View>(&self, instruction: Instruction, payer: &Pubkey) -> Result<V> {
        self.wait(self.inner.view(instruction, payer))
    }

    /// A market's price from a source.
    pub fn price(&self, source: &dyn PriceSource, market: &Market, payer: &Pubkey) -> Result<Priced> {
        self.wait(source.price(&self.inner, market, payer))
    }

    /// The prices of a bank's collateral from a source.
    pub fn collateral(&self, source: &dyn PriceSource, bank: &Bank, payer: &Pubkey) -> Result<CollateralPriced> {
        self.wait(source.collateral(&self.inner, bank, payer))
    }

    /// Waits for an answer. Errors with `SingleThreaded` where the thread is not to be blocked.
    pub fn wait<T>(&self, answer: impl Future<Output = Result<T>>) -> Result<T> {
        let Some(runtime) = &self.runtime.0 else { return Err(ClientError::SingleThreaded) };
        match Handle::try_current().map(|handle| handle.runtime_flavor()) {
            Err(_) => runtime.block_on(answer),
            Ok(RuntimeFlavor::MultiThread) => block_in_place(|| runtime.block_on(answer)),
            Ok(_) => Err(ClientError::SingleThreaded),
        }
    }
}
