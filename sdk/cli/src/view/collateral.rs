//! Collateral: the banks, what an account has in them, and a purchase of what is for sale.

use anyhow::Result;
use keel_client::ClientError;
use keel_engine::Now;
use keel_engine::state::{Bank, USDC};
use keel_engine::units::Price;
use keel_sdk::quote::{self, PurchaseQuote};
use keel_sdk::{SdkError, instructions::BuyCollateral};
use serde::Serialize;
use solana_pubkey::Pubkey;

use super::number::{Share, Tokens, Usd, UsdPrice};
use super::table::{facts, or_dash};
use super::time::Moment;
use super::{Row, View};
use crate::connect::Session;
use crate::send::Sent;

/// A bank.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// What its token is called here.
    pub bank: String,
    /// Its number.
    pub number: u8,
    /// Its mint.
    pub mint: String,
    /// Decimals of the token.
    pub decimals: u8,
    /// The last price that was taken; none for USDC.
    pub price: Option<UsdPrice>,
    /// Whether that is too old for the collateral to count for its owner.
    pub stale: bool,
    /// When it was published.
    pub price_time: Option<Moment>,
    /// Part of the value that counts in maintenance now.
    pub weight: Share,
    /// Part that counts for new risk and withdrawals now.
    pub initial_weight: Share,
    /// Part that will count once the weight has come to it.
    pub haircut: Share,
    /// Most that is taken, in USD; none without a cap.
    pub cap: Option<Usd>,
    /// What may still be deposited.
    pub room: Option<Usd>,
    /// What all accounts have in it.
    pub held: Tokens,
    /// The same in USD.
    pub held_usd: Usd,
}

impl Listed {
    /// A bank as it stands.
    pub fn of(session: &Session<'_>, bank: &Bank, now: Now) -> Result<Self> {
        let told = quote::bank(bank, now);
        let is_priced = usize::from(bank.index) != USDC;
        Ok(Self {
            bank: session.bank_name(bank)?,
            number: bank.index,
            mint: Pubkey::from(bank.mint).to_string(),
            decimals: bank.decimals,
            price: is_priced.then(|| UsdPrice::of_token(bank.latest, bank)).filter(|_| bank.price_time != 0),
            stale: told.stale,
            price_time: Moment::some(bank.price_time),
            weight: Share::of_ppm(told.weight_ppm),
            initial_weight: Share::of_ppm(told.initial_weight_ppm),
            haircut: Share::of_ppm(bank.haircut_ppm),
            cap: told.room.map(|_| Usd::of(u64::from(bank.cap_usd).saturating_mul(1_000_000))),
            room: told.room.map(Usd::of),
            held: session.tokens(bank.booked, bank)?,
            held_usd: Usd::of(told.held),
        })
    }
}

impl Row for Listed {
    const COLUMNS: &'static [&'static str] =
        &["bank", "number", "mint", "price", "counts now", "will count", "cap", "held", "worth"];

    fn cells(&self) -> Vec<String> {
        let old = if self.stale { " (old)" } else { "" };
        vec![
            self.bank.clone(),
            self.number.to_string(),
            self.mint.clone(),
            self.price.map_or_else(|| "-".to_owned(), |price| format!("{price}{old}")),
            self.weight.to_string(),
            self.haircut.to_string(),
            or_dash(self.cap),
            self.held.to_string(),
            self.held_usd.to_string(),
        ]
    }
}

/// What an account has in a bank.
#[derive(Clone, Debug, Serialize)]
pub struct Holding {
    /// What the token is called.
    pub bank: String,
    /// How much.
    pub amount: Tokens,
    /// The bank's last price.
    pub price: UsdPrice,
    /// What it is worth at it.
    pub value: Usd,
    /// What it counts in maintenance.
    pub maintenance: Usd,
    /// What it counts for new risk and withdrawals.
    pub initial: Usd,
    /// Whether the price is too old for its owner's doings; a command that needs a fresh one brings it.
    pub stale: bool,
}

