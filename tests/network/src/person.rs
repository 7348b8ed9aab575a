//! Somebody who uses the Rust SDK: a key, a margin account, and what an integrator would write around both.

use anyhow::{Context, Result};
use keel_client::price::{Priced, Pushed};
use keel_client::{Client, Receipt, SendOptions};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::orders::{Kind, REDUCE_ONLY, Terms};
use keel_engine::ranges::liquidity_for_quote;
use keel_engine::state::{MarginAccount, Ranges};
use keel_engine::units::{Price, SqrtPrice};
use keel_sdk::address;
use keel_sdk::instructions::{
    AddRange, CreateTickArray, CreateTokenAccount, Deposit, OpenAccount, OpenRanges, PlaceOrder, RemoveRange,
    RequestDeposit, Trade,
};
use keel_sdk::path::Reach;
use keel_sdk::quote::TradeQuote;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// Tip of an order or a request, in lamports.
const TIP: u64 = 100_000;

/// Where a token account has its amount.
const TOKEN_AMOUNT: std::ops::Range<usize> = 64..72;

/// Somebody with a key.
pub struct Person<'a> {
    /// Over which everything goes.
    pub client: &'a Client,
    /// The key.
    pub key: Keypair,
    /// The margin account.
    pub account: Pubkey,
    mint: Pubkey,
    sub_account: u16,
}

impl<'a> Person<'a> {
    /// Whoever has this key, with one of their margin accounts.
    pub fn new(client: &'a Client, key: Keypair, mint: Pubkey, sub_account: u16) -> Self {
        let account = address::margin_account(&key.pubkey(), sub_account);
        Self { client, key, account, mint, sub_account }
    }

    /// Tokens of a mint in the owner's hands, in atoms; nothing without a token account.
    pub fn tokens(&self, mint: &Pubkey) -> Result<u64> {
        let accounts = self.client.accounts(&[address::token_account(&self.key.pubkey(), mint)])?;
        let account = accounts.first().and_then(Option::as_ref);
        let amount = account.and_then(|account| account.data.get(TOKEN_AMOUNT)).and_then(|bytes| bytes.try_into().ok());
        Ok(amount.map_or(0, u64::from_le_bytes))
    }

    /// The margin account and its ranges, as they are.
    pub fn state(&self) -> Result<(MarginAccount, Option<Ranges>)> {
        Ok(self.client.margin_account(&self.account)?)
    }

    /// Net base held in a market, ranges aside.
    pub fn base(&self, market: u16) -> Result<i64> {
        Ok(self.state()?.0.position(market).map_or(0, |position| position.base))
    }

    /// Opens the account with a companion for ranges, and deposits.
    pub fn open(&self, amount: u64) -> Result<Receipt> {
        let owner = self.key.pubkey();
        let deposit = Deposit {
            authority: owner,
            account: self.account,
            mint: self.mint,
            source: address::token_account(&owner, &self.mint),
            amount,
        };
        let open = OpenAccount { owner, sub_account: self.sub_account, isolated_market: 0 };
        self.send(&[open.instruction()])?;
        let ranges = OpenRanges { owner, account: self.account };
        let deposit = self.client.gather(|accounts| deposit.instruction(accounts))?;
        self.send(&[ranges.instruction(), deposit])
    }

    /// Deposits other collateral, and brings its price up to date.
    pub fn deposit_collateral(&self, mint: &Pubkey, amount: u64) -> Result<Receipt> {
        let owner = self.key.pubkey();
        let source = address::token_account(&owner, mint);
        let deposit = Deposit { authority: owner, account: self.account, mint: *mint, source, amount };
        let priced = self.client.collateral(&Pushed::default(), &self.client.bank(mint)?, &owner)?;
        let deposit = self.client.gather(|accounts| deposit.instruction(accounts))?;
        self.send(&[priced.refresh(*mint).instruction(), deposit])
    }

    /// The price of a market that the network's publisher posts.
    pub fn price(&self, market: u16) -> Result<Priced> {
        let state = self.client.market(market)?;
        Ok(self.client.price(&Pushed::default(), &state, &self.key.pubkey())?)
    }

