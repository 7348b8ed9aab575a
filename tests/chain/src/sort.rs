//! What an account is, told from its owner and its bytes, and the address that it must have because of them.

use keel_embedded::Chain;
use keel_engine::state::{
    Bank, BuilderApproval, Change, Exchange, MarginAccount, Market, PlacedOrder, Pool, PoolRequest, Ranges, TickArray,
    Ticket,
};
use keel_sdk::accounts::{Stored, decode};
use keel_sdk::address::{self, PROGRAM_ID, TOKEN_PROGRAM, UPGRADEABLE_LOADER};
use keel_sdk::pyth::RECEIVER;
use solana_account::Account;
use solana_pubkey::Pubkey;

/// Bytes of a mint.
const MINT_LEN: usize = 82;
/// Bytes of a token account.
const TOKENS_LEN: usize = 165;
/// Where a token account keeps who may spend it.
const TOKENS_OWNER: std::ops::Range<usize> = 32..64;

/// Where a mint keeps its authority.
const MINT_AUTHORITY: std::ops::Range<usize> = 4..36;

/// What an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// A typed account of the program.
    State(State),
    /// A mint.
    Mint,
    /// A token account of a bank.
    Vault,
    /// The mint of the pool's shares.
    ShareMint,
    /// The pool's token account of shares that wait.
    ShareVault,
    /// A token account of somebody.
    Tokens,
    /// An account of the price receiver.
    Price,
    /// A program, or the account of the loader that belongs to it.
    Program,
    /// Anything else: a wallet, somebody else's account.
    Foreign,
    /// Nothing is there.
    Nothing,
}

/// Types of the program's accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The exchange.
    Exchange,
    /// A bank.
    Bank,
    /// A market.
    Market,
    /// A tick array.
    TickArray,
    /// A margin account.
    MarginAccount,
    /// A companion with ranges.
    Ranges,
    /// A queued change.
    Change,
    /// A withdrawal that waits.
    Ticket,
    /// The pool.
    Pool,
    /// A deposit into the pool or a redemption that waits.
    PoolRequest,
    /// An order that waits.
    PlacedOrder,
    /// A trader's consent to a builder's fee.
    BuilderApproval,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Exchange,
        Self::Bank,
        Self::Market,
        Self::TickArray,
        Self::MarginAccount,
        Self::Ranges,
        Self::Change,
        Self::Ticket,
        Self::Pool,
        Self::PoolRequest,
        Self::PlacedOrder,
        Self::BuilderApproval,
    ];

    /// What its data begins with.
    pub const fn discriminator(self) -> [u8; 8] {
        match self {
            Self::Exchange => Exchange::DISCRIMINATOR,
            Self::Bank => Bank::DISCRIMINATOR,
            Self::Market => Market::DISCRIMINATOR,
            Self::TickArray => TickArray::DISCRIMINATOR,
            Self::MarginAccount => MarginAccount::DISCRIMINATOR,
            Self::Ranges => Ranges::DISCRIMINATOR,
            Self::Change => Change::DISCRIMINATOR,
            Self::Ticket => Ticket::DISCRIMINATOR,
            Self::Pool => Pool::DISCRIMINATOR,
            Self::PoolRequest => PoolRequest::DISCRIMINATOR,
            Self::PlacedOrder => PlacedOrder::DISCRIMINATOR,
            Self::BuilderApproval => BuilderApproval::DISCRIMINATOR,
        }
    }

    /// Bytes of the whole account.
    pub const fn size(self) -> usize {
        match self {
            Self::Exchange => Exchange::LEN,
            Self::Bank => Bank::LEN,
            Self::Market => Market::LEN,
            Self::TickArray => TickArray::LEN,
            Self::MarginAccount => MarginAccount::LEN,
            Self::Ranges => Ranges::LEN,
            Self::Change => Change::LEN,
            Self::Ticket => Ticket::LEN,
            Self::Pool => Pool::LEN,
            Self::PoolRequest => PoolRequest::LEN,
            Self::PlacedOrder => PlacedOrder::LEN,
            Self::BuilderApproval => BuilderApproval::LEN,
        }
    }

    /// The type whose discriminator the data begins with.
    pub fn of(data: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|state| data.starts_with(&state.discriminator()))
    }
}

/// Whether an authority is the pool's address.
fn is_of_pool(authority: &[u8]) -> bool {
    authority == address::pool().as_ref()
}

impl Sort {
    /// What an account is.
    pub fn of(account: Option<&Account>, chain: &Chain) -> Self {
        let Some(account) = account.filter(|account| account.lamports != 0) else { return Self::Nothing };
        if account.executable || account.owner == UPGRADEABLE_LOADER {
            return Self::Program;
        }
        match (account.owner, account.data.len()) {
            (PROGRAM_ID, _) => State::of(&account.data).map_or(Self::Foreign, Self::State),
            (TOKEN_PROGRAM, MINT_LEN) if is_of_pool(&account.data[MINT_AUTHORITY]) => Self::ShareMint,
            (TOKEN_PROGRAM, MINT_LEN) => Self::Mint,
            (TOKEN_PROGRAM, TOKENS_LEN) if is_of_pool(&account.data[TOKENS_OWNER]) => Self::ShareVault,
            (TOKEN_PROGRAM, TOKENS_LEN) => {
                let spender = Pubkey::try_from(&account.data[TOKENS_OWNER]).unwrap();
                let is_bank = chain.data(&spender).is_some_and(|data| State::of(data) == Some(State::Bank));
                if is_bank { Self::Vault } else { Self::Tokens }
            }
            (RECEIVER, _) => Self::Price,
            _ => Self::Foreign,
        }
    }