impl Holding {
    /// So much of a bank.
    pub fn of(session: &Session<'_>, bank: &Bank, amount: u64, now: Now) -> Result<Self> {
        let told = quote::holding(bank, amount, now).map_err(|error| ClientError::Sdk(SdkError::Engine(error)))?;
        Ok(Self {
            bank: session.bank_name(bank)?,
            amount: session.tokens(amount, bank)?,
            price: UsdPrice::of_token(bank.latest, bank),
            value: Usd::of(told.value),
            maintenance: Usd::of(told.maintenance),
            initial: Usd::of(told.initial),
            stale: told.stale,
        })
    }
}

impl Row for Holding {
    const COLUMNS: &'static [&'static str] =
        &["collateral", "amount", "price", "worth", "counts", "for new risk", "price is"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.bank.clone(),
            self.amount.to_string(),
            self.price.to_string(),
            self.value.to_string(),
            self.maintenance.to_string(),
            self.initial.to_string(),
            if self.stale { "old" } else { "fresh" }.to_owned(),
        ]
    }
}

/// A purchase of collateral before it is sent.
#[derive(Clone, Debug, Serialize)]
pub struct Purchase {
    /// The margin account that sells.
    pub from: String,
    /// What the token is called.
    pub bank: String,
    /// How much of it.
    pub amount: Tokens,
    /// What is paid in all.
    pub paid: Usd,
    /// What is paid for a token.
    pub price: UsdPrice,
    /// The bank's price.
    pub bank_price: UsdPrice,
    /// How far below it.
    pub discount: Share,
    /// Worst price that is paid.
    pub limit: Option<UsdPrice>,
    /// The seller's equity after it.
    pub equity: Usd,
    /// What it must have.
    pub maintenance: Usd,
    /// What it needs for its liquidation to end.
    pub target: Usd,
    /// USDC of the account that buys, after it.
    pub capital_left: Usd,
}

impl Purchase {
    /// Of a quote, at the price that the bank will have by then.
    pub fn of(session: &Session<'_>, bank: &Bank, buy: &BuyCollateral, quote: &PurchaseQuote) -> Result<Self> {
        let sold = &quote.sold;
        let price = keel_engine::views::fee::mean_price(sold.paid, sold.amount);
        Ok(Self {
            from: buy.account.to_string(),
            bank: session.bank_name(bank)?,
            amount: session.tokens(sold.amount, bank)?,
            paid: Usd::of(sold.paid),
            price: UsdPrice::of_token(Price::from_bits(price), bank),
            bank_price: UsdPrice::of_token(bank.price, bank),
            discount: Share(i64::try_from(sold.discount.bits).unwrap_or(i64::MAX)),
            limit: buy.limit.map(|limit| UsdPrice::of_token(limit, bank)),
            equity: Usd::of(sold.health.equity),
            maintenance: Usd::of(sold.health.maintenance),
            target: Usd::of(sold.health.target),
            capital_left: Usd::of(quote.buyer.usdc()),
        })
    }
}

impl View for Purchase {
    fn text(&self) -> String {
        facts([
            ("buys", format!("{} for {}", self.amount, self.paid)),
            ("of", self.from.clone()),
            ("price", format!("{}, {} below {}", self.price, self.discount, self.bank_price)),
            ("limit", self.limit.map_or_else(String::new, |limit| limit.to_string())),
            (
                "leaves it with",
                format!(
                    "{} of equity; it must have {}, and {} to be left alone",
                    self.equity, self.maintenance, self.target
                ),
            ),
            ("USDC left here", self.capital_left.to_string()),
        ])
    }
}

/// A purchase that was made.
#[derive(Debug, Serialize)]
pub struct Bought {
    /// As it was quoted.
    pub quote: Purchase,
    /// How much was bought; nothing where the node kept no log of it.
    pub amount: Option<Tokens>,
    /// What was paid.
    pub paid: Option<Usd>,
    /// The transaction.
    #[serde(flatten)]
    pub sent: Sent,
}

impl View for Bought {
    fn text(&self) -> String {
        let said = match (&self.amount, self.paid) {
            (Some(amount), Some(paid)) => format!("{amount} bought for {paid}"),
            _ => "it is bought within the limit, but the node kept no log of it".to_owned(),
        };
        format!("{said}\n{}", self.sent)
    }
}
