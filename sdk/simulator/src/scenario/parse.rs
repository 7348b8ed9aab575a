//! Reading a scenario's file: everything is checked before anything is played, and a mistake names its line.

use std::path::{Path, PathBuf};

use keel_engine::oracle;
use keel_engine::params::Params;
use keel_engine::pool::StrategyTerms;
use keel_engine::state::{MAX_BANKS, Mode};
use keel_engine::units::Price;

use super::banked::ListedBank;
use super::decimal;
use super::governed::Lists;
use super::json::{Mistake, Object, Result, Source, Value};
use super::keys::{ACCOUNT, BANK, FILE, MARKET, POOL as POOL_KEYS, SERIES, STRATEGY};
use super::series::Series;
use super::step::{self, LAST_SECOND, Names, Reader};
use super::{Scenario, Step};
use crate::action::Action;
use crate::prices::Quote;
use crate::setup::{
    AccountSetup, BankSetup, MarketSetup, Overrides, POOL, Setup, USDC_NAME, checked, exchange_parameter,
};

/// Most decimals of a token that can be listed.
pub(super) const MAX_DECIMALS: u8 = 9;
/// Smallest exponent that the oracle serves.
const MOST_DECIMALS: u32 = 18;

/// A market as its object says, before its first price is known.
struct Listed<'a> {
    value: Value<'a>,
    name: [u8; 16],
    mode: Mode,
    params: Params,
    /// The launch price, and the same as its first published price.
    launch: Option<(Price, Quote)>,
}

impl Scenario {
    /// Reads a scenario from a file, and the series that it names from its folder.
    pub fn read(path: &Path) -> Result<Self> {
        let file = path.display().to_string();
        let unreadable = |error: &dyn std::fmt::Display| Mistake {
            file: file.clone(),
            line: 1,
            what: format!("the file cannot be read: {error}"),
        };
        let bytes = std::fs::read(path).map_err(|error| unreadable(&error))?;
        let text = String::from_utf8(bytes).map_err(|error| unreadable(&error))?;
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        Self::parse(&file, &folder, &text)
    }

    /// Reads a scenario from a text. `file` is what mistakes call it, `folder` where its series are.
    pub fn parse(file: &str, folder: &Path, text: &str) -> Result<Self> {
        let source = Source::new(file, text);
        let object = source.value()?.object("a scenario, which is an object")?;
        object.check(&[FILE], "a scenario")?;
        let stem = || Path::new(file).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let name = object.get("name").map_or_else(|| Ok(stem()), |name| name.string("a text"))?;
        let mut exchange = object.get("exchange").map_or_else(|| Ok(Overrides::new()), overrides)?;

        let mut names = Names::default();
        let mut listed = Vec::new();
        for value in object.need("markets", "a scenario")?.list("a list of markets")? {
            let (name, market) = read_market(value)?;
            if names.markets.contains(&name) {
                return Err(value.mistake(format!("there are two markets `{name}`")));
            }
            names.markets.push(name);
            listed.push(market);
        }
        let mut banks: Vec<BankSetup> = Vec::new();
        for value in object.get("banks").map_or_else(|| Ok(Vec::new()), |list| list.list("a list of banks"))? {
            let bank = read_bank(value, number_of(banks.len()))?;
            if bank.name == USDC_NAME || banks.iter().any(|known| known.name == bank.name) {
                return Err(value.mistake(format!("there are two banks `{}`", bank.name)));
            }
            banks.push(bank);
        }
        let mut accounts = Vec::new();
        if let Some(value) = object.get("accounts") {
            for (name, value) in value.object("accounts by name")?.members() {
                let account = read_account(name, value, &names, &accounts)?;
                names.enter(name);
                accounts.push(account);
            }
        }
        let mut strategies = Vec::new();
        if let Some(value) = object.get("pool") {
            let pool = value.object("a pool, which is an object")?;
            pool.check(&[POOL_KEYS], "the pool")?;
            exchange.extend(pool.get("params").map_or_else(|| Ok(Overrides::new()), overrides)?);
            let listed =
                pool.get("strategies").map_or_else(|| Ok(Vec::new()), |list| list.list("a list of strategies"));
            for value in listed? {
                let (market, terms) = read_strategy(value, &names.markets)?;
                if strategies.iter().any(|(known, _)| *known == market) {
                    return Err(value.mistake("there are two strategies in this market"));
                }
                strategies.push((market, terms));
            }
            if accounts.iter().any(|account: &AccountSetup| account.name == POOL) {
                return Err(value.mistake(format!("no other account can be called `{POOL}` where there is a pool")));
            }
            names.enter(POOL);
            accounts.push(AccountSetup::pool());
        }
        let series = read_series(&object, &names.markets, folder)?;

        let params = listed.iter().map(|market| market.params).collect();
        let mut reader = Reader::new(
            names,
            Lists { params, exchange: exchange.clone(), banks: banks.iter().map(ListedBank::of).collect() },
        );
        let steps = object.need("steps", "a scenario")?.list("a list of steps")?;
        let steps = steps.into_iter().map(|value| reader.read(value)).collect::<Result<Vec<Step>>>()?;
        let Names { markets: names, accounts: everybody, .. } = reader.names;
        for name in everybody.into_iter().skip(accounts.len()) {
            accounts.push(AccountSetup::new(name, 0));
        }
        let mut markets = Vec::new();
        for ((place, market), series) in listed.iter().enumerate().zip(&series) {
            markets.push(market.setup(place, &steps, series.as_ref())?);
        }
        let setup = Setup { exchange, markets, banks, accounts, strategies };
        Ok(Self { file: file.to_owned(), name, setup, markets: names, series, steps })
    }
}

