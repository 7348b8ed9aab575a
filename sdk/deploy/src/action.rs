//! What a step does, as transactions.

use anyhow::{Context, Result};
use bytemuck::Zeroable;
use keel_engine::governance::MarketTerms;
use keel_engine::state::{Change, Exchange, Mode};
use keel_engine::units::Price;
use keel_sdk::accounts::encode;
use keel_sdk::address;
use keel_sdk::instructions::{
    AcceptAdmin, AddBank, CreateMarket, CreatePool, CreateTickArray, ExecuteChange, FundInsurance, Initialize, Launch,
    Plan as Content, QueueChange,
};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use crate::chain::Chain;
use crate::feed::Feed;

/// Tick arrays that are created in one transaction.
const ARRAYS_AT_ONCE: usize = 4;

/// What a step does.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// Nothing: the step is done, or is not ours.
    Nothing,
    /// Puts the program there, or replaces it.
    Program,
    /// Creates the exchange.
    Initialize { guardian: Pubkey },
    /// Adds the bank of the quote currency, before the launch.
    AddBank { mint: Pubkey },
    /// Lists a market, before the launch.
    CreateMarket { number: u16, feed: Feed, terms: Box<MarketTerms> },
    /// Creates tick arrays.
    TickArrays { market: u16, indices: Vec<i32> },
    /// Makes the pool.
    CreatePool,
    /// A change by governance: executed at once before the launch, queued after it.
    Change(Box<Content>),
    /// Executes a queued change whose time has come. `source` is a new market's price account or the mint of its bank.
    Execute { number: u64, source: Pubkey, feed: Option<(Feed, u32)> },
    /// Pays quote atoms into the exchange's insurance.
    Insure { mint: Pubkey, amount: u64 },
    /// Opens the exchange for deposits.
    Launch { mint: Pubkey },
    /// Hands the program over.
    UpgradeAuthority(Option<Pubkey>),
    /// The named admin takes the exchange over.
    AcceptAdmin { admin: Pubkey },
}

impl Action {
    /// The feed whose update has to be fresh when it is sent, with the age in seconds up to which it is.
    pub(crate) fn feed(&self) -> Option<(Feed, u32)> {
        match self {
            Self::CreateMarket { feed, terms, .. } => Some((*feed, terms.params.max_age_trade_secs)),
            Self::Execute { feed, .. } => *feed,
            _ => None,
        }
    }

    /// The transactions, each a list of instructions. The program's own steps have none: they are the loader's.
    pub(crate) fn transactions(&self, chain: &Chain, deployer: Pubkey) -> Result<Vec<Vec<Instruction>>> {
        let exchange: Option<Exchange> = chain.state(&address::exchange());
        let admin = exchange.map_or(deployer, |exchange| Pubkey::from(exchange.admin));
        let one = |instruction| vec![vec![instruction]];
        Ok(match self {
            Self::Nothing | Self::Program | Self::UpgradeAuthority(_) => Vec::new(),
            Self::Initialize { guardian } => one(Initialize { admin: deployer, guardian: *guardian }.instruction()),
            Self::AddBank { mint } => one(AddBank::of_usdc(admin, *mint).instruction()),
            Self::CreateMarket { number, feed, terms } => one(create_market(admin, *number, feed, terms).instruction()),
            Self::TickArrays { market, indices } => {
                let create =
                    |index: &i32| CreateTickArray { payer: deployer, market: *market, index: *index }.instruction();
                indices.chunks(ARRAYS_AT_ONCE).map(|part| part.iter().map(create).collect()).collect()
            }
            Self::CreatePool => one(CreatePool { admin }.instruction()),
            Self::Change(content) => {
                let exchange = exchange.context("there is no exchange to change")?;
                vec![change(chain, &exchange, content)?]
            }
            Self::Execute { number, source, .. } => {
                one(ExecuteChange { number: *number, sender: deployer, source: *source }.instruction(chain)?)
            }
            Self::Insure { mint, amount } => {
                let source = address::token_account(&deployer, mint);
                one(FundInsurance { authority: deployer, mint: *mint, source, amount: *amount }.instruction())
            }
            Self::Launch { mint } => one(Launch { admin, mints: vec![*mint] }.instruction()),
            Self::AcceptAdmin { admin } => one(AcceptAdmin { admin: *admin }.instruction()),
        })
    }
}

fn create_market(admin: Pubkey, number: u16, feed: &Feed, terms: &MarketTerms) -> CreateMarket {
    CreateMarket {
        admin,
        number,
        price: feed.address,
        mode: if terms.mode == 0 { Mode::Floating } else { Mode::Fixed },
        price_owner: feed.owner,
        feed_id: feed.id,
        name: terms.name,
        launch_price: Price::from_bits(terms.launch_price),
        params: terms.params,
    }
}

/// Queued, and before the launch executed in the same transaction: whoever is interrupted leaves no half of it.
fn change(chain: &Chain, exchange: &Exchange, content: &Content) -> Result<Vec<Instruction>> {
    let admin = Pubkey::from(exchange.admin);
    let queue = QueueChange::next(chain, admin, *content)?;
    let mut instructions = vec![queue.instruction()];
    if exchange.launched_at == 0 {
        let (kind, target) = content.place();
        let queued = Change {
            number: queue.number,
            payer: admin.to_bytes(),
            target,
            kind: kind as u8,
            content: content.content(),
            ..Change::zeroed()
        };
        let chain = chain.with(address::change(queue.number), encode(&queued));
        let source = chain.bank_mint().unwrap_or_default();
        instructions.push(ExecuteChange { number: queue.number, sender: admin, source }.instruction(&chain)?);
    }
    Ok(instructions)
}
