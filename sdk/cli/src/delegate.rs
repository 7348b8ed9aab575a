//! `keel delegate`, `keel builder`: what an owner allows others.

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use keel_engine::delegate::{MAY_ORDER, MAY_RANGE, MAY_TRADE, Terms};
use keel_engine::state::{DELEGATE_MARKETS, MarginAccount};
use keel_sdk::instructions::{ApproveBuilder, RevokeBuilder, SetDelegate};
use serde::Serialize;
use serde_json::json;
use solana_pubkey::Pubkey;

use crate::amount;
use crate::connect::Session;
use crate::prompt::confirm;
use crate::send::{Done, send};
use crate::view::number::{Usd, name};
use crate::view::table::{facts, or_dash};
use crate::view::time::Moment;
use crate::view::{View, show};

/// A key that may act for the account, and never moves money out of it.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  keel delegate set 7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2 --may trade,order --for 30d
  keel delegate set 7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2 --may range --for 12h --in BTC,ETH --notional 50000
  keel delegate show
  keel delegate revoke")]
pub enum DelegateCommand {
    /// Says who it is and what it may; in place of who was it before
    Set(SetArguments),
    /// Shows it
    Show,
    /// Nobody may any more
    Revoke,
}

/// Who may what.
#[derive(Debug, Args)]
pub struct SetArguments {
    /// The delegate's public key
    delegate: Pubkey,
    /// What it may do
    #[arg(long, value_enum, value_delimiter = ',', required = true)]
    may: Vec<Permission>,
    /// For how long
    #[arg(long = "for", value_name = "TIME", value_parser = amount::seconds)]
    lasting: u32,
    /// Largest notional that what it does may leave in a market, in USD. Default: none
    #[arg(long, value_name = "AMOUNT", value_parser = amount::usd)]
    notional: Option<u64>,
    /// The only markets in which it may act, at most 4. Default: all
    #[arg(long = "in", value_name = "MARKETS", value_delimiter = ',')]
    markets: Vec<String>,
}

/// What a delegate may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Permission {
    /// Trade and settle, and release what is paid in full.
    Trade,
    /// Place orders and cancel them.
    Order,
    /// Add ranges, settle and remove them.
    Range,
}

/// Delegates.
pub fn delegate(session: &Session<'_>, command: &DelegateCommand) -> Result<()> {
    let (account, state, _) = session.account()?;
    let (terms, question, said) = match command {
        DelegateCommand::Show => return show(&Allowed::of(session, &state), session.options.json),
        DelegateCommand::Set(arguments) => {
            let delegate = arguments.delegate;
            (
                terms(session, arguments)?,
                format!("Let {delegate} act for the account?"),
                format!("{delegate} is the delegate"),
            )
        }
        DelegateCommand::Revoke => {
            (Terms::default(), "Take the delegate's right away?".to_owned(), "the account has no delegate".to_owned())
        }
    };
    confirm(session.options, &question)?;
    let receipt = send(session, &[SetDelegate { owner: session.owner()?, account, terms }.instruction()], &[])?;
    let after = MarginAccount {
        delegate: terms.delegate,
        delegate_permissions: terms.permissions,
        delegate_expiry: terms.expiry,
        delegate_notional: terms.notional,
        delegate_markets: terms.markets,
        ..state
    };
    show(&Done::new(&receipt, said, serde_json::to_value(Allowed::of(session, &after))?), session.options.json)
}

fn terms(session: &Session<'_>, arguments: &SetArguments) -> Result<Terms> {
    let bit = |permission: &Permission| match permission {
        Permission::Trade => MAY_TRADE,
        Permission::Order => MAY_ORDER,
        Permission::Range => MAY_RANGE,
    };
    let mut markets = [0; DELEGATE_MARKETS];
    if arguments.markets.len() > markets.len() {
        bail!("a delegate is kept to at most {DELEGATE_MARKETS} markets: name fewer, or none for all");
    }
    for (place, named) in markets.iter_mut().zip(&arguments.markets) {
        *place = session.market(named)?.index_number;
    }
    Ok(Terms {
        delegate: arguments.delegate.to_bytes(),
        permissions: arguments.may.iter().map(bit).fold(0, |all, one| all | one),
        expiry: session.client.now()?.unix.saturating_add(arguments.lasting.into()),
        notional: arguments.notional.unwrap_or(0),
        markets,
    })
}

