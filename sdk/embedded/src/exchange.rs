//! The exchange, set up and driven: initialised, with a USDC bank, markets, traders, and an audit behind every
//! transaction.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use keel_engine::governance::{BankTerms, MarketTerms};
use keel_engine::oracle::Sample;
use keel_engine::params::Params;
use keel_engine::state::{self, Mode};
use keel_engine::units::Price;
use keel_sdk::accounts::Stored;
use keel_sdk::address;
use keel_sdk::events::Event;
use keel_sdk::instructions::{
    AddBank, CreateMarket, CreatePool, CreateTickArray, Deposit, ExecuteChange, Initialize, Launch, OpenAccount,
    OpenRanges, Plan, QueueChange,
};
use keel_sdk::pyth::{PriceUpdate, RECEIVER, Verification};
use keel_sdk::replay::Replay;
use keel_simulator::replayed::{self, Rebuilt};
use keel_simulator::{Books, Quote, audit};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::books;
use crate::chain::{Chain, key};
use crate::outcome::Outcome;
use crate::token;
use keel_simulator::genesis::MarketGenesis;

/// Decimals of USDC.
const DECIMALS: u8 = 6;

/// A market to be listed.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Name, zero-padded.
    pub name: [u8; 16],
    /// How the peg follows the index.
    pub mode: Mode,
    /// Peg of a fixed market; zero takes the index.
    pub launch_price: Price,
    /// Feed of the index.
    pub feed_id: [u8; 32],
    /// Parameters.
    pub params: Params,
    /// Tick arrays to create with it.
    pub tick_arrays: Vec<i32>,
}

impl Listing {
    /// As it is queued.
    pub fn terms(&self) -> MarketTerms {
        MarketTerms {
            price_owner: RECEIVER.to_bytes(),
            feed_id: self.feed_id,
            name: self.name,
            launch_price: self.launch_price.bits,
            mode: u8::from(self.mode == Mode::Fixed),
            pad: [0; 7],
            params: self.params,
        }
    }

    /// What a genesis file says at a first price, which is the launch price where the file names none.
    pub fn of_genesis(genesis: &MarketGenesis, first: &Quote) -> Result<Self> {
        Ok(Self {
            name: genesis.name_bytes()?,
            mode: genesis.mode(),
            launch_price: genesis.launch()?,
            feed_id: genesis.feed()?,
            params: genesis.params(first.price, first.exponent)?,
            tick_arrays: genesis.tick_arrays.clone(),
        })
    }
}

/// A market's price account.
#[derive(Clone, Copy, Debug)]
pub struct Feed {
    /// Address of the price account.
    pub address: Pubkey,
    /// Feed id.
    pub id: [u8; 32],
    /// Publish time of the last update.
    pub published: i64,
}

/// Somebody with a key, tokens and a margin account.
pub struct Trader {
    /// The key that signs.
    pub key: Keypair,
    /// The margin account.
    pub account: Pubkey,
    /// The token account.
    pub tokens: Pubkey,
}

impl Trader {
    /// Who is opened under that name.
    pub fn named(name: &str) -> Self {
        let key = key(name);
        let tokens = crate::chain::key(&format!("{name} tokens")).pubkey();
        Self { account: keel_sdk::address::margin_account(&key.pubkey(), 0), tokens, key }
    }
}

/// The exchange on an embedded chain.
pub struct Exchange {
    /// The chain.
    pub chain: Chain,
    /// The admin, who is the program's upgrade authority.
    pub admin: Keypair,
    /// The guardian.
    pub guardian: Keypair,
    /// Mint of the quote currency.
    pub mint: Pubkey,
    /// Whether every transaction is followed by an audit.
    pub audited: bool,
    /// What the last audit found.
    pub findings: audit::Findings,
    /// What of it the events tell.
    pub rebuilt: Rebuilt,
    /// Every account of the program, as of the last audit.
    pub books: Books,
    /// Balances as the events of sent transactions tell them.
    pub replay: Replay,
    /// Events of sent transactions.
    pub events: u64,
    feeds: BTreeMap<u16, Feed>,
}

impl Exchange {
    /// An initialised exchange with a USDC bank, at a unix time.
    pub fn start(unix: i64) -> Result<Self> {
        let mut chain = Chain::start(unix)?;
        let admin = chain.upgrade_authority();
        let mint = key("usdc mint").pubkey();
        token::create_mint(&mut chain, &mint, &admin.pubkey(), DECIMALS)?;
        let findings = audit::Findings::default();
        let books = Books::default();
        let mut exchange = Self {
            chain,
            admin,
            guardian: key("guardian"),
            mint,
            audited: true,
            findings,
            rebuilt: Rebuilt::default(),
            books,
            replay: Replay::new(),
            events: 0,
            feeds: BTreeMap::new(),
        };
        let (admin, guardian) = (exchange.admin.insecure_clone(), exchange.guardian.pubkey());
        exchange.chain.endow(&guardian)?;
        exchange.send(&[Initialize { admin: admin.pubkey(), guardian }.instruction()], &[&admin])??;
        exchange.add_bank(BankTerms { mint: mint.to_bytes(), ..BankTerms::default() })?;
        Ok(exchange)
    }

