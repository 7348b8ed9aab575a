//! `keel audit`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use keel_embedded::numbers::grouped;
use keel_embedded::{Exchange, Player};
use keel_sdk::address::{self, PROGRAM_ID, TOKEN_PROGRAM};
use keel_simulator::audit::{Compared, Findings, report};
use keel_simulator::dump::Owned;
use keel_simulator::scenario::{Runner, Scenario};
use keel_simulator::{Books, dump};
use serde_json::json;
use solana_pubkey::Pubkey;

use crate::connect::Session;
use crate::options::Options;

/// How often a node whose tokens move meanwhile is read.
const READINGS: usize = 10;

/// Recomputes every equality and every recount of the protocol from account data alone, and tells what does not hold.
/// The accounts are those of the live node that --url names. Or of a scenario played on the embedded chain, whose events are
/// replayed as well: all balances rebuilt from them alone must be those of the accounts. Or they are a file of accounts from
/// a node. The exit code is 1 where something does not hold.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keel audit --url localhost
  keel audit --url mainnet-beta --commitment finalized --json
  keel audit tests/scenarios/crash.json
  keel audit --accounts accounts.json")]
pub struct Arguments {
    /// A scenario to play on the embedded chain; KEEL_SO names another program file.
    #[arg(value_name = "SCENARIO", conflicts_with = "accounts")]
    scenario: Option<PathBuf>,
    /// Accounts as a node gives them: JSON of getProgramAccounts in base64, with the vaults' token accounts.
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    /// Write the accounts of the embedded chain to a file, in the form that --accounts reads.
    #[arg(long, value_name = "FILE", requires = "scenario")]
    save: Option<PathBuf>,
}

/// What the events of a played scenario told.
struct Told {
    transactions: u64,
    events: u64,
    gaps: usize,
    equal: u32,
    uncertain: u32,
}

/// Audits.
pub fn run(options: &Options, arguments: &Arguments) -> Result<ExitCode> {
    let (books, told) = match (&arguments.scenario, &arguments.accounts) {
        (Some(path), _) => {
            let exchange = play(path)?;
            if let Some(path) = &arguments.save {
                save(&exchange, path)?;
            }
            let told = Told {
                transactions: exchange.chain.transactions(),
                events: exchange.events,
                gaps: exchange.replay.gaps().len(),
                equal: exchange.rebuilt.equal,
                uncertain: exchange.rebuilt.uncertain,
            };
            (exchange.books, Some(told))
        }
        (None, Some(path)) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            (dump::read(&text).with_context(|| path.display().to_string())?, None)
        }
        (None, None) => (live(&Session::open(options)?)?, None),
    };
    let (findings, equalities) = report(&books)?;
    if options.json {
        println!("{}", as_json(&findings, &equalities, told.as_ref()));
    } else {
        print(&books, &findings, &equalities, told.as_ref());
    }
    let holds = equalities.values().all(|compared| compared.broken.is_empty());
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads everything from a live node. The program's accounts are of one moment; the tokens are read before and after them, and
/// all of it again where a token moved in between.
fn live(session: &Session<'_>) -> Result<Books> {
    let banks = session.client.banks()?;
    let vaults = banks.iter().map(|(_, bank)| Pubkey::from(bank.vault));
    let places: Vec<Pubkey> = vaults.chain([address::share_mint(), address::share_vault()]).collect();
    let tokens = || -> Result<BTreeMap<Pubkey, Owned>> {
        let found = places.iter().zip(session.client.accounts(&places)?);
        Ok(found
            .filter_map(|(place, account)| account.map(|account| (*place, (account.owner, account.data))))
            .collect())
    };
    for _ in 0..READINGS {
        let before = tokens()?;
        let mut accounts = before.clone();
        let ours = session.client.program_accounts()?;
        accounts.extend(ours.into_iter().map(|(address, data)| (address, (PROGRAM_ID, data))));
        if tokens()? == before {
            return dump::books(&accounts).context("the node's accounts cannot be read");
        }
    }
    anyhow::bail!(
        "tokens moved during each of {READINGS} readings: audit at a quieter time, or with --commitment finalized"
    )
}

/// Plays a scenario on the embedded chain; every transaction is audited and compared with its events.
fn play(path: &Path) -> Result<Exchange> {
    let scenario = Scenario::read(path)?;
    let player =
        Player::start(&scenario.setup).with_context(|| format!("{}: the exchange cannot start", scenario.file))?;
    let mut runner = Runner::new(&scenario, player);
    for line in runner.by_ref() {
        line?;
    }
    let mut exchange = runner.executor.exchange;
    exchange.audit()?;
    Ok(exchange)
}

fn save(exchange: &Exchange, path: &Path) -> Result<()> {
    let owned = [PROGRAM_ID, TOKEN_PROGRAM].into_iter().flat_map(|program| exchange.chain.owned_by(&program));
    let accounts: Vec<_> = owned.map(|(address, account)| (address, (account.owner, account.data))).collect();
    let text = dump::write(accounts.iter().map(|(address, owned)| (*address, owned)));
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn print(books: &Books, findings: &Findings, equalities: &BTreeMap<&str, Compared>, told: Option<&Told>) {
    let counts = [
        (books.banks.len(), "bank"),
        (books.markets.len(), "market"),
        (books.arrays.len(), "tick array"),
        (books.accounts.len(), "margin account"),
        (books.ranges.len(), "companion"),
    ];
    let counts = counts.map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }));
    println!("{}", counts.join(", "));
    for (equality, compared) in equalities {
        let mark = if compared.broken.is_empty() { "holds " } else { "BROKEN" };
        println!("  {mark}  {equality} ({})", compared.times);
        compared.broken.iter().for_each(|figures| println!("          {figures}"));
    }
    println!(
        "{} equalities; rounding left {} base atoms and {} quote atoms; {} tokens unbooked",
        grouped(u64::from(findings.equalities)),
        findings.rounding_base,
        findings.rounding_quote,
        grouped(findings.unbooked)
    );
    if let Some(Told { transactions, events, gaps, equal, uncertain }) = told {
        println!(
            "{transactions} transactions with {events} events, {gaps} gaps; from events alone {equal} balances, all those of the \
             accounts, {uncertain} uncertain"
        );
    }
}

fn as_json(findings: &Findings, equalities: &BTreeMap<&str, Compared>, told: Option<&Told>) -> serde_json::Value {
    let each: serde_json::Map<String, serde_json::Value> = equalities
        .iter()
        .map(|(name, compared)| ((*name).to_owned(), json!({ "times": compared.times, "broken": compared.broken })))
        .collect();
    let events = told.map(|told| {
        json!({ "transactions": told.transactions, "events": told.events, "gaps": told.gaps,
                "equal": told.equal, "uncertain": told.uncertain })
    });
    json!({
        "equalities": each,
        "rounding_base": findings.rounding_base.to_string(),
        "rounding_quote": findings.rounding_quote.to_string(),
        "unbooked": findings.unbooked.to_string(),
        "replay": events,
    })
}
