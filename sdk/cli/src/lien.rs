//! `keel lien`: a floor of equity that an owner lets somebody keep in a margin account, and what the holder may do.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use keel_engine::lien::{MAX_NOTICE_SECS, Terms};
use keel_engine::state::MarginAccount;
use keel_sdk::instructions::{CallLien, PlaceLien, ReleaseLien, Seize};
use keel_sdk::{address, quote};
use serde_json::json;
use solana_pubkey::Pubkey;

use crate::amount;
use crate::connect::Session;
use crate::fresh::Fresh;
use crate::options::{AccountName, PriceOptions};
use crate::prompt::confirm;
use crate::send::{Done, send};
use crate::view::lien::{Lien, OnAccount};
use crate::view::number::Usd;
use crate::view::show;

/// Lets somebody keep a floor of equity in an account: what a loan against it rests on
///
/// While a lien lies on an account its owner can neither withdraw nor add risk below the floor. Only its holder ends it: by
/// releasing it, or by taking capital up to the floor once a notice has run out.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  keel lien place --holder 7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2 --floor 5000 --notice 1d
  keel lien show
  keel lien call --account 7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2
  keel lien call --withdraw --account 7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2
  keel lien seize 500 --to 0 --account 7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2
  keel lien release --account 7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2")]
pub enum Command {
    /// Places a lien on --account, or makes one of the same holder stronger; the key is its owner
    Place(PlaceArguments),
    /// Gives notice on a lien that the key holds on --account
    Call(CallArguments),
    /// Ends a lien that the key holds on --account
    Release,
    /// Takes capital of --account, on which the key holds a lien whose notice has run out
    Seize(SeizeArguments),
    /// Shows the lien on --account
    Show,
}

/// What is kept, for whom.
#[derive(Debug, Args)]
pub struct PlaceArguments {
    /// Who holds it: a key, or an address of a lending program
    #[arg(long, value_name = "ADDRESS")]
    holder: Pubkey,
    /// Equity for new risk that stays in the account, in USD
    #[arg(long, value_name = "USD", value_parser = amount::usd)]
    floor: u64,
    /// Time between the holder's notice and its rights, at most 30d. Default: none
    #[arg(long, value_name = "TIME", value_parser = amount::seconds)]
    notice: Option<u32>,
}

/// Whether notice is given or taken back.
#[derive(Debug, Args)]
pub struct CallArguments {
    /// Take a notice back
    #[arg(long)]
    withdraw: bool,
}

/// How much, and where to.
#[derive(Debug, Args)]
pub struct SeizeArguments {
    /// How much, in tokens of the bank
    #[arg(value_parser = amount::typed)]
    amount: String,
    /// Margin account of the key that gets it
    #[arg(long, value_name = "NUMBER|ADDRESS", default_value = "0")]
    to: AccountName,
    /// Name, mint or number of the bank. Default: that of USDC
    #[arg(long, value_name = "BANK")]
    bank: Option<String>,
    #[command(flatten)]
    prices: PriceOptions,
}

/// Does it.
pub fn run(session: &Session<'_>, command: &Command) -> Result<()> {
    match command {
        Command::Place(arguments) => place(session, arguments),
        Command::Call(arguments) => call(session, arguments),
        Command::Release => release(session),
        Command::Seize(arguments) => seize(session, arguments),
        Command::Show => look(session),
    }
}

fn look(session: &Session<'_>) -> Result<()> {
    let (address, account, _) = session.account()?;
    let now = session.client.now()?;
    let margin = session.client.gather(|accounts| quote::initial(accounts, &address, now))?;
    let (lien, initial_equity) = (Lien::of(&account), Usd::of(margin.equity));
    show(&OnAccount { account: address.to_string(), lien, initial_equity }, session.options.json)
}

