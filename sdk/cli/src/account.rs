//! `keel account`: margin accounts of the key.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use keel_engine::state::MarginAccount;
use keel_sdk::address;
use keel_sdk::instructions::{CloseAccount, CloseRanges, GiveAccount, OpenAccount};
use serde::Serialize;
use serde_json::json;
use solana_pubkey::Pubkey;

use crate::connect::Session;
use crate::options::AccountName;
use crate::prompt::confirm;
use crate::send::{Done, send};
use crate::view::lien::Lien;
use crate::view::number::{Tokens, Usd, name};
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
  keel account close --account 1
  keel account give 7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2 --account 1")]
pub enum Command {
    /// Opens the margin account with the number of --account
    Open(OpenArguments),
    /// Lists the key's margin accounts
    List,
    /// Shows one
    Show,
    /// Closes an empty one; its rent comes back
    Close,
    /// Gives one with everything in it to another owner, for good
    Give(GiveArguments),
}

/// To whom.
#[derive(Debug, Args)]
pub struct GiveArguments {
    /// The new owner: a key, or an address of a program that holds accounts
    to: Pubkey,
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
            show(&Shown::of(session, address, &account)?, session.options.json)
        }
        Command::Close => close(session),
        Command::Give(arguments) => give(session, arguments.to),
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
    let items = found.iter().map(|(address, account)| Shown::of(session, *address, account)).collect::<Result<_>>()?;
    show(&List { items, nothing: "no margin account: open one with `keel account open`" }, session.options.json)
}

fn give(session: &Session<'_>, new_owner: Pubkey) -> Result<()> {
    let (account, state, _) = session.account()?;
    let owner = session.owner()?;
    if state.owner != owner.to_bytes() {
        bail!("the account {account} is not the key's to give: its owner is {}", Pubkey::from(state.owner));
    }
    if new_owner == owner {
        bail!("the key {owner} has it already: name another owner");
    }
    if state.tickets != 0 || state.orders != 0 || state.pool_deposits != 0 || state.pool_redemptions != 0 {
        bail!(
            "something of the account still pays its old owner: cancel its withdrawals, orders and requests to the pool \
             first; `keel account show` counts them"
        );
    }
    let shown = Shown::of(session, account, &state)?;
    let lien = if shown.lien.is_some() { " The lien on it passes on, too." } else { "" };
    let question = format!(
        "Give {account} to {new_owner} for good? All that is in it goes along: {}, positions: {}, ranges: {}. Nobody but the \
         new owner can give it back, and its delegate loses its rights.{lien}",
        shown.everything(),
        shown.positions.len(),
        shown.ranges,
    );
    confirm(session.options, &question)?;
    let receipt = send(session, &[GiveAccount { owner, account, new_owner }.instruction()], &[])?;
    let said = format!("{account} is {new_owner}'s now, who names it by its address: --account {account}");
    let told = json!({ "account": account.to_string(), "new_owner": new_owner.to_string() });
    show(&Done::new(&receipt, said, told), session.options.json)
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
    collateral: Vec<Tokens>,
    isolated_to: Option<String>,
    positions: Vec<String>,
    ranges: u8,
    orders: u32,
    tickets: u8,
    pool_requests: u8,
    flagged_at: Option<Moment>,
    delegate: Option<String>,
    lien: Option<Lien>,
}

impl Shown {
    fn of(session: &Session<'_>, address: Pubkey, account: &MarginAccount) -> Result<Self> {
        let named = |number: u16| session.numbered(number).map_or_else(|_| number.to_string(), name);
        let positions = account.positions.iter().filter(|position| !position.is_empty());
        let held = session.held_banks(account)?.into_iter();
        Ok(Self {
            number: account.sub_account,
            account: address.to_string(),
            owner: Pubkey::from(account.owner).to_string(),
            capital: Usd::of(account.usdc()),
            collateral: held.map(|(bank, amount)| session.tokens(amount, &bank)).collect::<Result<_>>()?,
            isolated_to: (account.isolated_market != 0).then(|| named(account.isolated_market)),
            positions: positions.map(|position| named(position.market)).collect(),
            ranges: account.ranges,
            orders: account.orders,
            tickets: account.tickets,
            pool_requests: account.pool_deposits.saturating_add(account.pool_redemptions),
            flagged_at: Moment::some(account.flagged_at),
            delegate: (account.delegate != [0; 32]).then(|| Pubkey::from(account.delegate).to_string()),
            lien: Lien::of(account),
        })
    }

    /// USDC and other collateral.
    fn everything(&self) -> String {
        let others = self.collateral.iter().map(|tokens| format!(" + {tokens}"));
        std::iter::once(self.capital.to_string()).chain(others).collect()
    }
}

impl Row for Shown {
    const COLUMNS: &'static [&'static str] =
        &["account", "address", "capital", "positions", "ranges", "orders", "isolated to"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.number.to_string(),
            self.account.clone(),
            self.everything(),
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
            ("capital", self.everything()),
            ("isolated to", or_dash(self.isolated_to.as_ref())),
            ("positions", if self.positions.is_empty() { "-".to_owned() } else { self.positions.join(" ") }),
            ("ranges", self.ranges.to_string()),
            ("orders", self.orders.to_string()),
            ("waiting withdrawals", self.tickets.to_string()),
            ("waiting for the pool", self.pool_requests.to_string()),
            ("flagged for liquidation", or_dash(self.flagged_at)),
            ("delegate", or_dash(self.delegate.as_ref())),
            ("lien", self.lien.as_ref().map_or_else(String::new, Lien::sentence)),
        ])
    }
}
