//! The same exchange with somebody's key replaced by another address: every account that is derived from the old one
//! stands at what is derived from the new one, and every account that names the old ones names the new ones.
//!
//! So what an owner that is a program's address does can be compared with what the same owner with a wallet does, to the
//! byte. A bump is a byte that belongs to an address: the new address is searched until all bumps are the old ones.

use std::collections::BTreeMap;

use keel_embedded::Chain;
use keel_sdk::address::{PROGRAM_ID, TOKEN_PROGRAM, program_data};
use solana_account::Account;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use crate::hostile::Own;
use crate::sort;

/// Accounts by address.
pub type Accounts = BTreeMap<Pubkey, Account>;

/// Bytes of an address.
const LEN: usize = 32;

/// Where the loader's account of the program says who may upgrade it: all of it that is looked at.
const UPGRADE_AUTHORITY: usize = 45;

/// Old addresses, and what each of them is now.
#[derive(Clone, Debug, Default)]
pub struct Readdress(BTreeMap<Pubkey, Pubkey>);

/// Everything of the exchange's program and of the token program.
pub fn accounts(chain: &Chain) -> Accounts {
    let all = [PROGRAM_ID, TOKEN_PROGRAM].into_iter().flat_map(|program| chain.owned_by(&program));
    all.map(|(address, account)| (address, plain(account))).collect()
}

/// That, and whatever else an instruction names.
pub fn reach(chain: &Chain, instruction: &Instruction) -> Accounts {
    let named = instruction.accounts.iter().map(|meta| meta.pubkey);
    let named = named.filter_map(|address| Some((address, plain(chain.account(&address)?))));
    accounts(chain).into_iter().chain(named).collect()
}

/// The runtime notes in it that a transaction could have written the account, whether it did or not.
fn plain(account: Account) -> Account {
    Account { rent_epoch: 0, ..account }
}

impl Readdress {
    /// Gives each of `keys` an address of the hostile program, and moves what is derived from it in `accounts`.
    pub fn find(keys: &[Pubkey], accounts: &Accounts) -> (Self, Vec<Own>) {
        let (mut all, mut owns) = (Self::default(), Vec::new());
        for (key, first) in keys.iter().zip((0..).step_by(1_000)) {
            // What has to be looked at again for every address that is tried: whatever the first one moves.
            let tried = Self::of(*key, &Own::new(first), accounts);
            let moved =
                accounts.iter().filter(|(at, account)| account.owner == PROGRAM_ID && tried.0.contains_key(*at));
            let moved: Accounts = moved.map(|(address, account)| (*address, account.clone())).collect();
            let fits = |own: &Own| Self::of(*key, own, &moved).keeps_bumps(&moved);
            let own = (first..).map(Own::new).find(fits).expect("every second address has a certain bump");
            all.0.extend(Self::of(*key, &own, &moved).0);
            owns.push(own);
        }
        (all, owns)
    }

    fn of(key: Pubkey, own: &Own, accounts: &Accounts) -> Self {
        let mut moved = Self(BTreeMap::from([(key, own.address)]));
        loop {
            let before = moved.0.len();
            for (address, account) in accounts {
                // Only what is derived stands elsewhere: a token account has an address of its own.
                if account.owner != PROGRAM_ID || moved.0.contains_key(address) {
                    continue;
                }
                let now = moved.account(account);
                if now.data != account.data {
                    let place = sort::canonical(&sort::seeds(&now).expect("an account of the program"));
                    if place != *address {
                        moved.0.insert(*address, place);
                    }
                }
            }
            if moved.0.len() == before {
                return moved;
            }
        }
    }

    fn keeps_bumps(&self, accounts: &Accounts) -> bool {
        accounts.values().all(|account| bump(account) == bump(&self.account(account)))
    }

    /// The number of addresses that are replaced.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What an address is now.
    pub fn address(&self, address: &Pubkey) -> Pubkey {
        self.0.get(address).copied().unwrap_or(*address)
    }

    /// Bytes with all addresses in them replaced.
    pub fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut replaced = bytes.to_vec();
        for (old, new) in &self.0 {
            let places = bytes.windows(LEN).enumerate().filter(|(_, window)| *window == old.as_ref());
            for (at, _) in places {
                replaced[at..at + LEN].copy_from_slice(new.as_ref());
            }
        }
        replaced
    }

    /// An account with all addresses in it replaced.
    pub fn account(&self, account: &Account) -> Account {
        Account { data: self.bytes(&account.data), ..account.clone() }
    }

    /// Accounts, each at the address that is its own now.
    pub fn accounts(&self, accounts: &Accounts) -> Accounts {
        accounts.iter().map(|(address, account)| (self.address(address), self.account(account))).collect()
    }

    /// An instruction of the new owner.
    pub fn instruction(&self, instruction: &Instruction) -> Instruction {
        let mut now = instruction.clone();
        now.data = self.bytes(&now.data);
        for meta in &mut now.accounts {
            meta.pubkey = self.address(&meta.pubkey);
        }
        now
    }

    /// Makes the exchange on a chain that of the new owner.
    pub fn apply(&self, chain: &mut Chain) {
        let before = accounts(chain);
        let wallets = self.0.keys().filter_map(|key| Some((*key, chain.account(key)?)));
        let before: Accounts = before.into_iter().chain(wallets).collect();
        for old in self.0.keys() {
            chain.put(old, Account::default()).unwrap();
        }
        for (address, account) in self.accounts(&before) {
            if before.get(&address) != Some(&account) {
                chain.put(&address, account).unwrap();
            }
        }
        let mut loaded = chain.account(&program_data()).unwrap();
        let header = self.bytes(&loaded.data[..UPGRADE_AUTHORITY]);
        if header != loaded.data[..UPGRADE_AUTHORITY] {
            loaded.data[..UPGRADE_AUTHORITY].copy_from_slice(&header);
            chain.put(&program_data(), loaded).unwrap();
        }
    }
}

/// The bump of the address at which an account must stand.
fn bump(account: &Account) -> u8 {
    let seeds = sort::seeds(account).expect("an account of the program");
    let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
    Pubkey::find_program_address(&seeds, &PROGRAM_ID).1
}
