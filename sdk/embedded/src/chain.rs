//! An embedded chain with the compiled program on it, a clock that the caller turns, and signed transactions.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use keel_engine::Now;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::budget;
use keel_sdk::chain::Accounts;
use keel_simulator::program;
use keel_simulator::setup::slots;
use litesvm::LiteSVM;
use solana_account::{Account, ReadableAccount};
use solana_clock::Clock;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;
use solana_transaction::Transaction;

use crate::outcome::{self, Outcome};

/// Lamports of every test key: enough for any rent.
const WEALTH: u64 = 10_000_000_000_000;
/// Bytes of a `ProgramData` account in front of the program: state, slot, and the optional upgrade authority.
const PROGRAM_DATA_HEADER: usize = 45;

/// The compute budget program.
const COMPUTE_BUDGET: Pubkey = Pubkey::from_str_const("ComputeBudget111111111111111111111111111111");
/// Units that the compute budget program takes for an instruction.
const COMPUTE_BUDGET_UNITS: u64 = 150;

/// An embedded chain.
pub struct Chain {
    svm: LiteSVM,
    payer: Keypair,
    authority: Keypair,
    started: Now,
    now: Now,
    program_accounts: BTreeSet<Pubkey>,
    transactions: u64,
    /// Whether transactions ask for what clients ask for, and not for the most.
    asks_as_clients: bool,
}

/// A key made from a name: the same in every run.
pub fn key(name: &str) -> Keypair {
    let mut seed = [0u8; 32];
    for (index, byte) in name.bytes().enumerate() {
        let at = index % seed.len();
        seed[at] = seed[at].wrapping_mul(31).wrapping_add(byte).wrapping_add(1);
    }
    Keypair::new_from_array(seed)
}

/// The instruction that asks for a compute budget.
fn ask_for(units: u32) -> Instruction {
    let mut data = vec![2];
    data.extend_from_slice(&units.to_le_bytes());
    Instruction { program_id: COMPUTE_BUDGET, accounts: Vec::new(), data }
}

/// An outcome whose units are without those of [`ask_for`].
fn without_budget(mut outcome: Outcome) -> Outcome {
    let units = match &mut outcome {
        Ok(executed) => &mut executed.units,
        Err(refused) => &mut refused.units,
    };
    *units = units.saturating_sub(COMPUTE_BUDGET_UNITS);
    outcome
}

impl Chain {
    /// A chain at a unix time, with the program deployed by an upgrade authority.
    pub fn start(unix: i64) -> Result<Self> {
        let program = program::read(&program::path())?;
        let svm = LiteSVM::new().with_transaction_history(0);
        let slot = svm.get_sysvar::<Clock>().slot;
        let now = Now { unix, slot };
        let mut chain = Self {
            payer: key("fee payer"),
            authority: key("upgrade authority"),
            started: now,
            now,
            program_accounts: BTreeSet::new(),
            transactions: 0,
            asks_as_clients: false,
            svm,
        };
        chain.set_time(unix);
        chain.svm.add_program(PROGRAM_ID, &program).context("the program does not load")?;
        chain.set_upgrade_authority()?;
        for rich in [chain.payer.pubkey(), chain.authority.pubkey()] {
            chain.endow(&rich)?;
        }
        Ok(chain)
    }

    /// A copy that goes its own way from here.
    pub fn fork(&self) -> Self {
        Self {
            svm: self.svm.clone(),
            payer: self.payer.insecure_clone(),
            authority: self.authority.insecure_clone(),
            started: self.started,
            now: self.now,
            program_accounts: self.program_accounts.clone(),
            transactions: self.transactions,
            asks_as_clients: self.asks_as_clients,
        }
    }

    /// Deploys another program.
    pub fn add_program(&mut self, address: Pubkey, program: &[u8]) -> Result<()> {
        self.svm.add_program(address, program).with_context(|| format!("the program {address} does not load"))
    }

    /// The key that may upgrade the program.
    pub fn upgrade_authority(&self) -> Keypair {
        self.authority.insecure_clone()
    }

    /// Transactions sent so far.
    pub const fn transactions(&self) -> u64 {
        self.transactions
    }

    /// The clock.
    pub const fn now(&self) -> Now {
        self.now
    }

    /// From here on, transactions ask for the compute units that clients ask for, instead of the most that there are.
    pub const fn ask_as_clients(&mut self) {
        self.asks_as_clients = true;
    }

    /// Instructions behind the one that asks for their compute budget.
    fn budgeted(&self, instructions: &[Instruction]) -> Vec<Instruction> {
        let units = if self.asks_as_clients { budget::total(instructions) } else { budget::MAX_UNITS };
        std::iter::once(ask_for(units)).chain(instructions.iter().cloned()).collect()
    }

    /// Turns the clock to a unix time, and the slot with it.
    pub fn set_time(&mut self, unix: i64) {
        let elapsed = unix.saturating_sub(self.started.unix).max(0).unsigned_abs();
        self.now = Now { unix, slot: self.started.slot + slots(elapsed) };
        let mut clock = self.svm.get_sysvar::<Clock>();
        clock.unix_timestamp = unix;
        clock.slot = self.now.slot;
        self.svm.set_sysvar(&clock);
    }

