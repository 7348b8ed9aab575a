//! A bank with the program deployed by an upgrade authority, a mint, and a price account that the test writes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use keel_engine::Error;
use keel_sdk::accounts::{Stored, decode};
use keel_sdk::address::{self, PROGRAM_ID, TOKEN_PROGRAM, UPGRADEABLE_LOADER};
use keel_sdk::chain::Accounts;
use keel_sdk::error::to_code;
use keel_sdk::pyth::{PriceUpdate, RECEIVER, Verification};
use solana_account::{Account, AccountSharedData};
use solana_clock::Clock;
use solana_instruction::Instruction;
use solana_instruction::error::InstructionError;
use solana_keypair::Keypair;
use solana_program_test::{BanksTransactionResultWithMetadata, ProgramTest, ProgramTestContext};
use solana_pubkey::Pubkey;
use solana_signer::Signer;
use solana_transaction::Transaction;

/// Feed of the BTC market.
pub const FEED: [u8; 32] = [0xb7; 32];

const RENT: u64 = 10_000_000_000;

/// Whole dollars as quote atoms.
pub const fn dollars(amount: u64) -> u64 {
    amount * 1_000_000
}

/// Account data as last looked at: what the SDK builds instructions from.
#[derive(Default)]
pub struct Seen(BTreeMap<Pubkey, Vec<u8>>);

impl Accounts for Seen {
    fn get(&self, address: &Pubkey) -> Option<Vec<u8>> {
        self.0.get(address).cloned()
    }
}

/// A bank with the program in it.
pub struct Cluster {
    context: ProgramTestContext,
    /// Who may upgrade the program.
    pub authority: Keypair,
    /// Mint of the quote currency.
    pub mint: Pubkey,
    /// The price account.
    pub price: Pubkey,
    /// What has been looked at.
    pub seen: Seen,
}

fn program() -> Vec<u8> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy/keel.so");
    let path = std::env::var_os("KEEL_SO").map_or(built, PathBuf::from);
    match std::fs::read(&path) {
        Ok(program) => program,
        Err(error) => panic!("no program at {} ({error}): run `cargo xtask build`", path.display()),
    }
}

fn account(owner: Pubkey, data: Vec<u8>) -> Account {
    Account { lamports: RENT, data, owner, ..Account::default() }
}

/// The two accounts that a deployment by an upgrade authority leaves behind.
fn deploy(test: &mut ProgramTest, authority: &Pubkey) {
    let named = [&2u32.to_le_bytes()[..], address::program_data().as_ref()].concat();
    test.add_account(PROGRAM_ID, Account { executable: true, ..account(UPGRADEABLE_LOADER, named) });
    let header = [&3u32.to_le_bytes()[..], &0u64.to_le_bytes(), &[1], authority.as_ref()].concat();
    test.add_account(address::program_data(), account(UPGRADEABLE_LOADER, [header, program()].concat()));
}

fn mint_data(authority: &Pubkey) -> Vec<u8> {
    let mut data = vec![0; 82];
    data[0] = 1;
    data[4..36].copy_from_slice(authority.as_ref());
    data[36..44].copy_from_slice(&(u64::MAX / 2).to_le_bytes());
    data[44..46].copy_from_slice(&[6, 1]);
    data
}

impl Cluster {
    /// Starts the bank.
    pub async fn start() -> Self {
        let authority = Keypair::new();
        let (mint, price) = (Pubkey::new_unique(), Pubkey::new_unique());
        let mut test = ProgramTest::default();
        test.prefer_bpf(true);
        deploy(&mut test, &authority.pubkey());
        test.add_account(mint, account(TOKEN_PROGRAM, mint_data(&authority.pubkey())));
        let context = test.start_with_context().await;
        let mut cluster = Self { context, authority, mint, price, seen: Seen::default() };
        let rich = cluster.authority.pubkey();
        cluster.put(&rich, Account { lamports: 100 * RENT, ..Account::default() });
        cluster
    }

    fn put(&mut self, address: &Pubkey, account: Account) {
        self.context.set_account(address, &AccountSharedData::from(account));
    }

    /// A new key with lamports.
    pub async fn rich_key(&mut self) -> Keypair {
        let key = Keypair::new();
        self.put(&key.pubkey(), Account { lamports: 100 * RENT, ..Account::default() });
        key
    }