fn overrides(value: Value) -> Result<Overrides> {
    let mut overrides = Overrides::new();
    for (name, value) in value.object("parameters by name")?.members() {
        let number = value.parameter()?;
        exchange_parameter(name).and_then(|row| checked(row, number)).map_err(|what| value.mistake(what))?;
        overrides.push((name.to_owned(), number));
    }
    Ok(overrides)
}

/// The number of the bank behind so many others.
fn number_of(place: usize) -> u8 {
    u8::try_from(place).unwrap_or(u8::MAX).saturating_add(1)
}

/// A bank of other collateral than USDC.
fn read_bank(value: Value, number: u8) -> Result<BankSetup> {
    let object = value.object("a bank, which is an object")?;
    object.check(&[BANK], "a bank")?;
    if usize::from(number) >= MAX_BANKS {
        return Err(value.mistake(format!("there is room for {MAX_BANKS} banks, the first is that of `{USDC_NAME}`")));
    }
    let name = object.need("name", "a bank")?.string("a name")?;
    let decimals = object.get("decimals").map_or(Ok(MAX_DECIMALS), |decimals| decimals.integer(0, MAX_DECIMALS))?;
    let listed = object.get("listed").map_or(Ok(0), |secs| secs.integer(0, LAST_SECOND))?;
    let given = object.get("params").map(|value| value.object("parameters by name")).transpose()?;
    let given = given.iter().flat_map(Object::members);
    let overrides = given.map(|(name, value)| Ok((name, value.parameter()?))).collect::<Result<Vec<_>>>()?;
    let params = BankSetup::params_of(overrides).map_err(|what| value.mistake(what))?;
    if params.check_of(number).is_err() {
        return Err(value.mistake(
            "such a bank is refused: beside a haircut it needs `cap_usd`, `ramp_secs` of a day, and \
             `haircut_ppm` + `sale_discount_max_ppm` of at most 990000",
        ));
    }
    Ok(BankSetup {
        name,
        decimals,
        first: step::quote(object.need("price", "a bank")?, None, None)?,
        rate: object.get("rate").map(|rate| step::quote(rate, None, None)).transpose()?,
        listed,
        params,
    })
}

