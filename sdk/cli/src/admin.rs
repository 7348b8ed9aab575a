//! `keel admin`: what governance has queued, for everybody to see and to execute when its time has come.

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use keel_engine::Now;
use keel_engine::governance::{Kind, MarketTerms};
use keel_engine::state::Change;
use keel_sdk::address;
use keel_sdk::instructions::{CancelChange, ExecuteChange};
use keel_sdk::pyth::feed_account;
use serde::Serialize;
use serde_json::json;
use solana_pubkey::Pubkey;

use crate::connect::Session;
use crate::prompt::confirm;
use crate::send::{Done, send};
use crate::view::table::or_dash;
use crate::view::time::{Lasting, Moment};
use crate::view::{List, Row, show};

/// Shows, executes and cancels what governance has queued.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  keel admin queue
  keel admin queue --url mainnet-beta --json
  keel admin execute 4
  keel admin cancel 4 --keypair guardian.json")]
pub enum Command {
    /// Lists the changes that wait, with the time left
    Queue,
    /// Executes one whose time has come; anyone may
    Execute(ExecuteArguments),
    /// Takes one back; the admin and the guardian may
    Cancel(CancelArguments),
}

/// Which change.
#[derive(Debug, Args)]
pub struct ExecuteArguments {
    /// Its number
    number: u64,
    /// Price account of a new market. Default: the publisher's own of the market's feed
    #[arg(long, value_name = "ADDRESS")]
    price: Option<Pubkey>,
}

/// Which change.
#[derive(Debug, Args)]
pub struct CancelArguments {
    /// Its number
    number: u64,
}

/// Does it.
pub fn run(session: &Session<'_>, command: &Command) -> Result<()> {
    match command {
        Command::Queue => queue(session),
        Command::Execute(arguments) => execute(session, arguments),
        Command::Cancel(CancelArguments { number }) => {
            let cancel = CancelChange { authority: session.owner()?, number: *number };
            let instruction = session.client.gather(|accounts| cancel.instruction(accounts))?;
            confirm(session.options, &format!("Cancel change {number}?"))?;
            let receipt = send(session, &[instruction], &[])?;
            let said = format!("change {number} is cancelled");
            show(&Done::new(&receipt, said, json!({ "number": number })), session.options.json)
        }
    }
}

fn queue(session: &Session<'_>) -> Result<()> {
    let now = session.client.now()?;
    let mut changes = session.client.changes()?;
    changes.sort_by_key(|(_, change)| change.number);
    let items = changes.iter().map(|(_, change)| Waiting::of(change, now)).collect();
    show(&List { items, nothing: "no change waits" }, session.options.json)
}

fn execute(session: &Session<'_>, arguments: &ExecuteArguments) -> Result<()> {
    let number = arguments.number;
    let change: Change =
        session.client.state(&address::change(number)).with_context(|| format!("no change {number}"))?;
    let waiting = Waiting::of(&change, session.client.now()?);
    if waiting.left.0 > 0 {
        bail!("change {number} may be executed in {}, from {} on", waiting.left, waiting.executable_at);
    }
    let source = match Kind::of(change.kind)? {
        Kind::BankParams => {
            let banks = session.client.banks()?;
            let bank = banks.into_iter().find(|(_, bank)| u16::from(bank.index) == change.target);
            Pubkey::from(bank.context("the bank of the change is gone")?.1.mint)
        }
        Kind::ListMarket => {
            let content = change.content.get(..size_of::<MarketTerms>()).context("the change holds no market")?;
            let terms: MarketTerms = bytemuck::pod_read_unaligned(content);
            arguments.price.unwrap_or_else(|| feed_account(0, &terms.feed_id))
        }
        _ => Pubkey::default(),
    };
    confirm(session.options, &format!("Execute change {number}, {}?", waiting.kind))?;
    let execute = ExecuteChange { number, sender: session.owner()?, source };
    let instruction = session.client.gather(|accounts| execute.instruction(accounts))?;
    let receipt = send(session, &[instruction], &[])?;
    let told = json!({ "number": number, "kind": waiting.kind });
    show(&Done::new(&receipt, format!("change {number} is executed"), told), session.options.json)
}

/// A change that waits.
#[derive(Debug, Serialize)]
struct Waiting {
    number: u64,
    kind: String,
    target: Option<u16>,
    queued_at: Moment,
    executable_at: Moment,
    left: Lasting,
}

impl Waiting {
    fn of(change: &Change, now: Now) -> Self {
        Self {
            number: change.number,
            kind: Kind::of(change.kind).map_or_else(|_| change.kind.to_string(), |kind| kind.name().to_owned()),
            target: (change.target != 0).then_some(change.target),
            queued_at: Moment(change.queued_at),
            executable_at: Moment(change.executable_at),
            left: Lasting(change.executable_at.saturating_sub(now.unix).max(0)),
        }
    }
}

impl Row for Waiting {
    const COLUMNS: &'static [&'static str] = &["number", "what", "of", "queued at", "executable at", "time left"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.number.to_string(),
            self.kind.clone(),
            or_dash(self.target),
            self.queued_at.to_string(),
            self.executable_at.to_string(),
            if self.left.0 == 0 { "none: execute it".to_owned() } else { self.left.to_string() },
        ]
    }
}
