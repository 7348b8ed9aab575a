//! `keel pool`: passive liquidity, held as shares.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use keel_engine::pool::deposits::DEPOSIT;
use keel_engine::pool::redemptions::REDEMPTION;
use keel_engine::state::PoolRequest;
use keel_sdk::events::Event;
use keel_sdk::instructions::{
    CancelDeposit, CancelRedeem, CreateTokenAccount, ExecuteDeposit, ExecuteRedeem, RequestDeposit, RequestRedeem,
};
use keel_sdk::{address, quote};
use serde_json::json;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use crate::amount;
use crate::connect::Session;
use crate::fresh::Fresh;
use crate::options::PriceOptions;
use crate::prompt::confirm;
use crate::send::{Done, send};
use crate::view::number::{Usd, exact};
use crate::view::pool::{PoolShown, Waiting};
use crate::view::{List, offer, show};

/// Puts money into the pool, which quotes in every market, and takes it out again.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  keel pool show
  keel pool deposit 5000
  keel pool redeem 1200.5
  keel pool requests
  keel pool cancel deposit 3
  keel pool execute redeem 8")]
pub enum Command {
    /// Shows what the pool is worth and what a share costs
    Show,
    /// Asks for a deposit of the margin account's capital; anyone executes it within about a minute
    Deposit(DepositArguments),
    /// Asks to leave: shares wait for the pool's cooldown and are paid into the margin account
    Redeem(RedeemArguments),
    /// Lists the account's requests that wait
    Requests,
    /// Takes a request back
    Cancel(RequestArguments),
    /// Executes a request that is due, whoever's it is, for its tip
    Execute(RequestArguments),
}

/// A deposit.
#[derive(Debug, Args)]
pub struct DepositArguments {
    /// How much of the margin account's capital, in USDC
    #[arg(value_parser = amount::usd)]
    amount: u64,
    /// Fewest shares to be content with: with less the money comes back. Default: 1% fewer than they cost now
    #[arg(long, value_name = "SHARES", value_parser = amount::shares)]
    min_shares: Option<u64>,
    /// For who executes it, in SOL
    #[arg(long, value_name = "SOL", default_value = "0.0001", value_parser = amount::sol)]
    tip: u64,
    #[command(flatten)]
    prices: PriceOptions,
}

/// A redemption.
#[derive(Debug, Args)]
pub struct RedeemArguments {
    /// How many shares
    #[arg(value_parser = amount::shares)]
    shares: u64,
    /// For who executes it, in SOL
    #[arg(long, value_name = "SOL", default_value = "0.0001", value_parser = amount::sol)]
    tip: u64,
}

/// Which request.
#[derive(Debug, Args)]
pub struct RequestArguments {
    /// Coming in or leaving
    #[arg(value_enum)]
    kind: Request,
    /// Its number
    number: u64,
    #[command(flatten)]
    prices: PriceOptions,
}

/// Coming in or leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Request {
    /// Coming in.
    Deposit,
    /// Leaving.
    Redeem,
}

/// Does it.
pub fn run(session: &Session<'_>, command: &Command) -> Result<()> {
    match command {
        Command::Show => {
            let now = session.client.now()?;
            let view = session.client.gather(|accounts| quote::pool(accounts, now))?;
            show(&PoolShown::from(&view), session.options.json)
        }
        Command::Deposit(arguments) => deposit(session, arguments),
        Command::Redeem(arguments) => redeem(session, arguments),
        Command::Requests => requests(session),
        Command::Cancel(arguments) => cancel(session, arguments),
        Command::Execute(arguments) => execute(session, arguments),
    }
}

fn deposit(session: &Session<'_>, arguments: &DepositArguments) -> Result<()> {
    let (account, state, _) = session.account()?;
    let owner = session.owner()?;
    let shares_mint = address::share_mint();
    let now = session.client.now()?;
    let view = session.client.gather(|accounts| quote::pool(accounts, now))?;
    let price = view.price_high;
    let expected = shares_at(arguments.amount, price);
    let min_shares = arguments.min_shares.unwrap_or_else(|| expected.saturating_sub(expected.div_ceil(100)));
    let (amount, shares) = (Usd::of(arguments.amount), exact(expected.into(), 6));
    let price = Usd::of(price);
    let estimate =
        format!("{amount} are about {shares} shares now, at {price} each; the price is that of the execution");
    offer(&estimate, session.options)?;
    confirm(session.options, &format!("Ask for a deposit of {amount} into the pool?"))?;
    let fresh = Fresh::gather(session, &arguments.prices, &state, None)?;
    let request = RequestDeposit {
        owner,
        account,
        shares_account: address::token_account(&owner, &shares_mint),
        amount: arguments.amount,
        min_shares,
        tip: arguments.tip,
    };
    let action = session.client.gather(|accounts| request.instruction(accounts))?;
    let receipt = fresh
        .send(session, vec![CreateTokenAccount { payer: owner, owner, mint: shares_mint }.instruction(), action])?;
    let number = receipt.events.iter().find_map(|event| match event {
        Event::DepositRequested(requested) => Some(requested.number),
        _ => None,
    });
    let shown = number.map_or_else(|| "the deposit".to_owned(), |number| format!("deposit {number}"));
    let said = format!("{shown} waits to be executed: `keel pool requests` shows it");
    let told =
        json!({ "request": "deposit", "number": number, "amount": amount, "min_shares": exact(min_shares.into(), 6) });
    show(&Done::new(&receipt, said, told), session.options.json)
}