/// An account; `elders` are those in front of it.
fn read_account(name: &str, value: Value, names: &Names, elders: &[AccountSetup]) -> Result<AccountSetup> {
    let object = value.object("an account, which is an object")?;
    object.check(&[ACCOUNT], "an account")?;
    if name.is_empty() {
        return Err(value.mistake("an account's name is not empty"));
    }
    let deposit = object.get("deposit").map_or(Ok(0), |deposit| step::amount(deposit, decimal::QUOTE))?;
    let owner = |value: Value| {
        let named = value.string("the name of an account")?;
        let place = elders.iter().position(|account| account.name == named);
        let place = place.ok_or_else(|| {
            value.mistake(format!("there is no account `{named}` further up; an owner comes before its sub-accounts"))
        })?;
        // A sub-account's owner is who owns the first.
        Ok(elders.get(place).and_then(|account| account.owner).unwrap_or(place))
    };
    let owner = object.get("owner").map(owner).transpose()?;
    let isolated = object.get("isolated").map(|market| step::market(&names.markets, market)).transpose()?;
    Ok(AccountSetup { deposit, owner, isolated, ..AccountSetup::new(name.to_owned(), 0) })
}

/// A strategy of the pool, and the place of its market.
fn read_strategy(value: Value, markets: &[String]) -> Result<(usize, StrategyTerms)> {
    let object = value.object("a strategy, which is an object")?;
    object.check(&[STRATEGY], "a strategy")?;
    let market = step::market(markets, object.need("market", "a strategy")?)?;
    let count = |key: &str| object.get(key).map_or(Ok(0), |value| value.integer(0, u32::MAX));
    let flag = |key: &str| object.get(key).map_or(Ok(false), Value::flag);
    let terms = StrategyTerms {
        quotes: u8::from(object.get("quotes").map_or(Ok(true), Value::flag)?),
        backstops: u8::from(flag("backstops")?),
        pad: [0; 2],
        width_ticks: count("width_ticks")?,
        weight_ppm: count("weight_ppm")?,
        leverage_ppm: count("leverage_ppm")?,
        exposure_cap_usd: count("exposure_cap_usd")?,
        backstop_cap_usd: count("backstop_cap_usd")?,
        backstop_loss_cap_usd: count("backstop_loss_cap_usd")?,
    };
    Ok((market, terms))
}

fn read_series(object: &Object, markets: &[String], folder: &Path) -> Result<Vec<Option<Series>>> {
    let mut all = vec![None; markets.len()];
    let Some(prices) = object.get("prices") else { return Ok(all) };
    for (name, value) in prices.object("price series by market")?.members() {
        let place = markets.iter().position(|market| market == name);
        let slot = place.and_then(|place| all.get_mut(place));
        let slot = slot.ok_or_else(|| value.mistake(format!("there is no market `{name}`")))?;
        let series = value.object("a price series, which is an object")?;
        series.check(&[SERIES], "a price series")?;
        let (csv, column) = (series.need("csv", "a price series")?, series.need("column", "a price series")?);
        let path = folder.join(csv.string("the path of a file")?);
        let read = Series::read(&path, &column.string("the name of a column")?);
        *slot = Some(read.map_err(|what| csv.mistake(what))?);
    }
    Ok(all)
}

fn read_market(value: Value) -> Result<(String, Listed)> {
    let object = value.object("a market, which is an object")?;
    object.check(&[MARKET], "a market")?;
    let named = object.need("name", "a market")?;
    let name = named.string("a name")?;
    let mut bytes = [0; 16];
    match bytes.get_mut(..name.len()) {
        Some(place) if !name.is_empty() && !name.contains('\0') => place.copy_from_slice(name.as_bytes()),
        _ => return Err(named.mistake(format!("a market's name has 1 to 16 bytes, `{name}` has {}", name.len()))),
    }
    let mode = match object.get("peg") {
        None => Mode::Floating,
        Some(peg) => match peg.string("\"fixed\" or \"floating\"")?.as_str() {
            "floating" => Mode::Floating,
            "fixed" => Mode::Fixed,
            other => return Err(peg.mistake(format!("there is no peg `{other}`; a peg is fixed or floating"))),
        },
    };
    let params = read_params(&object)?;
    let launch = object.get("launch_price").map(|value| launch_price(value, &params)).transpose()?;
    Ok((name, Listed { value, name: bytes, mode, params, launch }))
}