    /// Gives a key lamports for fees and rent.
    pub fn endow(&mut self, address: &Pubkey) -> Result<()> {
        self.put(address, Account { lamports: WEALTH, owner: address::SYSTEM_PROGRAM, ..Account::default() })
    }

    /// Puts an account into place.
    pub fn put(&mut self, address: &Pubkey, account: Account) -> Result<()> {
        let is_ours = account.owner == PROGRAM_ID;
        self.svm.set_account(*address, account).with_context(|| format!("the account {address} cannot be set"))?;
        self.note(*address, is_ours);
        Ok(())
    }

    /// Puts data under an owner into place, exempt from rent.
    pub fn put_data(&mut self, address: &Pubkey, owner: &Pubkey, data: Vec<u8>) -> Result<()> {
        let lamports = self.rent(data.len());
        self.put(address, Account { lamports, data, owner: *owner, ..Account::default() })
    }

    /// Lamports that make an account of that many bytes exempt from rent.
    pub fn rent(&self, bytes: usize) -> u64 {
        self.svm.minimum_balance_for_rent_exemption(bytes)
    }

    /// The account at an address.
    pub fn account(&self, address: &Pubkey) -> Option<Account> {
        self.svm.get_account(address)
    }

    /// The data of the account at an address, without a copy.
    pub fn data(&self, address: &Pubkey) -> Option<&[u8]> {
        self.svm.accounts_db().get_account_ref(address).map(|account| account.data())
    }

    /// Addresses of the program's accounts, ascending.
    pub const fn program_accounts(&self) -> &BTreeSet<Pubkey> {
        &self.program_accounts
    }

    /// Every account that a program owns.
    pub fn owned_by(&self, program: &Pubkey) -> Vec<(Pubkey, Account)> {
        self.svm.get_program_accounts(program)
    }

    /// Sends instructions as one signed transaction with a compute budget of its own. The first signer pays the fee, or
    /// the chain's own payer where there is none. The units reported are without those of the budget instruction.
    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Outcome {
        let all = self.budgeted(instructions);
        without_budget(self.send_bare(&all, signers))
    }

    /// What a transaction with these instructions would do, unsigned but for the chain's own payer: nothing is changed. For
    /// questions, whose answers are return data.
    pub fn simulate(&self, instructions: &[Instruction]) -> Outcome {
        let payer = self.payer.pubkey();
        let blockhash = self.svm.latest_blockhash();
        let all = self.budgeted(instructions);
        let transaction = Transaction::new_signed_with_payer(&all, Some(&payer), &[&self.payer], blockhash);
        without_budget(outcome::read(self.svm.simulate_transaction(transaction).map(|simulated| simulated.meta)))
    }

    /// The answer of a view instruction. Errors with the refusal, or where the return data is of no known layout.
    pub fn view<V: keel_sdk::views::View>(&self, instruction: Instruction) -> Result<V> {
        let executed = self.simulate(&[instruction])?;
        keel_sdk::views::decode(&executed.returned).context("return data of no known layout")
    }

    /// Sends exactly these instructions as one signed transaction.
    pub fn send_bare(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Outcome {
        let blockhash = self.svm.latest_blockhash();
        self.send_signed(instructions, signers, blockhash.to_bytes())
    }

    /// The chain goes on: another blockhash is the latest.
    pub fn next_block(&mut self) {
        self.svm.expire_blockhash();
    }

    /// Sends exactly these instructions as one transaction signed over this blockhash, or over a durable nonce in its
    /// place.
    pub fn send_signed(&mut self, instructions: &[Instruction], signers: &[&Keypair], blockhash: [u8; 32]) -> Outcome {
        self.transactions += 1;
        let own = [&self.payer];
        let signers = if signers.is_empty() { &own[..] } else { signers };
        let payer = signers.first().map(|signer| signer.pubkey());
        let blockhash = blockhash.into();
        let transaction = Transaction::new_signed_with_payer(instructions, payer.as_ref(), signers, blockhash);
        let keys = transaction.message.account_keys.clone();
        let outcome = outcome::read(self.svm.send_transaction(transaction));
        if outcome.is_ok() {
            for address in keys {
                let is_ours =
                    self.svm.accounts_db().get_account_ref(&address).is_some_and(|a| *a.owner() == PROGRAM_ID);
                self.note(address, is_ours);
            }
        }
        outcome
    }

    fn note(&mut self, address: Pubkey, is_ours: bool) {
        if is_ours {
            self.program_accounts.insert(address);
        } else {
            self.program_accounts.remove(&address);
        }
    }

    /// Writes the upgrade authority into the program's `ProgramData`, as a deployment by that key leaves it.
    fn set_upgrade_authority(&mut self) -> Result<()> {
        let address = address::program_data();
        let mut account = self.account(&address).context("the loader made no ProgramData account")?;
        let header = account.data.get_mut(..PROGRAM_DATA_HEADER).context("the ProgramData account is too short")?;
        // A tag of 4 bytes and the slot of 8, then the authority as an option.
        header[12] = 1;
        header[13..].copy_from_slice(self.authority.pubkey().as_ref());
        self.put(&address, account)
    }
}

impl Accounts for Chain {
    fn get(&self, address: &Pubkey) -> Option<Vec<u8>> {
        self.data(address).map(<[u8]>::to_vec)
    }
}
