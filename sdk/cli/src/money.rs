//! `keel deposit`, `keel withdraw`, `keel transfer`, `keel ticket`: money in, out and between one's own accounts, USDC or any
//! other collateral; beyond the bank's hourly limit a withdrawal waits in a queue.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use keel_engine::outflow;
use keel_engine::state::{Bank, Ticket, USDC};
use keel_sdk::address;
use keel_sdk::events::Event;
use keel_sdk::instructions::{
    CancelWithdrawal, CreateTokenAccount, Deposit, OpenAccount, PayWithdrawal, QueueWithdrawal, Transfer, Withdraw,
};
use serde::Serialize;
use serde_json::json;
use solana_pubkey::Pubkey;

use crate::amount;
use crate::connect::Session;
use crate::fresh::Fresh;
use crate::options::{AccountName, PriceOptions};
use crate::prompt::confirm;
use crate::send::{Done, send};
use crate::view::number::{Amount, Usd};
use crate::view::time::Moment;
use crate::view::{List, Row, show};

/// Deposits USDC, or other collateral, from the key's token account into a margin account.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keel deposit 1000
  keel deposit 20 --bank SOL
  keel deposit 250.50 --account 1 --open --yes")]
pub struct DepositArguments {
    /// How much, in tokens of the bank
    #[arg(value_parser = amount::typed)]
    amount: String,
    /// Name, mint or number of the bank. Default: that of USDC
    #[arg(long, value_name = "BANK")]
    bank: Option<String>,
    /// Token account to take it from. Default: the key's associated one
    #[arg(long, value_name = "ADDRESS")]
    from: Option<Pubkey>,
    /// Open the margin account first if it is not there
    #[arg(long)]
    open: bool,
}

/// Withdraws USDC, or other collateral, to the key's token account.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keel withdraw 100
  keel withdraw 5 --bank SOL
  keel withdraw 500000 --queue")]
pub struct WithdrawArguments {
    /// How much, in tokens of the bank
    #[arg(value_parser = amount::typed)]
    amount: String,
    /// Name, mint or number of the bank. Default: that of USDC
    #[arg(long, value_name = "BANK")]
    bank: Option<String>,
    /// Token account to pay, of the same owner. Default: the key's associated one, made if it is not there
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Pubkey>,
    /// Put it at the end of the bank's queue, which is paid as the hourly limit allows
    #[arg(long)]
    queue: bool,
    #[command(flatten)]
    prices: PriceOptions,
}

/// Moves capital to another margin account of the same key.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keel transfer 50 --to 1
  keel transfer 5 --bank SOL --to 1
  keel transfer 50 --account 1 --to 0 --yes")]
pub struct TransferArguments {
    /// How much, in tokens of the bank
    #[arg(value_parser = amount::typed)]
    amount: String,
    /// Name, mint or number of the bank. Default: that of USDC
    #[arg(long, value_name = "BANK")]
    bank: Option<String>,
    /// Number of the margin account that gets it
    #[arg(long, value_name = "NUMBER")]
    to: u16,
    #[command(flatten)]
    prices: PriceOptions,
}

/// Withdrawals that wait for the bank's hourly limit.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  keel ticket list
  keel ticket pay 12
  keel ticket cancel 12")]
pub enum TicketCommand {
    /// Lists the account's
    List,
    /// Pays the first of the bank's queue, whoever's it is, as far as the limit allows
    Pay(TicketArguments),
    /// Takes one back
    Cancel(TicketArguments),
}

/// Which one.
#[derive(Debug, Args)]
pub struct TicketArguments {
    /// Its number
    number: u64,
    /// Name, mint or number of the bank. Default: that of USDC
    #[arg(long, value_name = "BANK")]
    bank: Option<String>,
    #[command(flatten)]
    prices: PriceOptions,
}

