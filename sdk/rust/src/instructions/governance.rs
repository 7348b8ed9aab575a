//! The launch, the queue, and the guardian.

use keel_engine::exchange_params::{BankParams, ExchangeParams, PoolParams};
use keel_engine::governance::{BankGuard, BankTerms, Kind, MarketGuard, MarketTerms, PoolGuard};
use keel_engine::params::Params;
use keel_engine::pool::StrategyTerms;
use keel_engine::state::{CHANGE_LENGTH, Change, Exchange};
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

use super::data::{Data, payer, read, signer, written};
use crate::address::{self, INSTRUCTIONS_SYSVAR, PROGRAM_ID, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use crate::chain::{Accounts, load};
use crate::error::Result;

/// Opens the exchange for deposits, for ever.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The exchange's admin.
    pub admin: Pubkey,
    /// Mints of all banks, in the order of their numbers.
    pub mints: Vec<Pubkey>,
}

impl Launch {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let mut accounts = vec![signer(self.admin), written(address::exchange()), read(INSTRUCTIONS_SYSVAR)];
        accounts.extend(self.mints.iter().map(|mint| written(address::bank(mint))));
        Data::new(24).instruction(accounts)
    }
}

/// What may be queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// All parameters of a market.
    MarketParams(u16, Params),
    /// All parameters of the exchange.
    ExchangeParams(ExchangeParams),
    /// All parameters of a bank.
    BankParams(u8, BankParams),
    /// Another guardian, or zero for none.
    Guardian(Pubkey),
    /// Another owner of the treasury's token accounts, or zero for none.
    Treasury(Pubkey),
    /// Who may become admin by accepting, or zero for nobody.
    PendingAdmin(Pubkey),
    /// A new market.
    ListMarket(MarketTerms),
    /// A new bank.
    AddBank(BankTerms),
    /// Notice that a market closes.
    CloseMarket(u16),
    /// A market takes new risk again.
    LiftReduceOnly(u16),
    /// All parameters of the pool.
    PoolParams(PoolParams),
    /// The pool's strategy in a market.
    Strategy(u16, StrategyTerms),
    /// The pool takes deposits again.
    OpenPool,
}

impl Plan {
    /// Kind and target, as they go over the wire.
    pub fn place(&self) -> (Kind, u16) {
        match *self {
            Self::MarketParams(market, _) => (Kind::MarketParams, market),
            Self::ExchangeParams(_) => (Kind::ExchangeParams, 0),
            Self::BankParams(bank, _) => (Kind::BankParams, bank.into()),
            Self::Guardian(_) => (Kind::Guardian, 0),
            Self::Treasury(_) => (Kind::Treasury, 0),
            Self::PendingAdmin(_) => (Kind::PendingAdmin, 0),
            Self::ListMarket(_) => (Kind::ListMarket, 0),
            Self::AddBank(_) => (Kind::AddBank, 0),
            Self::CloseMarket(market) => (Kind::CloseMarket, market),
            Self::LiftReduceOnly(market) => (Kind::LiftReduceOnly, market),
            Self::PoolParams(_) => (Kind::PoolParams, 0),
            Self::Strategy(market, _) => (Kind::Strategy, market),
            Self::OpenPool => (Kind::OpenPool, 0),
        }
    }

    /// Content, as it goes over the wire.
    pub fn content(&self) -> [u8; CHANGE_LENGTH] {
        let bytes = match self {
            Self::MarketParams(_, params) => bytemuck::bytes_of(params),
            Self::ExchangeParams(params) => bytemuck::bytes_of(params),
            Self::BankParams(_, params) => bytemuck::bytes_of(params),
            Self::Guardian(key) | Self::Treasury(key) | Self::PendingAdmin(key) => key.as_ref(),
            Self::AddBank(terms) => bytemuck::bytes_of(terms),
            Self::ListMarket(terms) => bytemuck::bytes_of(terms),
            Self::PoolParams(params) => bytemuck::bytes_of(params),
            Self::Strategy(_, terms) => bytemuck::bytes_of(terms),
            Self::CloseMarket(_) | Self::LiftReduceOnly(_) | Self::OpenPool => &[],
        };
        let mut content = [0; CHANGE_LENGTH];
        content.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        content
    }
}

