//! Makes the exchange. Only whoever may replace the program may do it, so nobody can be first by being fast.

use anchor_lang::{AccountView, address, address_eq, prelude::*};
use keel_engine::exchange_params::set_exchange_defaults;
use keel_engine::listing::VERSION;

use crate::access::{INSTRUCTIONS, refuse_durable_nonce};
use crate::errors::KeelError;
use crate::events::{self, ExchangeInitialized};
use crate::state::{EXCHANGE_SEED, ExchangeAccount};

/// The loader of upgradeable programs.
const LOADER: Address = address!("BPFLoaderUpgradeab1e11111111111111111111111");
/// First word of a program account of that loader; the address of its data account follows.
const PROGRAM_TAG: [u8; 4] = 2u32.to_le_bytes();
/// First word of a program's data account; a slot, a flag and the upgrade authority follow.
const DATA_TAG: [u8; 4] = 3u32.to_le_bytes();
/// Where the flag lies that says whether there is an upgrade authority.
const AUTHORITY_FLAG: usize = 4 + 8;

/// The accounts.
#[derive(Accounts)]
pub struct Initialize {
    /// The program's upgrade authority; becomes the exchange's admin.
    #[account(mut)]
    pub admin: Signer,
    /// The exchange.
    #[account(init, payer = admin, seeds = [EXCHANGE_SEED], bump)]
    pub exchange: Account<ExchangeAccount>,
    /// This program.
    pub program: UncheckedAccount,
    /// This program's data account.
    pub program_data: UncheckedAccount,
    /// The transaction's instructions.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn initialize(context: &mut Context<Initialize>, guardian: [u8; 32]) -> Result<()> {
    let Initialize { admin, exchange, program, program_data, instructions, .. } = &mut context.accounts;
    require_upgrade_authority(program, program_data, admin.address())?;
    refuse_durable_nonce(instructions)?;

    let exchange = &mut exchange.state;
    exchange.admin = admin.address().to_bytes();
    exchange.guardian = guardian;
    exchange.bump = context.bumps.exchange;
    exchange.version = VERSION;
    set_exchange_defaults(exchange);

    events::log(ExchangeInitialized {
        sequence: events::next(&mut exchange.sequence),
        admin: *admin.address(),
        guardian: Address::new_from_array(guardian),
    });
    Ok(())
}

/// Refuses a signer that may not upgrade this program: `NotUpgradeAuthority`.
fn require_upgrade_authority(program: &AccountView, program_data: &AccountView, signer: &Address) -> Result<()> {
    let authority = || {
        let from_loader = address_eq(program.owner(), &LOADER) && address_eq(program_data.owner(), &LOADER);
        if !from_loader || !address_eq(program.address(), &crate::ID) {
            return None;
        }
        let (program, data) = (program.try_borrow().ok()?, program_data.try_borrow().ok()?);
        let data_address = program.strip_prefix(&PROGRAM_TAG)?;
        if data_address != program_data.address().as_ref() || !data.starts_with(&DATA_TAG) {
            return None;
        }
        let authority: &[u8; 33] = data.get(AUTHORITY_FLAG..)?.first_chunk()?;
        match authority {
            [1, authority @ ..] => Some(*authority),
            _ => None,
        }
    };
    if authority() == Some(signer.to_bytes()) { Ok(()) } else { Err(KeelError::NotUpgradeAuthority.into()) }
}
