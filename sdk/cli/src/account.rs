//! `keel account`: margin accounts of the key.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use keel_engine::state::MarginAccount;
use keel_sdk::address;
use keel_sdk::instructions::{CloseAccount, CloseRanges, OpenAccount};
use serde::Serialize;
use serde_json::json;
use solana_pubkey::Pubkey;

use crate::connect::Session;
use crate::options::AccountName;
use crate::prompt::confirm;
use crate::send::{Done, send};
use crate::view::number::{Usd, name};
use crate::view::table::{facts, or_dash};
use crate::view::time::Moment;
use crate::view::{List, Row, View, show};

/// Opens, lists, shows and closes margin accounts.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  keel account open
  keel account open --account 1 --isolated BTC
  keel account list
  keel account show --account 1 --json
  keel account close --account 1")]
pub enum Command {
    /// Opens the margin account with the number of --account
    Open(OpenArguments),
    /// Lists the key's margin accounts
    List,
    /// Shows one
    Show,
    /// Closes an empty one; its rent comes back
    Close,
}

/// How to open one.
#[derive(Debug, Args)]
pub struct OpenArguments {
    /// The only market that it may trade: what it loses there stays there
    #[arg(long, value_name = "MARKET")]
    isolated: Option<String>,
}

/// Does it.
pub fn run(session: &Session<'_>, command: &Command) -> Result<()> {
    match command {
        Command::Open(arguments) => open(session, arguments),
        Command::List => list(session),
        Command::Show => {
            let (address, account, _) = session.account()?;
            show(&Shown::of(session, address, &account), session.options.json)
        }
        Command::Close => close(session),
    }
}

fn open(session: &Session<'_>, arguments: &OpenArguments) -> Result<()> {
    let sub_account = match session.options.account {
        Some(AccountName::Number(number)) => number,
        None => 0,
        Some(AccountName::Address(_)) => bail!("name the new account by a number: --account 1"),
    };
    let isolated = arguments.isolated.as_ref().map(|named| session.market(named)).transpose()?;
    let isolated_market = isolated.map_or(0, |market| market.index_number);
    let account = OpenAccount { owner: session.owner()?, sub_account, isolated_market };
    let address = account.address();
    if session.client.accounts(&[address])?.iter().any(Option::is_some) {
        bail!("margin account {sub_account} is open already, at {address}: use it, or name another --account");
    }
    confirm(session.options, &format!("Open margin account {sub_account}?"))?;
    let receipt = send(session, &[account.instruction()], &[])?;
    let kept = isolated.map_or_else(String::new, |market| format!(", isolated to {}", name(market)));
    let said = format!("margin account {sub_account} is open at {address}{kept}");
    let told = json!({ "account": address.to_string(), "number": sub_account, "isolated_to": isolated.map(name) });
    show(&Done::new(&receipt, said, told), session.options.json)
}

fn list(session: &Session<'_>) -> Result<()> {
    let mut found = session.client.accounts_of(&session.owner()?)?;
    found.sort_by_key(|(_, account)| account.sub_account);
    let items = found.iter().map(|(address, account)| Shown::of(session, *address, account)).collect();
    show(&List { items, nothing: "no margin account: open one with `keel account open`" }, session.options.json)
}

fn close(session: &Session<'_>) -> Result<()> {
    let (account, state, _) = session.account()?;
    let owner = session.owner()?;
    if !state.is_done() {
        bail!(
            "the account is not empty: close its positions, remove ranges, cancel orders, withdraw; `keel account show`"
        );
    }
    let companion = session.client.accounts(&[address::ranges(&account)])?.iter().any(Option::is_some);
    confirm(session.options, &format!("Close margin account {}?", state.sub_account))?;
    let ranges = companion.then(|| CloseRanges { owner, account }.instruction());
    let instructions: Vec<_> = ranges.into_iter().chain([CloseAccount { owner, account }.instruction()]).collect();
    let receipt = send(session, &instructions, &[])?;
    let said = format!("margin account {} is closed", state.sub_account);
    show(&Done::new(&receipt, said, json!({ "account": account.to_string() })), session.options.json)
}

/// A margin account.
#[derive(Debug, Serialize)]
struct Shown {
    number: u16,
    account: String,
    owner: String,
    capital: Usd,
    isolated_to: Option<String>,
    positions: Vec<String>,
    ranges: u8,
    orders: u32,
    tickets: u8,
    pool_requests: u8,
    flagged_at: Option<Moment>,
    delegate: Option<String>,
}

impl Shown {
    fn of(session: &Session<'_>, address: Pubkey, account: &MarginAccount) -> Self {
        let named = |number: u16| session.numbered(number).map_or_else(|_| number.to_string(), name);
        let positions = account.positions.iter().filter(|position| !position.is_empty());
        Self {
            number: account.sub_account,
            account: address.to_string(),
            owner: Pubkey::from(account.owner).to_string(),
            capital: Usd::of(account.usdc()),
            isolated_to: (account.isolated_market != 0).then(|| named(account.isolated_market)),
            positions: positions.map(|position| named(position.market)).collect(),
            ranges: account.ranges,
            orders: account.orders,
            tickets: account.tickets,
            pool_requests: account.pool_deposits.saturating_add(account.pool_redemptions),
            flagged_at: Moment::some(account.flagged_at),
            delegate: (account.delegate != [0; 32]).then(|| Pubkey::from(account.delegate).to_string()),
        }
    }
}

impl Row for Shown {
    const COLUMNS: &'static [&'static str] =
        &["account", "address", "capital", "positions", "ranges", "orders", "isolated to"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.number.to_string(),
            self.account.clone(),
            self.capital.to_string(),
            if self.positions.is_empty() { "-".to_owned() } else { self.positions.join(" ") },
            self.ranges.to_string(),
            self.orders.to_string(),
            or_dash(self.isolated_to.as_ref()),
        ]
    }
}

impl View for Shown {
    fn text(&self) -> String {
        facts([
            ("account", format!("{} at {}", self.number, self.account)),
            ("owner", self.owner.clone()),
            ("capital", self.capital.to_string()),
            ("isolated to", or_dash(self.isolated_to.as_ref())),
            ("positions", if self.positions.is_empty() { "-".to_owned() } else { self.positions.join(" ") }),
            ("ranges", self.ranges.to_string()),
            ("orders", self.orders.to_string()),
            ("waiting withdrawals", self.tickets.to_string()),
            ("waiting for the pool", self.pool_requests.to_string()),
            ("flagged for liquidation", or_dash(self.flagged_at)),
            ("delegate", or_dash(self.delegate.as_ref())),
        ])
    }
}
