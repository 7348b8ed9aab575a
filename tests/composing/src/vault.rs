//! The hedged vault's instructions, addresses and value, as a client without its source would have them.

use keel_chain_tests::SOL;
use keel_embedded::chain::key;
use keel_embedded::{Executed, Outcome, token};
use keel_engine::Side;
use keel_engine::pot;
use keel_engine::state::{MarginAccount, Position};
use keel_sdk::address::{self, PROGRAM_ID, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use keel_sdk::path::{self, Reach};
use keel_simulator::program;
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::scene::{Scene, User};
use crate::{read, written};

/// The vault's program.
pub const VAULT_PROGRAM: Pubkey = Pubkey::from_str_const("Hedged1Vau1t1111111111111111111111111111111");
/// Code of its first refusal.
const FIRST_ERROR: u32 = 7_000;

/// Its refusals, in the order of their codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Refusal {
    AnotherAsset,
    InvalidTerms,
    PriceTooOld,
    PriceUnsure,
    AmountTooSmall,
    TooFewShares,
    TooFewTokens,
    NotEnoughTokens,
    WithinBand,
    NothingToCollect,
    NothingToSwap,
    UnknownSide,
    TooLarge,
}

/// What the tests' vaults are made with: a band of 1%, slippage of half a percent, a reserve of 1%, a spread of 0.2%.
pub const TERMS: [u32; 4] = [10_000, 5_000, 10_000, 2_000];

/// A vault's addresses.
#[derive(Clone, Copy, Debug)]
pub struct Vault {
    /// The vault.
    pub address: Pubkey,
    /// Owner of its margin account.
    pub authority: Pubkey,
    /// Its margin account.
    pub account: Pubkey,
    /// The mint of its shares.
    pub mint: Pubkey,
    /// The mint of its token.
    pub token: Pubkey,
}

fn signer(place: Pubkey) -> AccountMeta {
    AccountMeta::new_readonly(place, true)
}

/// An instruction's data: its number, and its arguments' bytes.
fn data(number: u8, arguments: &[&[u8]]) -> Vec<u8> {
    let mut data = vec![number];
    arguments.iter().for_each(|argument| data.extend_from_slice(argument));
    data
}

/// Deploys the program. Panics with what to do where it cannot be built.
pub fn deploy(scene: &mut Scene) {
    let program = program::another("hedged-vault").unwrap_or_else(|error| panic!("{error:#}"));
    scene.world.exchange.chain.add_program(VAULT_PROGRAM, &program).unwrap();
}

impl Vault {
    /// Where a creator's vault of SOL is.
    pub fn of(scene: &Scene, creator: &Pubkey) -> Self {
        let derive = |seeds: &[&[u8]]| Pubkey::find_program_address(seeds, &VAULT_PROGRAM).0;
        let (market, bank) = (address::market(SOL), address::bank(&scene.sol));
        let address = derive(&[b"vault", creator.as_ref(), market.as_ref(), bank.as_ref()]);
        let authority = derive(&[b"authority", address.as_ref()]);
        Self {
            address,
            authority,
            account: address::margin_account(&authority, 0),
            mint: derive(&[b"shares", address.as_ref()]),
            token: scene.sol,
        }
    }

    /// A vault in a scene, its program deployed.
    #[track_caller]
    pub fn start(scene: &mut Scene) -> Self {
        deploy(scene);
        let creator = scene.world.stranger("creator");
        let vault = Self::of(scene, &creator);
        scene.send(&[vault.create(&creator, TERMS)]);
        vault
    }

    /// Makes it.
    pub fn create(&self, creator: &Pubkey, terms: [u32; 4]) -> Instruction {
        let accounts = vec![
            AccountMeta::new(*creator, true),
            written(self.address),
            read(self.authority),
            written(self.mint),
            written(self.account),
            read(address::market(SOL)),
            read(address::bank(&self.token)),
            read(PROGRAM_ID),
            read(TOKEN_PROGRAM),
            read(SYSTEM_PROGRAM),
        ];
        let terms = terms.map(u32::to_le_bytes).concat();
        Instruction { program_id: VAULT_PROGRAM, accounts, data: data(0, &[&terms]) }
    }

