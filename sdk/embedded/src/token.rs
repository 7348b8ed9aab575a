//! SPL token accounts and mints in their exact layout, for putting balances into place.

use anyhow::{Context, Result, ensure};
use keel_sdk::address::TOKEN_PROGRAM;
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

use crate::chain::Chain;

/// Bytes of a mint.
pub const MINT_LEN: usize = 82;
/// Bytes of a token account.
pub const ACCOUNT_LEN: usize = 165;
/// Where a token account keeps its amount.
const AMOUNT: std::ops::Range<usize> = 64..72;

/// Creates a mint with that many decimals, whose authority is `authority`.
pub fn create_mint(chain: &mut Chain, mint: &Pubkey, authority: &Pubkey, decimals: u8) -> Result<()> {
    let mut data = vec![0; MINT_LEN];
    data[0] = 1;
    data[4..36].copy_from_slice(authority.as_ref());
    data[36..44].copy_from_slice(&(u64::MAX / 2).to_le_bytes());
    data[44] = decimals;
    data[45] = 1;
    chain.put_data(mint, &TOKEN_PROGRAM, data)
}

/// Creates a token account of an owner with a balance.
pub fn create_account(chain: &mut Chain, address: &Pubkey, mint: &Pubkey, owner: &Pubkey, amount: u64) -> Result<()> {
    let mut data = vec![0; ACCOUNT_LEN];
    data[..32].copy_from_slice(mint.as_ref());
    data[32..64].copy_from_slice(owner.as_ref());
    data[AMOUNT].copy_from_slice(&amount.to_le_bytes());
    data[108] = 1;
    chain.put_data(address, &TOKEN_PROGRAM, data)
}

/// Adds to a token account's balance.
pub fn credit(chain: &mut Chain, address: &Pubkey, amount: u64) -> Result<()> {
    let sum = balance(chain, address)?.checked_add(amount).context("a token balance overflows")?;
    set_balance(chain, address, sum)
}

/// Sets a token account's balance.
pub fn set_balance(chain: &mut Chain, address: &Pubkey, amount: u64) -> Result<()> {
    let mut account = chain.account(address).context("no token account there")?;
    account.data[AMOUNT].copy_from_slice(&amount.to_le_bytes());
    chain.put(address, account)
}

/// The token program's own transfer, past ours.
pub fn transfer(source: &Pubkey, destination: &Pubkey, authority: &Pubkey, amount: u64) -> Instruction {
    /// `Transfer` among the token program's instructions.
    const TRANSFER: u8 = 3;
    let mut data = vec![TRANSFER];
    data.extend_from_slice(&amount.to_le_bytes());
    let accounts = vec![
        AccountMeta::new(*source, false),
        AccountMeta::new(*destination, false),
        AccountMeta::new_readonly(*authority, true),
    ];
    Instruction { program_id: TOKEN_PROGRAM, accounts, data }
}

/// A token account's balance.
pub fn balance(chain: &Chain, address: &Pubkey) -> Result<u64> {
    let data = chain.data(address).with_context(|| format!("no token account at {address}"))?;
    ensure!(data.len() == ACCOUNT_LEN, "the account {address} is no token account");
    let bytes = data.get(AMOUNT).and_then(|bytes| bytes.try_into().ok());
    Ok(u64::from_le_bytes(bytes.context("a token account without an amount")?))
}
