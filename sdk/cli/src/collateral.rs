//! `keel collateral`: the tokens that count as margin, what they count, and buying those that are for sale.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use keel_engine::units::{Price, Rate};
use keel_sdk::events::Event;
use keel_sdk::instructions::BuyCollateral;
use keel_sdk::quote;
use solana_pubkey::Pubkey;

use crate::amount;
use crate::connect::Session;
use crate::fresh::Fresh;
use crate::options::PriceOptions;
use crate::prompt::confirm;
use crate::send::Sent;
use crate::view::collateral::{Bought, Listed, Purchase};
use crate::view::number::Usd;
use crate::view::{List, offer, show};

/// Lists the tokens that count as margin, and buys what is for sale
///
/// Without a word behind it: every bank with its mint, its price, which part of the value counts now and which will, its
/// cap, and what it holds.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keel collateral
  keel collateral --json
  keel collateral buy SOL --from 7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2 --most 10")]
pub struct CollateralArguments {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What else.
#[derive(Debug, Subcommand)]
enum Command {
    /// Buys other collateral of an account that is in liquidation or in debt, for USDC of --account
    Buy(BuyArguments),
}

/// Which, and how much.
#[derive(Debug, Args)]
struct BuyArguments {
    /// Name, mint or number of the bank
    bank: String,
    /// The margin account that sells
    #[arg(long, value_name = "ADDRESS")]
    from: Pubkey,
    /// The most to buy, in tokens. Default: all that is for sale
    #[arg(long, value_name = "AMOUNT", value_parser = amount::typed)]
    most: Option<String>,
    /// Worst price, in USD for a token, instead of one from the slippage
    #[arg(long, value_name = "PRICE", conflicts_with = "slippage_bps")]
    limit: Option<String>,
    /// How far above the quoted price the sale may have come by then, in hundredths of a percent
    #[arg(long, value_name = "BPS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=5_000))]
    slippage_bps: u32,
    #[command(flatten)]
    prices: PriceOptions,
}

/// Does it.
pub fn run(session: &Session<'_>, arguments: &CollateralArguments) -> Result<()> {
    match &arguments.command {
        None => list(session),
        Some(Command::Buy(arguments)) => buy(session, arguments),
    }
}

fn list(session: &Session<'_>) -> Result<()> {
    let now = session.client.now()?;
    let items = session.banks()?.iter().map(|bank| Listed::of(session, bank, now)).collect::<Result<_>>()?;
    show(&List { items, nothing: "the exchange has no bank yet" }, session.options.json)
}

fn buy(session: &Session<'_>, arguments: &BuyArguments) -> Result<()> {
    let bank = session.bank_named(Some(&arguments.bank))?;
    let (buyer, state, _) = session.account()?;
    let (seller, _) = session.client.margin_account(&arguments.from).with_context(|| {
        format!("there is no margin account at {}: `keel health --account ADDRESS` shows one", arguments.from)
    })?;
    let most =
        arguments.most.as_ref().map(|most| amount::tokens(most, &bank).map_err(anyhow::Error::msg)).transpose()?;
    let limit = arguments.limit.as_ref().map(|limit| amount::token_price(limit, &bank, false));
    let mut buy = BuyCollateral {
        owner: session.owner()?,
        buyer,
        account: arguments.from,
        mint: Pubkey::from(bank.mint),
        most: most.unwrap_or(u64::MAX),
        limit: limit.transpose().map_err(anyhow::Error::msg)?,
    };
    let gather = || {
        let fresh = Fresh::gather(session, &arguments.prices, &state, None)?;
        fresh.and(session, &arguments.prices, &seller, None)?.and_bank(session, &arguments.prices, &bank)
    };
    let fresh = gather()?;
    let now = session.client.now()?;
    let (quoted, priced) = session
        .client
        .gather(|accounts| {
            let refreshed = fresh.over(accounts, now);
            let bank: keel_engine::state::Bank =
                keel_sdk::chain::load(&refreshed, &keel_sdk::address::bank(&buy.mint))?;
            Ok((quote::buy_collateral(&refreshed, &buy, now)?, bank))
        })
        .context("nothing is bought: `keel health --account ADDRESS` shows how the account stands")?;
    if buy.limit.is_none() {
        let price = keel_engine::views::fee::mean_price(quoted.sold.paid, quoted.sold.amount);
        let worst = Price::from_bits(price).scale_floor(Rate::from_ppm(arguments.slippage_bps.saturating_mul(100)));
        // Rounded down it would lie a bit below what is paid.
        buy.limit = Some(Price::from_bits(worst.bits.saturating_add(1)));
    }
    let preview = Purchase::of(session, &priced, &buy, &quoted)?;
    offer(&preview, session.options)?;
    confirm(session.options, &format!("Buy {} for about {}?", preview.amount, preview.paid))?;
    let fresh = if session.options.yes { fresh } else { gather()? };
    let instruction = session.client.gather(|accounts| buy.instruction(accounts))?;
    let receipt = fresh.send(session, vec![instruction])?;
    let sold = receipt.events.iter().find_map(|event| match event {
        Event::CollateralSold(sold) => Some((sold.amount, sold.paid)),
        _ => None,
    });
    let amount = sold.map(|(amount, _)| session.tokens(amount, &bank)).transpose()?;
    let paid = sold.map(|(_, paid)| Usd::of(paid));
    show(&Bought { quote: preview, amount, paid, sent: Sent::from(&receipt) }, session.options.json)
}
