//! The books of an embedded chain.

use anyhow::Result;
use keel_sdk::address::TOKEN_PROGRAM;
use keel_simulator::Books;

use crate::chain::Chain;
use crate::token;

/// Reads every account of the program. Errors on one that is of no known kind.
pub fn read(chain: &Chain) -> Result<Books> {
    let accounts = chain.program_accounts().iter().filter_map(|address| Some((*address, chain.data(address)?)));
    let mut books = Books::decode(accounts, |vault| token::balance(chain, vault))?;
    if books.pool.is_some() {
        let tokens = chain.owned_by(&TOKEN_PROGRAM);
        books.take_shares(tokens.iter().map(|(address, account)| (*address, &account.data[..])))?;
    }
    Ok(books)
}