/// Deposits.
pub fn deposit(session: &Session<'_>, arguments: &DepositArguments) -> Result<()> {
    let bank = session.bank_named(arguments.bank.as_deref())?;
    let (owner, mint) = (session.owner()?, Pubkey::from(bank.mint));
    let atoms = amount::tokens(&arguments.amount, &bank).map_err(anyhow::Error::msg)?;
    let account = session.account_address()?;
    let is_there = session.client.accounts(&[account])?.iter().any(Option::is_some);
    let mut instructions = Vec::new();
    if !is_there {
        match session.options.account {
            Some(AccountName::Address(_)) => bail!("there is no margin account at {account}"),
            _ if !arguments.open => bail!("there is no such margin account yet: add --open to open it first"),
            named => {
                let sub_account = if let Some(AccountName::Number(number)) = named { number } else { 0 };
                instructions.push(OpenAccount { owner, sub_account, isolated_market: 0 }.instruction());
            }
        }
    }
    let source = arguments.from.unwrap_or_else(|| address::token_account(&owner, &mint));
    if session.client.accounts(&[source])?.iter().any(Option::is_none) {
        bail!(
            "the token account {source} is not there: {owner} holds no {} of the mint {mint}; name another with --from",
            session.bank_name(&bank)?
        );
    }
    let deposit = Deposit { authority: owner, account, mint, source, amount: atoms };
    let amount = shown(session, atoms, &bank)?;
    confirm(session.options, &format!("Deposit {amount} into {account}?"))?;
    if is_there {
        instructions.push(session.client.gather(|accounts| deposit.instruction(accounts))?);
    } else {
        // What is opened in front of it holds nothing that a deposit would look at.
        instructions.push(deposit.instruction(&Opened(account))?);
    }
    let receipt = send(session, &instructions, &[])?;
    let told = json!({ "account": account.to_string(), "amount": amount });
    show(&Done::new(&receipt, format!("{amount} deposited"), told), session.options.json)
}

/// An account that is there by the time its deposit comes.
struct Opened(Pubkey);

impl keel_sdk::chain::Accounts for Opened {
    fn get(&self, address: &Pubkey) -> Option<Vec<u8>> {
        let empty: keel_engine::state::MarginAccount = bytemuck::Zeroable::zeroed();
        (*address == self.0).then(|| keel_sdk::accounts::encode(&empty))
    }
}

/// Withdraws, or queues.
pub fn withdraw(session: &Session<'_>, arguments: &WithdrawArguments) -> Result<()> {
    let (account, state, _) = session.account()?;
    let bank = session.bank_named(arguments.bank.as_deref())?;
    let atoms = amount::tokens(&arguments.amount, &bank).map_err(anyhow::Error::msg)?;
    let (owner, mint) = (session.owner()?, Pubkey::from(bank.mint));
    let destination = arguments.to.unwrap_or_else(|| address::token_account(&owner, &mint));
    let amount = shown(session, atoms, &bank)?;
    if !arguments.queue {
        require_room(session, &bank, atoms)?;
    }
    let way = if arguments.queue { "Queue a withdrawal of" } else { "Withdraw" };
    confirm(session.options, &format!("{way} {amount} to {destination}?"))?;
    let fresh = Fresh::gather(session, &arguments.prices, &state, None)?;
    let action = if arguments.queue {
        let queued = QueueWithdrawal { owner, account, mint, destination, amount: atoms };
        session.client.gather(|accounts| queued.instruction(accounts))?
    } else {
        let paid = Withdraw { owner, account, mint, destination, amount: atoms };
        session.client.gather(|accounts| paid.instruction(accounts))?
    };
    let made = arguments.to.is_none().then(|| CreateTokenAccount { payer: owner, owner, mint }.instruction());
    let receipt = fresh.send(session, made.into_iter().chain([action]).collect())?;
    let ticket = receipt.events.iter().find_map(|event| match event {
        Event::WithdrawalQueued(queued) => Some(queued.number),
        _ => None,
    });
    let said = match ticket {
        Some(number) => {
            format!("{amount} wait as ticket {number}: `keel ticket list` shows it, `keel ticket pay` pays the first")
        }
        None => format!("{amount} withdrawn"),
    };
    let told = json!({ "account": account.to_string(), "amount": amount, "destination": destination.to_string(), "ticket": ticket });
    show(&Done::new(&receipt, said, told), session.options.json)
}

/// An amount of a bank's tokens as people read it: USDC as dollars.
fn shown(session: &Session<'_>, atoms: u64, bank: &Bank) -> Result<Amount> {
    Ok(if usize::from(bank.index) == USDC {
        Amount::Usd(Usd::of(atoms))
    } else {
        Amount::Tokens(session.tokens(atoms, bank)?)
    })
}

/// Refuses what the bank's hourly limit would refuse, with the figures and the way out.
fn require_room(session: &Session<'_>, bank: &Bank, amount: u64) -> Result<()> {
    let mut bank = *bank;
    if let Err(error) = outflow::take(&mut bank, amount, session.client.now()?) {
        let waiting = bank.queue_tail.saturating_sub(bank.queue_head);
        let others = if waiting == 1 { "withdrawal waits" } else { "withdrawals wait" };
        let room = shown(session, bank.room, &bank)?;
        return Err(anyhow::Error::new(keel_client::ClientError::Sdk(error.into()))
            .context(format!("the bank may pay {room} now and {waiting} {others}; add --queue to wait in line")));
    }
    Ok(())
}