fn read_params(market: &Object) -> Result<Params> {
    let mut params = Params::DEFAULT;
    let given = market.get("params").map(|value| value.object("parameters by name")).transpose()?;
    let spacing = market.get("tick_spacing").map(|value| ("tick_spacing", value));
    if let (Some((name, value)), Some(given)) = (spacing, &given)
        && given.get(name).is_some()
    {
        return Err(value.mistake("`tick_spacing` is given twice: here and in `params`"));
    }
    for (name, value) in spacing.into_iter().chain(given.iter().flat_map(Object::members)) {
        let Some(row) = Params::TABLE.iter().find(|row| row.name == name) else {
            return Err(value.mistake(format!("there is no market parameter `{name}`; docs/parameters.md lists them")));
        };
        let number = value.parameter()?;
        if number < row.min || number > row.max || params.set(name, number).is_err() {
            return Err(value.mistake(format!("`{name}` is {number}; it must be from {} to {}", row.min, row.max)));
        }
    }
    match params.unsafe_combination() {
        Some(rule) => Err(given.as_ref().map_or(market.value(), Object::value).mistake(format!(
            "the parameters break the solvency envelope: {rule} (docs/parameters.md; the other parameters have their defaults)"
        ))),
        None => Ok(params),
    }
}

/// A launch price, for a contract, and the same as it is published, for a unit of the feed.
fn launch_price(value: Value, params: &Params) -> Result<(Price, Quote)> {
    let number = step::decimal(value, decimal::PRICE)?;
    let mut per_unit = number;
    if number.digits != 0 {
        per_unit.decimals = number.decimals.saturating_add(params.contract_exponent);
    }
    let decimals = per_unit.decimals.max(decimal::PRICE);
    let price = step::published(value, per_unit, decimals)?;
    let exponent = -i32::try_from(decimals).unwrap_or(i32::MAX);
    let scaled =
        if decimals > MOST_DECIMALS { None } else { oracle::scale(price, exponent, params.contract_exponent).ok() };
    let bits = scaled.ok_or_else(|| {
        value.mistake(format!("`launch_price` is {}; a contract may cost from 0.02 to 30,000,000 USD", value.written()))
    })?;
    Ok((bits, Quote { price, conf: 0, ema: price, exponent }))
}

impl Listed<'_> {
    /// The market with its first price: that of its first `price` step if that is at 0, else of its series, else the
    /// launch price.
    fn setup(&self, place: usize, steps: &[Step], series: Option<&Series>) -> Result<MarketSetup> {
        let mut stated = steps.iter().filter_map(|step| match step.action {
            Action::Price { market, quote, .. } if market == place => Some((step.at, quote)),
            _ => None,
        });
        let at_start = stated.next().filter(|(at, _)| *at == 0).map(|(_, quote)| quote);
        let of_series = series.and_then(|series| series.rows.first()).map(|(_, quote)| *quote);
        let first = at_start.or(of_series).or(self.launch.map(|(_, quote)| quote)).ok_or_else(|| {
            self.value.mistake("the market has no first price: give it a `launch_price`, or a `price` step at 0")
        })?;
        // A floating market's peg is its index: its launch price is no more than the first price.
        let launch_price = match (self.mode, self.launch) {
            (Mode::Fixed, Some((price, _))) => price,
            _ => Price::default(),
        };
        Ok(MarketSetup { name: self.name, mode: self.mode, launch_price, params: self.params, first })
    }
}