    /// A token account with a balance.
    pub fn token_account(&mut self, owner: &Pubkey, amount: u64) -> Pubkey {
        let address = Pubkey::new_unique();
        let mut data = vec![0; 165];
        data[..32].copy_from_slice(self.mint.as_ref());
        data[32..64].copy_from_slice(owner.as_ref());
        data[64..72].copy_from_slice(&amount.to_le_bytes());
        data[108] = 1;
        self.put(&address, account(TOKEN_PROGRAM, data));
        address
    }

    /// Tokens in an account.
    pub async fn balance(&mut self, address: &Pubkey) -> u64 {
        let data = self.data(address).await.unwrap();
        u64::from_le_bytes(data[64..72].try_into().unwrap())
    }

    async fn data(&mut self, address: &Pubkey) -> Option<Vec<u8>> {
        self.context.banks_client.get_account(*address).await.unwrap().map(|account| account.data)
    }

    /// The struct in one of the program's accounts.
    pub async fn state<T: Stored>(&mut self, address: &Pubkey) -> T {
        decode(&self.data(address).await.unwrap()).unwrap()
    }

    /// Looks at the market and its tick arrays.
    pub async fn look(&mut self) {
        self.look_at(&[]).await;
    }

    /// Looks at the market, its tick arrays and these accounts.
    pub async fn look_at(&mut self, addresses: &[Pubkey]) {
        let fixed = [address::market(1), address::tick_array(1, -1), address::tick_array(1, 0)];
        for address in fixed.iter().chain(addresses) {
            if let Some(data) = self.data(address).await {
                self.seen.0.insert(*address, data);
            }
        }
    }

    /// Publishes a price in whole USD, stamped with the bank's clock.
    pub async fn publish(&mut self, usd: i64) {
        let clock: Clock = self.context.banks_client.get_sysvar().await.unwrap();
        let update = PriceUpdate {
            write_authority: [1; 32],
            verification: Verification::Full,
            feed_id: FEED,
            price: usd * 100_000_000,
            conf: 1_000_000,
            exponent: -8,
            publish_time: clock.unix_timestamp,
            prev_publish_time: clock.unix_timestamp,
            ema_price: usd * 100_000_000,
            ema_conf: 0,
            posted_slot: clock.slot,
        };
        let price = self.price;
        self.put(&price, account(RECEIVER, update.encode()));
    }

    /// Lets that many slots of 400 ms pass.
    pub async fn pass(&mut self, slots: u64) {
        let before: Clock = self.context.banks_client.get_sysvar().await.unwrap();
        self.context.warp_to_slot(before.slot + slots).unwrap();
        let mut clock: Clock = self.context.banks_client.get_sysvar().await.unwrap();
        clock.unix_timestamp = before.unix_timestamp + i64::try_from(slots * 2 / 5).unwrap();
        self.context.set_sysvar(&clock);
    }

    async fn process(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> BanksTransactionResultWithMetadata {
        let payer = self.context.payer.insecure_clone();
        let blockhash = self.context.get_new_latest_blockhash().await.unwrap();
        let signers: Vec<&Keypair> = std::iter::once(&payer).chain(signers.iter().copied()).collect();
        let transaction = Transaction::new_signed_with_payer(instructions, Some(&payer.pubkey()), &signers, blockhash);
        self.context.banks_client.process_transaction_with_metadata(transaction).await.unwrap()
    }

    /// Sends a transaction that must go through. Returns the units it took.
    pub async fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> u64 {
        let done = self.process(instructions, signers).await;
        let metadata = done.metadata.unwrap();
        assert!(done.result.is_ok(), "{:?}: {:#?}", done.result, metadata.log_messages);
        metadata.compute_units_consumed
    }

    /// Sends a transaction that must be refused with this error.
    pub async fn refused(&mut self, instructions: &[Instruction], signers: &[&Keypair], error: Error) {
        let done = self.process(instructions, signers).await;
        let code = InstructionError::Custom(to_code(error));
        let expected = format!("InstructionError(0, {code:?})");
        assert_eq!(format!("{:?}", done.result.unwrap_err()), expected);
    }
}