    /// Whether deposits are open.
    pub fn is_launched(&self) -> Result<bool> {
        Ok(self.state::<state::Exchange>(&address::exchange())?.launched_at != 0)
    }

    /// Opens the exchange for deposits, unless it is open. The first deposit of [`Exchange::fund`] does so by itself.
    pub fn launch(&mut self) -> Result<()> {
        if self.is_launched()? {
            return Ok(());
        }
        let mints = books::read(&self.chain)?.banks.values().map(|book| Pubkey::from(book.bank.mint)).collect();
        let admin = self.admin.insecure_clone();
        self.send(&[Launch { admin: admin.pubkey(), mints }.instruction()], &[&admin])??;
        Ok(())
    }

    /// Queues a change. Returns its number.
    pub fn queue(&mut self, plan: Plan) -> Result<u64> {
        let admin = self.admin.insecure_clone();
        let queue = QueueChange::next(&self.chain, admin.pubkey(), plan)?;
        self.send(&[queue.instruction()], &[&admin])??;
        Ok(queue.number)
    }

    /// Executes a queued change. `source` is the price account of a new market or the mint of the bank that is changed.
    pub fn execute(&mut self, number: u64, source: Pubkey) -> Result<Outcome> {
        let sender = self.admin.insecure_clone();
        let execute = ExecuteChange { number, sender: sender.pubkey(), source }.instruction(&self.chain)?;
        self.send(&[execute], &[&sender])
    }

    /// Turns the clock to a change's time.
    pub fn wait_for(&mut self, number: u64) -> Result<()> {
        let change: state::Change = self.state(&address::change(number))?;
        let now = self.chain.now().unix;
        self.chain.set_time(change.executable_at.max(now));
        Ok(())
    }

    /// Changes something of the exchange or of the bank of USDC: queued, waited for where the exchange is launched, and
    /// executed.
    pub fn change(&mut self, plan: Plan) -> Result<()> {
        let number = self.queue(plan)?;
        self.wait_for(number)?;
        self.execute(number, self.mint)??;
        Ok(())
    }

    /// Lists another mint: directly before the launch, by the queue after it.
    pub fn add_bank(&mut self, terms: BankTerms) -> Result<()> {
        if self.is_launched()? {
            return self.change(Plan::AddBank(terms));
        }
        let admin = self.admin.insecure_clone();
        self.send(&[AddBank { admin: admin.pubkey(), terms }.instruction()], &[&admin])??;
        Ok(())
    }

    /// Makes the pool.
    pub fn create_pool(&mut self) -> Result<()> {
        let admin = self.admin.insecure_clone();
        self.send(&[CreatePool { admin: admin.pubkey() }.instruction()], &[&admin])??;
        Ok(())
    }

    /// A copy that goes its own way from here.
    pub fn fork(&self) -> Self {
        Self {
            chain: self.chain.fork(),
            admin: self.admin.insecure_clone(),
            guardian: self.guardian.insecure_clone(),
            mint: self.mint,
            audited: self.audited,
            findings: self.findings.clone(),
            rebuilt: self.rebuilt,
            books: self.books.clone(),
            replay: self.replay.clone(),
            events: self.events,
            feeds: self.feeds.clone(),
        }
    }

    /// Lists the next market at a first price: directly before the launch, by the queue after it, with the clock turned to
    /// the change's time. Returns its number.
    pub fn list(&mut self, listing: &Listing, first: &Quote) -> Result<u16> {
        let number = u16::try_from(self.feeds.len())? + 1;
        let address = key(&format!("price of market {number}")).pubkey();
        self.feeds.insert(number, Feed { address, id: listing.feed_id, published: 0 });
        self.publish(number, first)?;
        let admin = self.admin.insecure_clone();
        if self.is_launched()? {
            let change = self.queue(Plan::ListMarket(listing.terms()))?;
            self.wait_for(change)?;
            self.publish(number, first)?;
            self.execute(change, address)??;
        } else {
            let create = CreateMarket {
                admin: admin.pubkey(),
                number,
                price: address,
                mode: listing.mode,
                price_owner: RECEIVER,
                feed_id: listing.feed_id,
                name: listing.name,
                launch_price: listing.launch_price,
                params: listing.params,
            };
            self.send(&[create.instruction()], &[&admin])??;
        }
        for index in &listing.tick_arrays {
            let create = CreateTickArray { payer: admin.pubkey(), market: number, index: *index };
            self.send(&[create.instruction()], &[&admin])??;
        }
        Ok(number)
    }