/// Transfers.
pub fn transfer(session: &Session<'_>, arguments: &TransferArguments) -> Result<()> {
    let (account, state, _) = session.account()?;
    let bank = session.bank_named(arguments.bank.as_deref())?;
    let atoms = amount::tokens(&arguments.amount, &bank).map_err(anyhow::Error::msg)?;
    let (owner, mint) = (session.owner()?, Pubkey::from(bank.mint));
    let receiver = address::margin_account(&owner, arguments.to);
    if session.client.accounts(&[receiver])?.iter().any(Option::is_none) {
        let number = arguments.to;
        bail!("there is no margin account {number}: open it with `keel account open --account {number}`");
    }
    let amount = shown(session, atoms, &bank)?;
    confirm(session.options, &format!("Move {amount} to account {}?", arguments.to))?;
    let fresh = Fresh::gather(session, &arguments.prices, &state, None)?;
    let transfer = Transfer { owner, account, receiver, mint, amount: atoms };
    let action = session.client.gather(|accounts| transfer.instruction(accounts))?;
    let receipt = fresh.send(session, vec![action])?;
    let told = json!({ "from": account.to_string(), "to": receiver.to_string(), "amount": amount });
    show(&Done::new(&receipt, format!("{amount} moved to account {}", arguments.to), told), session.options.json)
}

/// Waiting withdrawals.
pub fn ticket(session: &Session<'_>, command: &TicketCommand) -> Result<()> {
    let (arguments, pays) = match command {
        TicketCommand::List => {
            let (account, ..) = session.account()?;
            let mut tickets = session.client.tickets_of(&account)?;
            tickets.sort_by_key(|(_, ticket)| ticket.number);
            let items = tickets.iter().map(|(_, ticket)| Waiting::of(session, ticket)).collect::<Result<_>>()?;
            return show(&List { items, nothing: "no withdrawal waits" }, session.options.json);
        }
        TicketCommand::Pay(arguments) => (arguments, true),
        TicketCommand::Cancel(arguments) => (arguments, false),
    };
    let number = arguments.number;
    let authority = session.owner()?;
    let bank = session.bank_named(arguments.bank.as_deref())?;
    let mint = Pubkey::from(bank.mint);
    let ticket: Ticket = session.client.state(&address::ticket(bank.index, number))?;
    let (state, _) = session.client.margin_account(&Pubkey::from(ticket.account))?;
    let amount = shown(session, ticket.amount, &bank)?;
    confirm(session.options, &format!("{} ticket {number} of {amount}?", if pays { "Pay" } else { "Cancel" }))?;
    let fresh = Fresh::gather(session, &arguments.prices, &state, None)?;
    let action = if pays {
        session.client.gather(|accounts| PayWithdrawal { mint, number }.instruction(accounts))?
    } else {
        session.client.gather(|accounts| CancelWithdrawal { authority, mint, number }.instruction(accounts))?
    };
    let receipt = fresh.send(session, vec![action])?;
    let said = format!("ticket {number} is {}", if pays { "paid as far as the limit allows" } else { "cancelled" });
    show(&Done::new(&receipt, said, json!({ "ticket": number, "amount": amount })), session.options.json)
}

/// A withdrawal that waits.
#[derive(Debug, Serialize)]
struct Waiting {
    ticket: u64,
    bank: String,
    amount: Amount,
    destination: String,
    queued_at: Moment,
}

impl Waiting {
    fn of(session: &Session<'_>, ticket: &Ticket) -> Result<Self> {
        let bank = session.bank_named(Some(&ticket.bank.to_string()))?;
        Ok(Self {
            ticket: ticket.number,
            bank: session.bank_name(&bank)?,
            amount: shown(session, ticket.amount, &bank)?,
            destination: Pubkey::from(ticket.destination).to_string(),
            queued_at: Moment(ticket.queued_at),
        })
    }
}

impl Row for Waiting {
    const COLUMNS: &'static [&'static str] = &["ticket", "amount", "to", "queued at"];

    fn cells(&self) -> Vec<String> {
        vec![self.ticket.to_string(), self.amount.to_string(), self.destination.clone(), self.queued_at.to_string()]
    }
}