/// What an account's delegate may.
#[derive(Debug, Serialize)]
struct Allowed {
    delegate: Option<String>,
    may: Vec<&'static str>,
    until: Option<Moment>,
    notional: Option<Usd>,
    markets: Vec<String>,
}

impl Allowed {
    fn of(session: &Session<'_>, account: &MarginAccount) -> Self {
        let may = [(MAY_TRADE, "trade"), (MAY_ORDER, "order"), (MAY_RANGE, "range")].into_iter();
        let markets = account.delegate_markets.iter().filter(|number| **number != 0);
        Self {
            delegate: (account.delegate != [0; 32]).then(|| Pubkey::from(account.delegate).to_string()),
            may: may.filter(|(bit, _)| account.delegate_permissions & bit != 0).map(|(_, name)| name).collect(),
            until: Moment::some(account.delegate_expiry),
            notional: (account.delegate_notional != 0).then(|| Usd::of(account.delegate_notional)),
            markets: markets.map(|n| session.numbered(*n).map_or_else(|_| n.to_string(), name)).collect(),
        }
    }
}

impl View for Allowed {
    fn text(&self) -> String {
        if self.delegate.is_none() {
            return "the account has no delegate".to_owned();
        }
        facts([
            ("delegate", or_dash(self.delegate.as_ref())),
            ("may", self.may.join(", ")),
            ("until", or_dash(self.until)),
            ("up to", self.notional.map_or_else(|| "any notional".to_owned(), |most| format!("{most} in a market"))),
            ("in", if self.markets.is_empty() { "every market".to_owned() } else { self.markets.join(", ") }),
        ])
    }
}

/// Who brings trades here may be paid a fee by them, up to what the account allows.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  keel builder approve 7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2 --max-fee 0.02%
  keel builder revoke 7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2")]
pub enum BuilderCommand {
    /// Allows a builder a largest fee
    Approve(ApproveArguments),
    /// Allows it none any more
    Revoke(RevokeArguments),
}

/// Who, and how much.
#[derive(Debug, Args)]
pub struct ApproveArguments {
    /// The builder's public key
    builder: Pubkey,
    /// Largest fee over what a trade changes hands
    #[arg(long, value_name = "PERCENT", value_parser = amount::percent)]
    max_fee: i64,
}

/// Who.
#[derive(Debug, Args)]
pub struct RevokeArguments {
    /// The builder's public key
    builder: Pubkey,
}

/// Builders.
pub fn builder(session: &Session<'_>, command: &BuilderCommand) -> Result<()> {
    let (account, ..) = session.account()?;
    let owner = session.owner()?;
    let (instruction, question, said, told) = match command {
        BuilderCommand::Approve(ApproveArguments { builder, max_fee }) => {
            let Some(max_fee_ppm) = u32::try_from(*max_fee).ok().filter(|fee| *fee > 0) else {
                bail!("--max-fee must be above zero; `keel builder revoke` allows none");
            };
            (
                ApproveBuilder { owner, account, builder: *builder, max_fee_ppm }.instruction(),
                format!("Allow {builder} a fee of up to {}?", crate::view::number::Share::of_ppm(max_fee_ppm)),
                format!("{builder} may be paid up to {}", crate::view::number::Share::of_ppm(max_fee_ppm)),
                json!({ "builder": builder.to_string(), "max_fee_ppm": max_fee_ppm }),
            )
        }
        BuilderCommand::Revoke(RevokeArguments { builder }) => (
            RevokeBuilder { owner, account, builder: *builder }.instruction(),
            format!("Allow {builder} no fee any more?"),
            format!("{builder} may be paid nothing"),
            json!({ "builder": builder.to_string(), "max_fee_ppm": 0 }),
        ),
    };
    confirm(session.options, &question)?;
    let receipt = send(session, &[instruction], &[])?;
    show(&Done::new(&receipt, said, told), session.options.json)
}
