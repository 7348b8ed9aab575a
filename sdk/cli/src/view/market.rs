//! Markets.

use std::collections::BTreeMap;

use keel_engine::Now;
use keel_engine::curve::price_floor;
use keel_engine::governance::new_risk_refusal;
use keel_engine::oracle::{Sample, scale};
use keel_engine::params::Params;
use keel_engine::state::{Market, Mode};
use keel_engine::units::Price;
use keel_sdk::views::PayoutView;
use serde::Serialize;
use solana_pubkey::Pubkey;

use super::number::{Share, Size, Usd, UsdPrice, grouped, name};
use super::table::{facts, or_dash, rows};
use super::time::{Lasting, Moment};
use super::{Row, View};

/// A market in a line.
#[derive(Debug, Serialize)]
pub struct Line {
    /// Its number.
    pub number: u16,
    /// Its name.
    pub market: String,
    /// The index.
    pub index: UsdPrice,
    /// The mark.
    pub mark: UsdPrice,
    /// Where the curve stands.
    pub price: UsdPrice,
    /// Funding rate an hour; who is long pays it where it is positive.
    pub funding_rate: Share,
    /// The larger of all longs and all shorts.
    pub open_interest: Size,
    /// Age of the index.
    pub index_age: Lasting,
    /// `open`, or what stands against new risk.
    pub state: String,
}

impl Line {
    /// A market now.
    pub fn of(market: &Market, now: Now) -> Self {
        let age = now.unix.saturating_sub(market.index_time).max(0);
        let refusal = new_risk_refusal(market, now).map(|error| error.name().to_owned());
        Self {
            number: market.index_number,
            market: name(market),
            index: UsdPrice::of(market.index, market),
            mark: UsdPrice::of(market.mark, market),
            price: UsdPrice::of(Price::from_bits(price_floor(market, market.peg)), market),
            funding_rate: Share::of(market.funding_rate),
            open_interest: Size::unsigned(market.open_interest(), market),
            index_age: Lasting(age),
            state: refusal.unwrap_or_else(|| if market.is_guarded() { "guarded" } else { "open" }.to_owned()),
        }
    }
}

impl Row for Line {
    const COLUMNS: &'static [&'static str] =
        &["no", "market", "index", "mark", "curve", "funding/h", "open interest", "index age", "state"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.number.to_string(),
            self.market.clone(),
            self.index.to_string(),
            self.mark.to_string(),
            self.price.to_string(),
            self.funding_rate.to_string(),
            self.open_interest.to_string(),
            self.index_age.to_string(),
            self.state.clone(),
        ]
    }
}

/// A market in full.
#[derive(Debug, Serialize)]
pub struct Full {
    /// What the list says.
    #[serde(flatten)]
    pub line: Line,
    /// `floating` or `fixed`.
    pub mode: &'static str,
    /// Pyth feed of the index.
    pub feed: String,
    /// Owner of its price accounts.
    pub price_owner: String,
    /// All longs.
    pub long: Size,
    /// All shorts.
    pub short: Size,
    /// Liquidity in use.
    pub liquidity: String,
    /// What a mature claim is paid now.
    pub payout_ratio: Share,
    /// Claims on its pot.
    pub claims: Usd,
    /// Money in its pot.
    pub pot: Usd,
    /// Its insurance.
    pub insurance: Usd,
    /// Losses that nobody could pay.
    pub written_off: Usd,
    /// Its parameters, by name.
    pub parameters: BTreeMap<&'static str, u64>,
}

