//! Where things live: the program, its accounts, and the programs it calls.

use solana_pubkey::Pubkey;

/// The exchange's program.
pub const PROGRAM_ID: Pubkey = Pubkey::from_str_const("Kee1Perp11111111111111111111111111111111111");
/// The SPL token program.
pub const TOKEN_PROGRAM: Pubkey = Pubkey::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// The program of associated token accounts.
pub const ASSOCIATED_TOKEN_PROGRAM: Pubkey = Pubkey::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
/// The system program.
pub const SYSTEM_PROGRAM: Pubkey = Pubkey::from_str_const("11111111111111111111111111111111");
/// Where the runtime tells a transaction's instructions.
pub const INSTRUCTIONS_SYSVAR: Pubkey = Pubkey::from_str_const("Sysvar1nstructions1111111111111111111111111");
/// The loader that owns upgradeable programs.
pub const UPGRADEABLE_LOADER: Pubkey = Pubkey::from_str_const("BPFLoaderUpgradeab1e11111111111111111111111");

/// An address derived from the program's id.
fn derived(seeds: &[&[u8]]) -> Pubkey {
    Pubkey::find_program_address(seeds, &PROGRAM_ID).0
}

/// The exchange.
pub fn exchange() -> Pubkey {
    derived(&[b"exchange"])
}

/// The bank of a mint.
pub fn bank(mint: &Pubkey) -> Pubkey {
    derived(&[b"bank", mint.as_ref()])
}

/// The token account in which a bank holds everyone's tokens.
pub fn vault(mint: &Pubkey) -> Pubkey {
    derived(&[b"vault", mint.as_ref()])
}

/// A market, by its number from 1.
pub fn market(number: u16) -> Pubkey {
    derived(&[b"market", &number.to_le_bytes()])
}

/// A tick array of a market, by its index: the first grid tick over 64.
pub fn tick_array(market: u16, index: i32) -> Pubkey {
    derived(&[b"ticks", &market.to_le_bytes(), &index.to_le_bytes()])
}

/// A margin account of an owner, by its number.
pub fn margin_account(owner: &Pubkey, sub_account: u16) -> Pubkey {
    derived(&[b"account", owner.as_ref(), &sub_account.to_le_bytes()])
}

/// The companion of a margin account that holds its ranges.
pub fn ranges(account: &Pubkey) -> Pubkey {
    derived(&[b"ranges", account.as_ref()])
}

/// A withdrawal that waits in a bank's queue, by its number.
pub fn ticket(bank: u8, number: u64) -> Pubkey {
    derived(&[b"ticket", &[bank], &number.to_le_bytes()])
}

/// A change that governance has queued, by its number.
pub fn change(number: u64) -> Pubkey {
    derived(&[b"change", &number.to_le_bytes()])
}

/// The pool.
pub fn pool() -> Pubkey {
    derived(&[b"pool"])
}

/// The pool's margin account.
pub fn pool_account() -> Pubkey {
    margin_account(&pool(), 0)
}

/// The mint of the pool's shares.
pub fn share_mint() -> Pubkey {
    derived(&[b"shares"])
}

/// The token account of shares that wait to be redeemed.
pub fn share_vault() -> Pubkey {
    derived(&[b"share_vault"])
}

/// A deposit into the pool (kind 0) or a redemption (1) that waits, by its number.
pub fn pool_request(kind: u8, number: u64) -> Pubkey {
    derived(&[b"request", &[kind], &number.to_le_bytes()])
}

/// An order of a margin account, by its number.
pub fn order(account: &Pubkey, number: u64) -> Pubkey {
    derived(&[b"order", account.as_ref(), &number.to_le_bytes()])
}

/// The bump of an order's address.
pub(crate) fn order_bump(account: &Pubkey, number: u64) -> u8 {
    bump(&[b"order", account.as_ref(), &number.to_le_bytes()])
}

/// The bump of a tick array's address.
pub(crate) fn tick_array_bump(market: u16, index: i32) -> u8 {
    bump(&[b"ticks", &market.to_le_bytes(), &index.to_le_bytes()])
}

/// The bump of the address of a companion with ranges.
pub(crate) fn ranges_bump(account: &Pubkey) -> u8 {
    bump(&[b"ranges", account.as_ref()])
}

/// The bump of an address derived from the program's id.
fn bump(seeds: &[&[u8]]) -> u8 {
    Pubkey::find_program_address(seeds, &PROGRAM_ID).1
}

/// A trader's consent to a builder's fee, for one margin account.
pub fn approval(account: &Pubkey, builder: &Pubkey) -> Pubkey {
    derived(&[b"approval", account.as_ref(), builder.as_ref()])
}

/// An owner's associated token account of a mint.
pub fn token_account(owner: &Pubkey, mint: &Pubkey) -> Pubkey {
    let seeds = [owner.as_ref(), TOKEN_PROGRAM.as_ref(), mint.as_ref()];
    Pubkey::find_program_address(&seeds, &ASSOCIATED_TOKEN_PROGRAM).0
}

/// The account of the loader that names a program's upgrade authority.
pub fn program_data() -> Pubkey {
    Pubkey::find_program_address(&[PROGRAM_ID.as_ref()], &UPGRADEABLE_LOADER).0
}