    /// What every instruction begins with.
    fn hedge(&self, scene: &Scene) -> Vec<AccountMeta> {
        vec![
            read(self.address),
            read(self.authority),
            written(self.account),
            written(address::market(SOL)),
            read(scene.world.price_account(SOL)),
            read(PROGRAM_ID),
        ]
    }

    fn arrays(scene: &Scene, side: Side) -> Vec<AccountMeta> {
        let arrays = path::arrays(&scene.market(), side, Reach { ahead: 2, behind: 2 });
        arrays.into_iter().map(|index| written(address::tick_array(SOL, index))).collect()
    }

    /// Somebody's account of its shares; made where there is none.
    pub fn shares_of(&self, scene: &mut Scene, user: &User) -> Pubkey {
        let name = format!("shares {} {}", self.address, user.address());
        let place = key(&name).pubkey();
        if scene.world.exchange.chain.data(&place).is_none() {
            scene.wallet(&name, self.mint, &user.key, 0);
        }
        place
    }

    fn in_or_out(&self, scene: &mut Scene, user: &User, side: Side, data: Vec<u8>) -> Instruction {
        let mut accounts = self.hedge(scene);
        accounts.extend([
            written(address::bank(&self.token)),
            written(address::vault(&self.token)),
            signer(user.address()),
            written(user.sol),
            written(self.mint),
            written(self.shares_of(scene, user)),
            read(TOKEN_PROGRAM),
        ]);
        accounts.extend(Self::arrays(scene, side));
        Instruction { program_id: VAULT_PROGRAM, accounts, data }
    }

    /// Brings tokens in.
    pub fn deposit(&self, scene: &mut Scene, user: &User, amount: u64, min_shares: u64) -> Instruction {
        let data = data(1, &[&amount.to_le_bytes(), &min_shares.to_le_bytes()]);
        self.in_or_out(scene, user, Side::Sell, data)
    }

    /// Burns shares.
    pub fn withdraw(&self, scene: &mut Scene, user: &User, shares: u64, min_amount: u64) -> Instruction {
        let data = data(2, &[&shares.to_le_bytes(), &min_amount.to_le_bytes()]);
        self.in_or_out(scene, user, Side::Buy, data)
    }

    /// Trades the short back to the tokens.
    pub fn rebalance(&self, scene: &Scene) -> Instruction {
        let mut accounts = self.hedge(scene);
        accounts.push(read(address::bank(&self.token)));
        accounts.extend(Self::arrays(scene, Side::Buy));
        Instruction { program_id: VAULT_PROGRAM, accounts, data: data(3, &[]) }
    }

    /// Collects profit.
    pub fn collect(&self, scene: &Scene) -> Instruction {
        let mut accounts = self.hedge(scene);
        accounts.push(read(address::bank(&self.token)));
        Instruction { program_id: VAULT_PROGRAM, accounts, data: data(4, &[]) }
    }

    /// Brings USDC (0) or tokens (1) for the other.
    pub fn swap(&self, scene: &Scene, user: &User, brings: u8, amount: u64, min_out: u64) -> Instruction {
        let mut accounts = self.hedge(scene);
        accounts.extend([
            written(address::bank(&self.token)),
            written(address::vault(&self.token)),
            written(address::bank(&scene.usdc)),
            written(address::vault(&scene.usdc)),
            signer(user.address()),
            written(user.sol),
            written(user.usdc),
            read(TOKEN_PROGRAM),
        ]);
        let data = data(5, &[&[brings], &amount.to_le_bytes(), &min_out.to_le_bytes()]);
        Instruction { program_id: VAULT_PROGRAM, accounts, data }
    }

    /// Deposits; must go through. The shares that it gave.
    #[track_caller]
    pub fn enter(&self, scene: &mut Scene, user: &User, amount: u64) -> u64 {
        let before = self.held_shares(scene, user);
        let deposit = self.deposit(scene, user, amount, 0);
        scene.send(&[deposit]);
        self.held_shares(scene, user) - before
    }

    /// Withdraws; must go through. The tokens that it paid.
    #[track_caller]
    pub fn leave(&self, scene: &mut Scene, user: &User, shares: u64) -> u64 {
        let before = scene.balance(&user.sol);
        let withdraw = self.withdraw(scene, user, shares, 0);
        scene.send(&[withdraw]);
        scene.balance(&user.sol) - before
    }