/// Queues a change.
#[derive(Clone, Copy, Debug)]
pub struct QueueChange {
    /// The exchange's admin; pays.
    pub admin: Pubkey,
    /// Number of the change: one more than were queued.
    pub number: u64,
    /// What is queued.
    pub plan: Plan,
}

impl QueueChange {
    /// The next one of an exchange.
    pub fn next(chain: &impl Accounts, admin: Pubkey, plan: Plan) -> Result<Self> {
        let exchange: Exchange = load(chain, &address::exchange())?;
        Ok(Self { admin, number: exchange.changes.saturating_add(1), plan })
    }

    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let (kind, target) = self.plan.place();
        Data::new(25).u8(kind as u8).u16(target).bytes(&self.plan.content()).instruction(vec![
            payer(self.admin),
            written(address::exchange()),
            written(address::change(self.number)),
            read(INSTRUCTIONS_SYSVAR),
            read(SYSTEM_PROGRAM),
        ])
    }
}

/// Takes a queued change back.
#[derive(Clone, Copy, Debug)]
pub struct CancelChange {
    /// The admin or the guardian.
    pub authority: Pubkey,
    /// Number of the change.
    pub number: u64,
}

impl CancelChange {
    /// The instruction. Errors where there is no such change.
    pub fn instruction(&self, chain: &impl Accounts) -> Result<Instruction> {
        let place = address::change(self.number);
        let change: Change = load(chain, &place)?;
        Ok(Data::new(26).instruction(vec![
            signer(self.authority),
            written(address::exchange()),
            written(place),
            written(Pubkey::from(change.payer)),
            read(INSTRUCTIONS_SYSVAR),
        ]))
    }
}

/// Becomes admin, as the one who was named for it.
#[derive(Clone, Copy, Debug)]
pub struct AcceptAdmin {
    /// The pending admin.
    pub admin: Pubkey,
}

impl AcceptAdmin {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        Data::new(27).instruction(vec![signer(self.admin), written(address::exchange()), read(INSTRUCTIONS_SYSVAR)])
    }
}

/// Executes a queued change; anyone may.
#[derive(Clone, Copy, Debug)]
pub struct ExecuteChange {
    /// Number of the change.
    pub number: u64,
    /// Who pays for the accounts of a new market or bank.
    pub sender: Pubkey,
    /// Price account of a new market, or the mint of the bank that is changed.
    pub source: Pubkey,
}

impl ExecuteChange {
    /// The instruction of the change's kind. Errors where there is no such change, and for a kind that there is not.
    pub fn instruction(&self, chain: &impl Accounts) -> Result<Instruction> {
        let place = address::change(self.number);
        let change: Change = load(chain, &place)?;
        let exchange = written(address::exchange());
        let closed = [written(place), written(Pubkey::from(change.payer))];
        let (discriminator, accounts) = match Kind::of(change.kind)? {
            Kind::ExchangeParams | Kind::Guardian | Kind::Treasury | Kind::PendingAdmin => (28, vec![exchange]),
            Kind::BankParams => (29, vec![read(address::exchange()), written(address::bank(&self.source))]),
            Kind::MarketParams | Kind::CloseMarket | Kind::LiftReduceOnly => {
                (30, vec![read(address::exchange()), written(address::market(change.target))])
            }
            Kind::PoolParams | Kind::Strategy | Kind::OpenPool => {
                let market = address::market(change.target);
                // One that is gone is left out, and so is none.
                let market = if chain.get(&market).is_some() { market } else { PROGRAM_ID };
                let pool = [written(address::pool()), read(address::pool_account()), read(market)];
                (64, [vec![read(address::exchange())], pool.to_vec()].concat())
            }
            Kind::ListMarket => return self.list_market(chain, &closed),
            Kind::AddBank => return Ok(self.list_bank(&change, &closed)),
        };
        Ok(Data::new(discriminator).instruction([accounts, closed.to_vec()].concat()))
    }

