//! What there is before anybody sends a transaction: lamports, the mints and balances of USDC and of other collateral, and the program as a deployment by
//! the admin's key leaves it. Put into place; everything after it is done by transactions.

use anyhow::{Context, Result, anyhow};
use keel_sdk::address::{PROGRAM_ID, SYSTEM_PROGRAM, TOKEN_PROGRAM, UPGRADEABLE_LOADER, program_data, token_account};
use solana_account::Account;
use solana_pubkey::Pubkey;
use solana_signer::Signer;
use surfpool_core::surfnet::svm::SurfnetSvm;

use crate::collateral::Token;
use crate::keys::Keys;

/// Lamports of every key: 10,000 SOL.
const LAMPORTS: u64 = 10_000_000_000_000;
/// Decimals of USDC.
const DECIMALS: u8 = 6;
/// Atoms in a USDC.
const USDC: u64 = 1_000_000;
/// What a trader or keeper has.
const TRADER_ATOMS: u64 = 10_000_000 * USDC;
/// What whoever provides liquidity has.
const PROVIDER_ATOMS: u64 = 100_000_000 * USDC;

/// Gives every key lamports, and those who trade or provide USDC and some of each other token.
pub fn fund(svm: &mut SurfnetSvm, keys: &Keys, tokens: &[Token]) -> Result<()> {
    for (_, address) in keys.addresses() {
        // The mint's key is that of an account: it has no lamports to spend.
        if address != keys.mint.pubkey() {
            put(svm, &address, Account { lamports: LAMPORTS, owner: SYSTEM_PROGRAM, ..Account::default() })?;
        }
    }
    let usdc = Token {
        mint: keys.mint.pubkey(),
        decimals: DECIMALS,
        trader_atoms: TRADER_ATOMS,
        provider_atoms: PROVIDER_ATOMS,
    };
    [usdc].iter().chain(tokens).try_for_each(|token| issue(svm, keys, token))
}

/// Makes a token's mint and gives those who trade or provide what they have of it.
fn issue(svm: &mut SurfnetSvm, keys: &Keys, token: &Token) -> Result<()> {
    let mint = token.mint;
    let traders = [&keys.alice, &keys.bob, &keys.carol, &keys.keeper].map(|key| (key.pubkey(), token.trader_atoms));
    let holders = [&traders[..], &[(keys.lp.pubkey(), token.provider_atoms)]].concat();
    let supply = holders.iter().fold(0u64, |sum, (_, atoms)| sum.saturating_add(*atoms));
    put_data(svm, &mint, TOKEN_PROGRAM, mint_data(&keys.faucet.pubkey(), supply, token.decimals))?;
    for (owner, atoms) in holders {
        put_data(svm, &token_account(&owner, &mint), TOKEN_PROGRAM, balance_data(&mint, &owner, atoms))?;
    }
    Ok(())
}

/// Deploys the program, upgradeable by an authority. Errors where it is none that loads.
pub fn deploy(svm: &mut SurfnetSvm, program: &[u8], authority: &Pubkey) -> Result<()> {
    // `UpgradeableLoaderState::ProgramData { slot: 0, upgrade_authority_address: Some(..) }` in front of the program.
    let header = [&3u32.to_le_bytes()[..], &0u64.to_le_bytes(), &[1], authority.as_ref()].concat();
    put_data(svm, &program_data(), UPGRADEABLE_LOADER, [&header, program].concat())?;
    // `UpgradeableLoaderState::Program { programdata_address }`.
    let data = [&2u32.to_le_bytes()[..], program_data().as_ref()].concat();
    let lamports = svm.inner.minimum_balance_for_rent_exemption(data.len());
    let account = Account { lamports, data, owner: UPGRADEABLE_LOADER, executable: true, rent_epoch: 0 };
    put(svm, &PROGRAM_ID, account).context("the program does not load")
}

/// A mint's bytes.
fn mint_data(authority: &Pubkey, supply: u64, decimals: u8) -> Vec<u8> {
    let no_freeze_authority = [0u8; 36];
    [&1u32.to_le_bytes()[..], authority.as_ref(), &supply.to_le_bytes(), &[decimals, 1], &no_freeze_authority].concat()
}

/// A token account's bytes: no delegate, initialised, not native, nobody else who may close it.
fn balance_data(mint: &Pubkey, owner: &Pubkey, atoms: u64) -> Vec<u8> {
    let (no_delegate, rest) = ([0u8; 36], [0u8; 56]);
    [mint.as_ref(), owner.as_ref(), &atoms.to_le_bytes(), &no_delegate, &[1], &rest].concat()
}

fn put_data(svm: &mut SurfnetSvm, address: &Pubkey, owner: Pubkey, data: Vec<u8>) -> Result<()> {
    let lamports = svm.inner.minimum_balance_for_rent_exemption(data.len());
    put(svm, address, Account { lamports, data, owner, ..Account::default() })
}

fn put(svm: &mut SurfnetSvm, address: &Pubkey, account: Account) -> Result<()> {
    svm.set_account(address, account).map_err(|error| anyhow!("{error}"))
}