    /// What is at an address.
    pub fn at(chain: &Chain, address: &Pubkey) -> Self {
        Self::of(chain.account(address).as_ref(), chain)
    }
}

/// The seeds that an account's own content gives: how `programs/keel/src/state.rs` makes its address.
pub fn seeds(account: &Account) -> Option<Vec<Vec<u8>>> {
    let data = &account.data;
    if account.owner == TOKEN_PROGRAM && data.len() == MINT_LEN {
        return Some(vec![b"shares".to_vec()]);
    }
    if account.owner == TOKEN_PROGRAM && data.len() == TOKENS_LEN && is_of_pool(&data[TOKENS_OWNER]) {
        return Some(vec![b"share_vault".to_vec()]);
    }
    if account.owner == TOKEN_PROGRAM && data.len() == TOKENS_LEN {
        return Some(vec![b"vault".to_vec(), data[..32].to_vec()]);
    }
    let seeds = match State::of(data)? {
        State::Exchange => vec![b"exchange".to_vec()],
        State::Bank => vec![b"bank".to_vec(), decode::<Bank>(data)?.mint.to_vec()],
        State::Market => vec![b"market".to_vec(), decode::<Market>(data)?.index_number.to_le_bytes().to_vec()],
        State::TickArray => {
            let array = decode::<TickArray>(data)?;
            vec![b"ticks".to_vec(), array.market.to_le_bytes().to_vec(), array.index.to_le_bytes().to_vec()]
        }
        State::MarginAccount => {
            let account = decode::<MarginAccount>(data)?;
            vec![b"account".to_vec(), account.owner.to_vec(), account.sub_account.to_le_bytes().to_vec()]
        }
        State::Ranges => vec![b"ranges".to_vec(), decode::<Ranges>(data)?.account.to_vec()],
        State::Change => vec![b"change".to_vec(), decode::<Change>(data)?.number.to_le_bytes().to_vec()],
        State::Ticket => {
            let ticket = decode::<Ticket>(data)?;
            vec![b"ticket".to_vec(), vec![ticket.bank], ticket.number.to_le_bytes().to_vec()]
        }
        State::Pool => vec![b"pool".to_vec()],
        State::PoolRequest => {
            let request = decode::<PoolRequest>(data)?;
            vec![b"request".to_vec(), vec![request.kind], request.number.to_le_bytes().to_vec()]
        }
        State::PlacedOrder => {
            let order = decode::<PlacedOrder>(data)?;
            vec![b"order".to_vec(), order.account.to_vec(), order.number.to_le_bytes().to_vec()]
        }
        State::BuilderApproval => {
            let approval = decode::<BuilderApproval>(data)?;
            vec![b"approval".to_vec(), approval.account.to_vec(), approval.builder.to_vec()]
        }
    };
    Some(seeds)
}

/// The address that the seeds give.
pub fn canonical(seeds: &[Vec<u8>]) -> Pubkey {
    let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
    Pubkey::find_program_address(&seeds, &PROGRAM_ID).0
}

/// The address that the seeds give with the next smaller bump that gives one.
pub fn other_bump(seeds: &[Vec<u8>]) -> Pubkey {
    let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
    let (_, bump) = Pubkey::find_program_address(&seeds, &PROGRAM_ID);
    let mut bumps = (0..bump).rev().map(|bump| [bump]);
    let found = bumps.find_map(|bump| {
        let seeds: Vec<&[u8]> = seeds.iter().copied().chain([&bump[..]]).collect();
        Pubkey::create_program_address(&seeds, &PROGRAM_ID).ok()
    });
    found.expect("nearly every bump gives an address")
}

/// Panics unless every account of the program stands at the address that its content gives: then no instruction can be
/// given one with right bytes at another address, because the program made none.
#[track_caller]
pub fn assert_canonical(chain: &Chain, context: &str) {
    for (address, account) in chain.owned_by(&PROGRAM_ID) {
        let seeds = seeds(&account).unwrap_or_else(|| panic!("{context}: what is {address}?"));
        // A margin account stays where its first owner made it.
        if context == "give_account" && State::of(&account.data) == Some(State::MarginAccount) {
            continue;
        }
        assert_eq!(canonical(&seeds), address, "{context}: not where its content says");
    }
    let exchange = chain.data(&address::exchange());
    assert!(exchange.is_some_and(|data| State::of(data) == Some(State::Exchange)), "{context}: no exchange");
}