/// Shares for an amount at a price of a whole one, to be told to people and as a floor: the program computes its own.
fn shares_at(amount: u64, price: u64) -> u64 {
    let shares = u128::from(amount).saturating_mul(1_000_000).checked_div(price.into()).unwrap_or(0);
    u64::try_from(shares).unwrap_or(u64::MAX)
}

fn redeem(session: &Session<'_>, arguments: &RedeemArguments) -> Result<()> {
    let (account, ..) = session.account()?;
    let owner = session.owner()?;
    let shares = exact(arguments.shares.into(), 6);
    let pool = session.client.pool()?;
    let cooldown = crate::view::time::Lasting(pool.cooldown_secs.into());
    confirm(session.options, &format!("Ask to leave the pool with {shares} shares, to be paid after {cooldown}?"))?;
    let shares_account = address::token_account(&owner, &address::share_mint());
    let request = RequestRedeem { owner, account, shares_account, amount: arguments.shares, tip: arguments.tip };
    let action = session.client.gather(|accounts| request.instruction(accounts))?;
    let receipt = send(session, &[action], &[])?;
    let number = receipt.events.iter().find_map(|event| match event {
        Event::RedemptionRequested(requested) => Some(requested.number),
        _ => None,
    });
    let shown = number.map_or_else(|| "the redemption".to_owned(), |number| format!("redemption {number}"));
    let said = format!("{shown} waits for {cooldown}: `keel pool requests` shows it");
    let told = json!({ "request": "redeem", "number": number, "shares": shares });
    show(&Done::new(&receipt, said, told), session.options.json)
}

fn requests(session: &Session<'_>) -> Result<()> {
    let (account, ..) = session.account()?;
    let mut found = session.client.requests_of(&account)?;
    found.sort_by_key(|(_, request)| (request.kind, request.number));
    let items = found.iter().map(|(_, request)| Waiting::from(request)).collect();
    show(&List { items, nothing: "the account waits for nothing" }, session.options.json)
}

fn cancel(session: &Session<'_>, arguments: &RequestArguments) -> Result<()> {
    let owner = session.owner()?;
    let number = arguments.number;
    let action = match arguments.kind {
        Request::Deposit => {
            session.client.gather(|accounts| CancelDeposit { authority: owner, number }.instruction(accounts))?
        }
        Request::Redeem => {
            let shares_account = address::token_account(&owner, &address::share_mint());
            session.client.gather(|accounts| CancelRedeem { owner, shares_account, number }.instruction(accounts))?
        }
    };
    confirm(session.options, &format!("Take {} {number} back?", named(arguments.kind)))?;
    finish(session, arguments, vec![action], Fresh::default(), "is taken back")
}

fn execute(session: &Session<'_>, arguments: &RequestArguments) -> Result<()> {
    let keeper = session.owner()?;
    let number = arguments.number;
    let (pool, _) = session.client.margin_account(&address::pool_account()).context("the exchange has no pool yet")?;
    confirm(session.options, &format!("Execute {} {number}?", named(arguments.kind)))?;
    // Who comes in or leaves does it at prices as fresh as a trade's.
    let fresh = Fresh::of_all(session, &arguments.prices, &pool)?;
    let action = match arguments.kind {
        Request::Deposit => {
            session.client.gather(|accounts| ExecuteDeposit { keeper, number }.instruction(accounts))?
        }
        Request::Redeem => session.client.gather(|accounts| ExecuteRedeem { keeper, number }.instruction(accounts))?,
    };
    finish(session, arguments, vec![action], fresh, "is executed")
}

fn finish(
    session: &Session<'_>,
    arguments: &RequestArguments,
    action: Vec<Instruction>,
    fresh: Fresh,
    what: &str,
) -> Result<()> {
    let kind = if arguments.kind == Request::Deposit { DEPOSIT } else { REDEMPTION };
    let request: PoolRequest = session.client.state(&address::pool_request(kind, arguments.number))?;
    let receipt = fresh.send(session, action)?;
    let said = format!("{} {} {what}", named(arguments.kind), arguments.number);
    let account = Pubkey::from(request.account).to_string();
    let told = json!({ "request": named(arguments.kind), "number": arguments.number, "account": account });
    show(&Done::new(&receipt, said, told), session.options.json)
}

const fn named(kind: Request) -> &'static str {
    match kind {
        Request::Deposit => "deposit",
        Request::Redeem => "redemption",
    }
}