    /// Somebody's shares.
    pub fn held_shares(&self, scene: &mut Scene, user: &User) -> u64 {
        let place = self.shares_of(scene, user);
        scene.balance(&place)
    }

    /// All shares.
    pub fn supply(&self, scene: &Scene) -> u64 {
        let data = scene.world.exchange.chain.data(&self.mint).unwrap();
        u64::from_le_bytes(data[36..44].try_into().unwrap())
    }

    /// Its margin account.
    pub fn state(&self, scene: &Scene) -> MarginAccount {
        scene.world.exchange.state(&self.account).unwrap()
    }

    /// Its position, empty where it has none.
    pub fn position(&self, scene: &Scene) -> Option<Position> {
        self.state(scene).position(SOL).ok().copied()
    }

    /// Tokens that it holds.
    pub fn tokens(&self, scene: &Scene) -> u64 {
        self.state(scene).capital[usize::from(scene.bank().index)]
    }

    /// Base atoms that it holds; negative is short.
    pub fn base(&self, scene: &Scene) -> i64 {
        self.position(scene).map_or(0, |position| position.base)
    }

    /// Tokens less what it is short, in atoms of the token: a contract is ten.
    pub fn delta(&self, scene: &Scene) -> i64 {
        self.tokens(scene) as i64 + 10 * self.base(scene)
    }

    /// What it is worth at the index, claims at face, in USD.
    pub fn usd(&self, scene: &Scene) -> f64 {
        let (state, market) = (self.state(scene), scene.market());
        let index = market.index.bits as f64 / 2f64.powi(48) / 1e6;
        let tokens = self.tokens(scene) as f64 / 10.0 * index;
        let position = self.position(scene).map_or(0.0, |position| {
            let funding = pot::funding_due(&market, &position).unwrap();
            let quote = position.quote - funding + (position.unmatured + position.mature) as i64;
            position.base as f64 * index + quote as f64 / 1e6
        });
        tokens + position + state.usdc() as f64 / 1e6
    }

    /// USD that a share stands for.
    pub fn share(&self, scene: &Scene) -> f64 {
        self.usd(scene) * 1e9 / self.supply(scene) as f64
    }
}

/// What the vault said no with.
pub fn refusal_of(outcome: &Outcome) -> Option<Refusal> {
    const ALL: [Refusal; 13] = [
        Refusal::AnotherAsset,
        Refusal::InvalidTerms,
        Refusal::PriceTooOld,
        Refusal::PriceUnsure,
        Refusal::AmountTooSmall,
        Refusal::TooFewShares,
        Refusal::TooFewTokens,
        Refusal::NotEnoughTokens,
        Refusal::WithinBand,
        Refusal::NothingToCollect,
        Refusal::NothingToSwap,
        Refusal::UnknownSide,
        Refusal::TooLarge,
    ];
    let name = outcome.as_ref().err()?.name();
    ALL.into_iter().find(|refusal| name.contains(&format!("Custom({})", FIRST_ERROR + *refusal as u32)))
}

/// It must have been refused with that.
#[track_caller]
pub fn assert_refused(outcome: &Outcome, refusal: Refusal) {
    match outcome {
        Ok(_) => panic!("not refused"),
        Err(refused) => assert_eq!(refusal_of(outcome), Some(refusal), "{refused}"),
    }
}

/// Units of an instruction that went through, the bank's refresh in front of it aside.
pub fn units_of(executed: &Executed, program: &Pubkey) -> u64 {
    let line = format!("Program {program} consumed ");
    let of_line = |text: &String| text.strip_prefix(&line)?.split(' ').next()?.parse::<u64>().ok();
    executed.logs.iter().filter_map(of_line).sum()
}

/// Gives tokens to a vault's margin account by Keel's own deposit.
pub fn donate(scene: &mut Scene, vault: &Vault, user: &User, mint: Pubkey, source: Pubkey, amount: u64) {
    token::credit(&mut scene.world.exchange.chain, &source, amount).unwrap();
    let gift =
        keel_sdk::instructions::Deposit { authority: user.address(), account: vault.account, mint, source, amount };
    let gift = gift.instruction(&scene.world.exchange.chain).unwrap();
    scene.send(&[gift]);
}