impl Full {
    /// A market now.
    pub fn of(market: &Market, payout: &PayoutView, now: Now) -> Self {
        let h = i64::try_from(payout.h).unwrap_or(i64::MAX);
        let parameters = Params::TABLE.iter().filter_map(|row| Some((row.name, market.params.get(row.name)?)));
        Self {
            line: Line::of(market, now),
            mode: if market.mode() == Mode::Floating { "floating" } else { "fixed" },
            feed: market.feed_id.iter().map(|byte| format!("{byte:02x}")).collect(),
            price_owner: Pubkey::from(market.price_owner).to_string(),
            long: Size::unsigned(market.long_base, market),
            short: Size::unsigned(market.short_base, market),
            liquidity: market.liquidity.get().to_string(),
            payout_ratio: Share(h),
            claims: Usd::of(payout.claims),
            pot: Usd::of(payout.pot),
            insurance: Usd::of(payout.insurance),
            written_off: Usd::of(payout.written_off),
            parameters: parameters.collect(),
        }
    }
}

impl View for Full {
    fn text(&self) -> String {
        let line = &self.line;
        let whole = facts([
            ("market", format!("{} {}, {}, {}", line.number, line.market, self.mode, line.state)),
            ("index", format!("{}, {} old", line.index, line.index_age)),
            ("mark", line.mark.to_string()),
            ("curve", format!("{} with liquidity {}", line.price, self.liquidity)),
            ("funding", format!("{} an hour", line.funding_rate)),
            ("open interest", format!("{} long, {} short", self.long, self.short)),
            ("claims", format!("{} paid at {} from a pot of {}", self.claims, self.payout_ratio, self.pot)),
            ("insurance", self.insurance.to_string()),
            ("written off", self.written_off.to_string()),
            ("feed", self.feed.clone()),
            ("price accounts of", self.price_owner.clone()),
        ]);
        let parameters =
            self.parameters.iter().map(|(name, value)| vec![(*name).to_owned(), grouped((*value).into(), 0, 0)]);
        format!("{whole}\n\n{}", rows(&["parameter", "value"], parameters))
    }
}

/// A market's prices.
#[derive(Debug, Serialize)]
pub struct PriceShown {
    /// Its name.
    pub market: String,
    /// The latest update.
    pub published: Option<UsdPrice>,
    /// When it was published.
    pub published_at: Moment,
    /// How long ago.
    pub age: Lasting,
    /// Whether a trade accepts one of that age.
    pub fresh: bool,
    /// The account that holds it, or will.
    pub price_account: String,
    /// The index that the market has taken.
    pub index: UsdPrice,
    /// The mark.
    pub mark: UsdPrice,
    /// The slow price.
    pub stable: UsdPrice,
    /// Where the curve stands.
    pub price: UsdPrice,
    /// Where it stands over its middle.
    pub premium: Share,
}

impl PriceShown {
    /// Of a market, with its latest update.
    pub fn of(market: &Market, address: &Pubkey, sample: &Sample, now: Now) -> Self {
        let age = now.unix.saturating_sub(sample.publish_time);
        let published = scale(sample.price, sample.exponent, market.params.contract_exponent).ok();
        let premium = keel_engine::funding::premium(market);
        Self {
            market: name(market),
            published: published.map(|price| UsdPrice::of(price, market)),
            published_at: Moment(sample.publish_time),
            age: Lasting(age),
            fresh: age <= i64::from(market.params.max_age_trade_secs),
            price_account: address.to_string(),
            index: UsdPrice::of(market.index, market),
            mark: UsdPrice::of(market.mark, market),
            stable: UsdPrice::of(market.stable, market),
            price: UsdPrice::of(Price::from_bits(price_floor(market, market.peg)), market),
            premium: Share::of(premium),
        }
    }
}

impl View for PriceShown {
    fn text(&self) -> String {
        let fresh = if self.fresh { "fresh enough to trade" } else { "too old to trade" };
        facts([
            ("market", self.market.clone()),
            ("published", or_dash(self.published)),
            ("at", format!("{}, {} ago, {fresh}", self.published_at, self.age)),
            ("index", self.index.to_string()),
            ("mark", self.mark.to_string()),
            ("slow price", self.stable.to_string()),
            ("curve", self.price.to_string()),
            ("premium for funding", self.premium.to_string()),
            ("price account", self.price_account.clone()),
        ])
    }
}