    fn list_market(&self, chain: &impl Accounts, closed: &[AccountMeta; 2]) -> Result<Instruction> {
        let exchange: Exchange = load(chain, &address::exchange())?;
        let [change, paid] = closed.clone();
        Ok(Data::new(31).instruction(vec![
            payer(self.sender),
            written(address::exchange()),
            change,
            paid,
            written(address::market(exchange.markets.saturating_add(1))),
            read(self.source),
            read(SYSTEM_PROGRAM),
        ]))
    }

    fn list_bank(&self, change: &Change, closed: &[AccountMeta; 2]) -> Instruction {
        let mint = change.content.first_chunk().copied().map_or_else(Pubkey::default, Pubkey::new_from_array);
        let [account, paid] = closed.clone();
        Data::new(32).instruction(vec![
            payer(self.sender),
            written(address::exchange()),
            account,
            paid,
            read(mint),
            written(address::bank(&mint)),
            written(address::vault(&mint)),
            read(TOKEN_PROGRAM),
            read(SYSTEM_PROGRAM),
        ])
    }
}

/// Reduces a market's risk at once.
#[derive(Clone, Copy, Debug)]
pub struct GuardMarket {
    /// The guardian or the admin.
    pub authority: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// What is done.
    pub guard: MarketGuard,
}

impl GuardMarket {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let (action, value) = self.guard.encoded();
        Data::new(33).u8(action).u32(value).instruction(vec![
            signer(self.authority),
            read(address::exchange()),
            written(address::market(self.market)),
            read(INSTRUCTIONS_SYSVAR),
        ])
    }
}

/// Reduces what may leave or enter a bank, at once.
#[derive(Clone, Copy, Debug)]
pub struct GuardBank {
    /// The guardian or the admin.
    pub authority: Pubkey,
    /// Mint of the bank.
    pub mint: Pubkey,
    /// What is done.
    pub guard: BankGuard,
}

impl GuardBank {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let (action, value) = self.guard.encoded();
        Data::new(34).u8(action).u32(value).instruction(vec![
            signer(self.authority),
            read(address::exchange()),
            written(address::bank(&self.mint)),
            read(INSTRUCTIONS_SYSVAR),
        ])
    }
}

/// Reduces what the pool takes upon itself, at once.
#[derive(Clone, Copy, Debug)]
pub struct GuardPool {
    /// The guardian or the admin.
    pub authority: Pubkey,
    /// What is done.
    pub guard: PoolGuard,
}

impl GuardPool {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let (action, market, value) = self.guard.encoded();
        Data::new(65).u8(action).u16(market).u32(value).instruction(vec![
            signer(self.authority),
            read(address::exchange()),
            written(address::pool()),
            read(INSTRUCTIONS_SYSVAR),
        ])
    }
}

/// Sends what a market has paid to the treasury to its owner; anyone may.
#[derive(Clone, Copy, Debug)]
pub struct WithdrawTreasury {
    /// Number of the market.
    pub market: u16,
    /// Mint of the quote currency.
    pub mint: Pubkey,
    /// Token account of the treasury's owner.
    pub destination: Pubkey,
    /// Quote atoms.
    pub amount: u64,
}

impl WithdrawTreasury {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        Data::new(35).u64(self.amount).instruction(vec![
            read(address::exchange()),
            written(address::market(self.market)),
            written(address::bank(&self.mint)),
            written(address::vault(&self.mint)),
            written(self.destination),
            read(TOKEN_PROGRAM),
        ])
    }
}
