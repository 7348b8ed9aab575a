//! `keel`: the command line of the exchange, as a library, so that its tests see what its program does.
//!
//! Results go to standard output, everything else to the error stream. The exit code is 0 when all went as expected, 1
//! when something did not, and 2 when the command itself is not understood.
//!
//! A file is a group of commands; [`view`] has what they print, [`connect`] what they ask and sign with. Nothing is computed
//! here: quotes, health and prices are the SDK's and the engine's.

#![forbid(unsafe_code)]

pub mod account;
pub mod admin;
pub mod amount;
pub mod audit;
pub mod collateral;
pub mod completions;
pub mod config;
pub mod connect;
pub mod crank;
pub mod delegate;
pub mod deploy;
pub mod fail;
pub mod fresh;
pub mod health;
pub mod lien;
pub mod localnet;
pub mod market;
pub mod money;
pub mod options;
pub mod order;
pub mod pool;
pub mod price;
pub mod prompt;
pub mod range;
pub mod scenario;
pub mod send;
pub mod settle;
pub mod trade;
pub mod vectors;
pub mod view;
pub mod wanted;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use connect::Session;
use options::Options;

/// Keel from the command line: trade perpetual futures, provide liquidity, look at everything.
#[derive(Debug, Parser)]
#[command(
    name = "keel",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  keel localnet
  keel --url localhost deposit 1000 --open
  keel --url localhost trade long BTC 0.25
  keel --url localhost health

Amounts are typed with a decimal point and without thousands separators. Options of every command may stand anywhere."
)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(subcommand)]
    Account(account::Command),
    Deposit(money::DepositArguments),
    Withdraw(money::WithdrawArguments),
    #[command(subcommand)]
    Ticket(money::TicketCommand),
    Transfer(money::TransferArguments),
    Collateral(collateral::CollateralArguments),
    #[command(subcommand)]
    Lien(lien::Command),
    Trade(trade::TradeArguments),
    Close(trade::CloseArguments),
    Settle(settle::SettleArguments),
    Release(settle::ReleaseArguments),
    Positions(health::PositionsArguments),
    Health(health::HealthArguments),
    #[command(subcommand)]
    Order(order::Command),
    #[command(subcommand)]
    Range(range::Command),
    #[command(subcommand)]
    Pool(pool::Command),
    Markets(market::MarketsArguments),
    #[command(subcommand)]
    Market(market::MarketCommand),
    Price(market::PriceArguments),
    Funding(market::FundingArguments),
    Depth(market::DepthArguments),
    #[command(subcommand)]
    Delegate(delegate::DelegateCommand),
    #[command(subcommand)]
    Builder(delegate::BuilderCommand),
    #[command(subcommand)]
    Admin(admin::Command),
    #[command(subcommand)]
    Crank(crank::Command),
    Localnet(localnet::Arguments),
    #[command(subcommand)]
    Deploy(deploy::Command),
    /// Plays scripts of trades, prices and liquidations.
    #[command(subcommand)]
    Scenario(ScenarioCommand),
    /// Recomputes every equality of the protocol from account data alone, and balances from events alone.
    Audit(audit::Arguments),
    /// Answers single operations of the arithmetic, a line of JSON each.
    Vectors(vectors::Arguments),
    Completions(completions::Arguments),
}

#[derive(Debug, Subcommand)]
enum ScenarioCommand {
    /// Plays scenarios and prints a line of JSON for each step and a last one for the state in the end.
    Run(scenario::Arguments),
}

/// Understands the command, does it, and tells how it ended.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misunderstood(&error),
    };
    match perform(&arguments.options, &arguments.command) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            fail::tell(&error, &arguments.options);
            ExitCode::FAILURE
        }
    }
}

/// Help and version are no mistakes; who wants JSON gets mistakes as JSON too.
fn misunderstood(error: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    if error.use_stderr() && wants_json {
        eprintln!("{}", serde_json::json!({ "error": error.to_string() }));
    } else if error.print().is_err() {
        return ExitCode::FAILURE;
    }
    if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
}

fn perform(options: &Options, command: &Command) -> Result<ExitCode> {
    match command {
        Command::Scenario(ScenarioCommand::Run(arguments)) => return scenario::run(arguments),
        Command::Audit(arguments) => return audit::run(options, arguments),
        Command::Deploy(command) => return deploy::run(options, command),
        Command::Vectors(arguments) => vectors::run(arguments)?,
        Command::Localnet(arguments) => localnet::run(arguments)?,
        Command::Completions(arguments) => completions::run(arguments)?,
        over_network => ask(&Session::open(options)?, over_network)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Commands that ask a node.
fn ask(session: &Session<'_>, command: &Command) -> Result<()> {
    match command {
        Command::Account(command) => account::run(session, command),
        Command::Deposit(arguments) => money::deposit(session, arguments),
        Command::Withdraw(arguments) => money::withdraw(session, arguments),
        Command::Ticket(command) => money::ticket(session, command),
        Command::Transfer(arguments) => money::transfer(session, arguments),
        Command::Collateral(arguments) => collateral::run(session, arguments),
        Command::Lien(command) => lien::run(session, command),
        Command::Trade(arguments) => trade::trade(session, arguments),
        Command::Close(arguments) => trade::close(session, arguments),
        Command::Settle(arguments) => settle::settle(session, arguments),
        Command::Release(arguments) => settle::release(session, arguments),
        Command::Positions(_) => health::positions(session),
        Command::Health(_) => health::health(session),
        Command::Order(command) => order::run(session, command),
        Command::Range(command) => range::run(session, command),
        Command::Pool(command) => pool::run(session, command),
        Command::Markets(_) => market::list(session),
        Command::Market(command) => market::market(session, command),
        Command::Price(arguments) => market::price(session, arguments),
        Command::Funding(arguments) => market::funding(session, arguments),
        Command::Depth(arguments) => market::depth(session, arguments),
        Command::Delegate(command) => delegate::delegate(session, command),
        Command::Builder(command) => delegate::builder(session, command),
        Command::Admin(command) => admin::run(session, command),
        Command::Crank(command) => crank::run(session, command),
        Command::Localnet(_)
        | Command::Deploy(_)
        | Command::Scenario(_)
        | Command::Audit(_)
        | Command::Vectors(_)
        | Command::Completions(_) => Ok(()),
    }
}

/// Whoever read the output has seen enough.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<std::io::Error>();
    cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