    /// A market's price account.
    pub fn feed(&self, market: u16) -> Result<Feed> {
        self.feeds.get(&market).copied().with_context(|| format!("market {market} is not listed here"))
    }

    /// Publishes a price now, as a fully verified update of the market's feed.
    pub fn publish(&mut self, market: u16, quote: &Quote) -> Result<()> {
        let now = self.chain.now();
        self.publish_sample(market, &quote.sample(now.unix)).map(drop)
    }

    /// Publishes an update of some second, fully verified. Returns the address of the price account.
    pub fn publish_sample(&mut self, market: u16, sample: &Sample) -> Result<Pubkey> {
        let feed = self.feed(market)?;
        let update = PriceUpdate {
            write_authority: [7; 32],
            verification: Verification::Full,
            feed_id: feed.id,
            price: sample.price,
            conf: sample.conf,
            exponent: sample.exponent,
            publish_time: sample.publish_time,
            prev_publish_time: feed.published,
            ema_price: sample.ema_price,
            ema_conf: sample.conf,
            posted_slot: self.chain.now().slot,
        };
        self.put_update(&feed.address, &update)?;
        self.feeds.insert(market, Feed { published: sample.publish_time, ..feed });
        Ok(feed.address)
    }

    /// Puts a price update into place under the receiver's name.
    pub fn put_update(&mut self, address: &Pubkey, update: &PriceUpdate) -> Result<()> {
        self.chain.put_data(address, &RECEIVER, update.encode())
    }

    /// Somebody of that name with an open margin account, its companion for ranges if asked for, and a deposit.
    pub fn open(&mut self, name: &str, deposit: u64, with_ranges: bool) -> Result<Trader> {
        let trader = Trader::named(name);
        let owner = trader.key.pubkey();
        let open = OpenAccount { owner, sub_account: 0, isolated_market: 0 };
        self.chain.endow(&owner)?;
        token::create_account(&mut self.chain, &trader.tokens, &self.mint, &owner, 0)?;
        self.send(&[open.instruction()], &[&trader.key])??;
        if with_ranges {
            let open = OpenRanges { owner, account: trader.account };
            self.send(&[open.instruction()], &[&trader.key])??;
        }
        if deposit != 0 {
            self.fund(&trader, deposit)??;
        }
        Ok(trader)
    }

    /// Gives a trader tokens from outside and deposits them. The first time, the exchange is launched.
    pub fn fund(&mut self, trader: &Trader, amount: u64) -> Result<Outcome> {
        self.launch()?;
        token::credit(&mut self.chain, &trader.tokens, amount)?;
        let deposit = Deposit {
            authority: trader.key.pubkey(),
            account: trader.account,
            mint: self.mint,
            source: trader.tokens,
            amount,
        };
        let instruction = deposit.instruction(&self.chain)?;
        self.send(&[instruction], &[&trader.key])
    }

    /// Sends a signed transaction and audits the books after it. The outer error is a broken equality; the inner one is
    /// the program's refusal.
    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Outcome> {
        let outcome = self.send_unaudited(instructions, signers);
        if self.audited {
            self.audit()?;
        }
        Ok(outcome)
    }

    /// Sends a signed transaction and listens to its events.
    pub fn send_unaudited(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Outcome {
        let outcome = self.chain.send(instructions, signers);
        if let Ok(executed) = &outcome {
            let events: Vec<Event> = executed.events.iter().filter_map(|data| Event::decode(data)).collect();
            self.events += events.len() as u64;
            let _gaps = self.replay.feed(&events);
            if executed.is_log_cut() {
                self.replay.cut();
            }
        }
        outcome
    }

    /// Reads the books, audits them, and compares them with what the events told. Errors with the broken equality.
    pub fn audit(&mut self) -> Result<()> {
        self.books = books::read(&self.chain)?;
        self.findings = audit::check(&self.books)?;
        self.rebuilt = replayed::check(&mut self.replay, &self.books)?;
        Ok(())
    }

    /// The struct in one of the program's accounts.
    pub fn state<T: Stored>(&self, address: &Pubkey) -> Result<T> {
        match keel_sdk::chain::load(&self.chain, address) {
            Ok(state) => Ok(state),
            Err(error) => bail!(error),
        }
    }
}