fn place(session: &Session<'_>, arguments: &PlaceArguments) -> Result<()> {
    let (account, ..) = session.account()?;
    let (holder, floor, notice_secs) = (arguments.holder, arguments.floor, arguments.notice.unwrap_or(0));
    if notice_secs > MAX_NOTICE_SECS {
        bail!("a notice is at most {} days long", MAX_NOTICE_SECS / 86_400);
    }
    let usd = Usd::of(floor);
    let question = format!(
        "Let {holder} keep {usd} in {account}? Only the holder can end it. Once notice is given and {notice_secs} seconds are \
         over, it may reduce positions and take capital up to the floor."
    );
    confirm(session.options, &question)?;
    let terms = Terms { holder: holder.to_bytes(), floor, notice_secs };
    let place = PlaceLien { owner: session.owner()?, account, terms };
    let receipt = send(session, &[place.instruction()], &[])?;
    let told = json!({ "account": account.to_string(), "holder": holder.to_string(), "floor": usd, "notice_secs": notice_secs });
    show(&Done::new(&receipt, format!("{holder} keeps {usd} in {account}"), told), session.options.json)
}

/// The account under a lien that the key holds.
fn held(session: &Session<'_>) -> Result<(Pubkey, MarginAccount, Pubkey)> {
    let holder = session.owner()?;
    let (address, account, _) = session.account()?;
    match Lien::of(&account) {
        None => bail!("there is no lien on {address}: name the account under it by --account ADDRESS"),
        Some(lien) if account.lien_holder != holder.to_bytes() => {
            bail!("the lien on {address} is held by {}, not by the key {holder}", lien.holder)
        }
        Some(_) => Ok((address, account, holder)),
    }
}

fn call(session: &Session<'_>, arguments: &CallArguments) -> Result<()> {
    let (account, state, holder) = held(session)?;
    let notice = !arguments.withdraw;
    let what = if notice { "Give notice on" } else { "Take the notice back on" };
    confirm(session.options, &format!("{what} the lien on {account}?"))?;
    let receipt = send(session, &[CallLien { holder, account, notice }.instruction()], &[])?;
    let said = if notice {
        format!("notice is given: in {} seconds `keel lien seize` takes capital", state.lien_notice_secs)
    } else {
        "the notice is taken back".to_owned()
    };
    let told = json!({ "account": account.to_string(), "called": notice, "notice_secs": state.lien_notice_secs });
    show(&Done::new(&receipt, said, told), session.options.json)
}

fn release(session: &Session<'_>) -> Result<()> {
    let (account, state, holder) = held(session)?;
    let floor = Usd::of(state.lien_floor);
    confirm(
        session.options,
        &format!("End the lien on {account}, which keeps {floor}? Its owner may then take everything out."),
    )?;
    let receipt = send(session, &[ReleaseLien { holder, account }.instruction()], &[])?;
    let said = format!("the lien on {account} has ended");
    show(&Done::new(&receipt, said, json!({ "account": account.to_string(), "floor": floor })), session.options.json)
}

fn seize(session: &Session<'_>, arguments: &SeizeArguments) -> Result<()> {
    let (account, state, holder) = held(session)?;
    let bank = session.bank_named(arguments.bank.as_deref())?;
    let atoms = amount::tokens(&arguments.amount, &bank).map_err(anyhow::Error::msg)?;
    let receiver = match arguments.to {
        AccountName::Number(number) => address::margin_account(&holder, number),
        AccountName::Address(address) => address,
    };
    if session.client.accounts(&[receiver])?.iter().any(Option::is_none) {
        bail!("there is no margin account at {receiver}: open one with `keel account open`, or name another with --to");
    }
    let tokens = session.tokens(atoms, &bank)?;
    confirm(
        session.options,
        &format!("Take {tokens} out of {account} into {receiver}? The floor falls by what it is worth."),
    )?;
    let fresh = Fresh::gather(session, &arguments.prices, &state, None)?;
    let fresh = fresh.and_bank(session, &arguments.prices, &bank)?;
    let seize = Seize { holder, account, receiver, mint: Pubkey::from(bank.mint), amount: atoms };
    let action = session.client.gather(|accounts| seize.instruction(accounts))?;
    let receipt = fresh.send(session, vec![action])?;
    let (after, _) = session.client.margin_account(&account)?;
    let left = Usd::of(after.lien_floor);
    let told = json!({
        "account": account.to_string(), "to": receiver.to_string(), "bank": session.bank_name(&bank)?, "amount": tokens,
        "floor_left": left,
    });
    let said = format!("{tokens} taken into {receiver}; the floor is {left} now");
    show(&Done::new(&receipt, said, told), session.options.json)
}
