//! Ends a lien.

use anchor_lang::prelude::*;
use keel_engine::lien;

use super::CallLien;
use crate::errors::KeelError;
use crate::events::{self, LienReleased};

/// Handles the instruction.
pub fn release_lien(context: &mut Context<CallLien>) -> Result<()> {
    let CallLien { holder, account } = &mut context.accounts;
    lien::release(&mut account.state, &holder.address().to_bytes()).map_err(KeelError::from)?;
    events::log(LienReleased { account: *account.address(), holder: *holder.address() });
    Ok(())
}