    /// An order as the trade instruction takes it.
    pub fn order(&self, market: u16, side: Side, exact: Exact) -> Result<Trade> {
        Ok(Trade {
            authority: self.key.pubkey(),
            account: self.account,
            market,
            price: self.price(market)?.account,
            side,
            exact,
            limit: None,
            reduce_only: false,
            all_or_nothing: false,
            reach: Reach::default(),
        })
    }

    /// Trades, quoted before. Returns both.
    pub fn trade(&self, market: u16, side: Side, exact: Exact) -> Result<(TradeQuote, Receipt)> {
        let trade = self.order(market, side, exact)?;
        let quote = self.client.quote_trade(&trade, None)?;
        let instruction = self.client.gather(|accounts| trade.instruction(accounts))?;
        Ok((quote, self.send(&[instruction])?))
    }

    /// Adds a range of so many grid ticks to either side of the index's tick, worth that much quote a side.
    pub fn add_range(&self, market: u16, width: i32, quote: u64) -> Result<Receipt> {
        let state = self.client.market(market)?;
        let spacing = state.params.tick_spacing.cast_signed();
        let (lower, upper) = (-width / spacing * spacing, width / spacing * spacing);
        let ends = (sqrt_price_at_tick(0)?, sqrt_price_at_tick(upper)?);
        let liquidity = liquidity_for_quote(quote, ends.0, ends.1, state.peg)?;
        let add = AddRange {
            owner: self.key.pubkey(),
            account: self.account,
            market,
            price: self.price(market)?.account,
            lower,
            upper,
            liquidity,
            min_sqrt_price: SqrtPrice::from_bits(0),
            max_sqrt_price: SqrtPrice::from_bits(u128::MAX),
        };
        // Whoever is the first so far out makes the tick arrays.
        let missing = self.client.quote_add_range(&add, None)?.creates;
        let create = |index| CreateTickArray { payer: self.key.pubkey(), market, index }.instruction();
        let mut instructions: Vec<_> = missing.into_iter().flatten().map(create).collect();
        instructions.push(self.client.gather(|accounts| add.instruction(accounts))?);
        self.send(&instructions)
    }

    /// Removes the range in a slot.
    pub fn remove_range(&self, slot: u8) -> Result<Receipt> {
        let remove = RemoveRange { owner: self.key.pubkey(), account: self.account, slot };
        let instruction = self.client.gather(|accounts| remove.instruction(accounts))?;
        self.send(&[instruction])
    }

    /// Asks for a deposit into the pool.
    pub fn deposit_into_pool(&self, amount: u64) -> Result<Receipt> {
        let owner = self.key.pubkey();
        let mint = address::share_mint();
        let create = CreateTokenAccount { payer: owner, owner, mint };
        let request = RequestDeposit {
            owner,
            account: self.account,
            shares_account: address::token_account(&owner, &mint),
            amount,
            min_shares: 0,
            tip: TIP,
        };
        let request = self.client.gather(|accounts| request.instruction(accounts))?;
        self.send(&[create.instruction(), request])
    }

    /// Places an order that closes the long position in a market when the mark falls so far.
    pub fn place_stop(&self, market: u16, number: u64, below: Price) -> Result<Receipt> {
        let held = self.base(market)?;
        let terms = Terms {
            kind: Kind::Trigger,
            side: Side::Sell,
            flags: REDUCE_ONLY,
            amount: held.unsigned_abs(),
            below,
            below_limit: Price::default(),
            above: Price::default(),
            above_limit: Price::default(),
            min_fill: 0,
            tip: TIP,
            starts_at: 0,
            expires_at: 0,
            interval_secs: 0,
            slices: 0,
            catch_up: 0,
        };
        let place = PlaceOrder { authority: self.key.pubkey(), account: self.account, market, number, terms };
        self.send(&[place.instruction()])
    }

    /// Signs and sends. Errors with what the program said.
    pub fn send(&self, instructions: &[Instruction]) -> Result<Receipt> {
        let sent = self.client.send(instructions, &[&self.key], &SendOptions::default());
        sent.with_context(|| format!("{} instructions of {}", instructions.len(), self.key.pubkey()))
    }
}
