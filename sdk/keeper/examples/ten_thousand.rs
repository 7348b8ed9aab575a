//! Ten thousand accounts in one process: what a price update costs the keeper that looks only at whom the price has reached,
//! beside one that looks at everybody.
//!
//! `cargo run --release --workspace --example ten_thousand` in tests/; a number asks for another count of accounts. Accounts
//! hold one to four of five markets at up to twenty times leverage, one in twenty has ranges; each second every mark, index
//! and funding moves a little, now and then a lot, and one curve trades. After a quiet time everything falls by a tenth, and
//! nobody is liquidated.

use std::collections::BTreeSet;
use std::time::Instant;

use bytemuck::Zeroable;
use keel_engine::Now;
use keel_engine::book::{Place, array_index};
use keel_engine::listing::{Listing, list_market};
use keel_engine::margin::health_at_any_mark;
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::oracle::Sample;
use keel_engine::params::Params;
use keel_engine::state::{MarginAccount, Market, Mode, Position, Range, Ranges, TickArray};
use keel_engine::units::{Price, SignedWide, Wide};
use keel_engine::view::{Others, View};
use keel_keeper::brain;
use keel_keeper::limits::Limits;
use keel_keeper::mirror::Mirror;
use keel_sdk::accounts::encode;
use keel_sdk::address;
use solana_pubkey::Pubkey;

/// Markets.
const MARKETS: u16 = 5;
/// Updates of a quiet time, and of a fall of a tenth.
const UPDATES: u64 = 300;
/// The end of a range, in ticks from the middle.
const WIDTH: i32 = 200;
/// The first second.
const START: i64 = 1_800_000_000;

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Everything, as structs.
struct World {
    markets: Vec<Market>,
    arrays: Vec<TickArray>,
    accounts: Vec<(Pubkey, MarginAccount, Option<Ranges>)>,
    now: Now,
}

impl World {
    fn of(count: usize, random: &mut Random) -> Self {
        let now = Now { unix: START, slot: 1 };
        let markets: Vec<Market> = (1..=MARKETS).map(|number| market(number, now)).collect();
        let arrays = (1..=MARKETS).flat_map(arrays).collect();
        let mut world = Self { markets, arrays, accounts: Vec::new(), now };
        for place in 0..count {
            let account = world.account(place as u64, random);
            world.accounts.push(account);
        }
        world
    }

    fn account(&self, place: u64, random: &mut Random) -> (Pubkey, MarginAccount, Option<Ranges>) {
        let mut bytes = [3; 32];
        bytes[..8].copy_from_slice(&random.below(u64::MAX).to_le_bytes());
        bytes[8..16].copy_from_slice(&place.to_le_bytes());
        let at = Pubkey::new_from_array(bytes);
        let mut account = MarginAccount::zeroed();
        let held = 1 + random.below(4) as usize;
        let first = random.below(u64::from(MARKETS)) as usize;
        let mut notional = 0;
        for slot in 0..held {
            let market = &self.markets[(first + slot) % self.markets.len()];
            let usd = 1_000 + random.below(100_000);
            let base = market.mark.base_floor(usd * 1_000_000).cast_signed();
            let base = if random.below(2) == 0 { base } else { -base };
            let quote = -market.mark.value_floor(base).expect("within 64 bits");
            account.positions[slot] = Position { market: market.index_number, base, quote, ..Position::zeroed() };
            notional += usd * 1_000_000;
        }
        // From a twentieth of the notional to a half.
        account.capital[0] = notional / 20 + random.below(notional * 9 / 20);
        let ranges = (random.below(20) == 0).then(|| {
            let number = account.positions[0].market;
            account.positions[0].ranges = 1;
            account.ranges = 1;
            let mut ranges = Ranges { account: at.to_bytes(), ..Ranges::zeroed() };
            ranges.ranges[0] = range(number);
            ranges
        });
        (at, account, ranges)
    }

    /// A second later.
    fn pass(&mut self, random: &mut Random, falls: bool) {
        self.now = Now { unix: self.now.unix + 1, slot: self.now.slot + 2 };
        for market in &mut self.markets {
            // A few hundredths of a percent a second, one in two hundred times a whole percent.
            let most = if random.below(200) == 0 { 10_000 } else { 300 };
            let factor = 1_000_000 - most + random.below(2 * most + 1) - if falls { 350 } else { 0 };
            let moved =
                |price: Price| Price::from_bits((u128::from(price.bits) * u128::from(factor) / 1_000_000) as u64);
            (market.mark, market.index) = (moved(market.mark), moved(market.index));
            let hourly = i128::from(market.index.bits) * (1 << 16) / 10_000;
            market.funding = SignedWide::new(market.funding.get() + hourly / 3_600);
        }
        let traded = &mut self.markets[random.below(u64::from(MARKETS)) as usize];
        traded.fee_growth = Wide::new(traded.fee_growth.get() + 1);
    }

    fn tell(&self, mirror: &mut Mirror) {
        let slot = self.now.slot;
        for market in &self.markets {
            mirror.hear(address::market(market.index_number), Some(&encode(market)), slot);
        }
        mirror.hear_clock(self.now);
    }

    fn tell_all(&self, mirror: &mut Mirror) {
        self.tell(mirror);
        let slot = self.now.slot;
        for array in &self.arrays {
            mirror.hear(address::tick_array(array.market, array.index), Some(&encode(array)), slot);
        }
        for (at, account, ranges) in &self.accounts {
            mirror.hear(*at, Some(&encode(account)), slot);
            if let Some(ranges) = ranges {
                mirror.hear(address::ranges(at), Some(&encode(ranges)), slot);
            }
        }
    }

    /// Everybody who is unhealthy, by looking at everybody.
    fn scanned(&self) -> BTreeSet<Pubkey> {
        let markets: Vec<&Market> = self.markets.iter().collect();
        let arrays: Vec<&TickArray> = self.arrays.iter().collect();
        let view = View::of(Others { markets: &markets, arrays: &arrays, ..Others::default() });
        let is_unhealthy = |(_, account, ranges): &&(Pubkey, MarginAccount, Option<Ranges>)| {
            health_at_any_mark(account, ranges.as_ref(), &view, self.now).expect("all is there").is_unhealthy()
        };
        self.accounts.iter().filter(is_unhealthy).map(|(at, ..)| *at).collect()
    }
}

fn market(number: u16, now: Now) -> Market {
    let price =
        [6_000_000_000_000, 15_000_000_000, 300_000_000_000, 2_000_000_000, 50_000_000_000][usize::from(number) - 1];
    let sample = Sample { price, conf: 0, exponent: -8, publish_time: now.unix, ema_price: price };
    let mut state = Market::zeroed();
    let listing = Listing {
        number,
        bump: 0,
        mode: Mode::Floating,
        price_owner: [0; 32],
        feed_id: [0; 32],
        name: [0; 16],
        launch_price: Price::default(),
        params: &Params::DEFAULT,
    };
    list_market(&mut state, &listing, &sample, now).expect("the market is listed");
    state
}

/// The arrays of the two ticks that all ranges of a market share.
fn arrays(number: u16) -> Vec<TickArray> {
    let spacing = Params::DEFAULT.tick_spacing;
    let ends = [-WIDTH, WIDTH].map(|tick| (tick, array_index(tick, spacing).expect("on the grid")));
    let of = |(tick, index): (i32, i32)| {
        let mut array = TickArray { market: number, index, ..TickArray::zeroed() };
        let slot = Place::of(tick / spacing.cast_signed()).slot;
        array.initialized = 1 << slot;
        array.ticks[slot as usize].liquidity_gross = Wide::new(1 << 40);
        array
    };
    ends.into_iter().map(of).collect()
}

fn range(number: u16) -> Range {
    let ends = [-WIDTH, WIDTH].map(|tick| sqrt_price_at_tick(tick).expect("within the ticks"));
    Range {
        market: number,
        lower: -WIDTH,
        upper: WIDTH,
        liquidity: Wide::new(1 << 40),
        lower_sqrt_price: ends[0],
        upper_sqrt_price: ends[1],
        ..Range::zeroed()
    }
}

/// Bytes of memory that this process has now.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4_096
}

fn quantile(sorted: &[u64], part: f64) -> u64 {
    sorted.get(((sorted.len() as f64 - 1.0) * part) as usize).copied().unwrap_or(0)
}

fn row(name: &str, accounts: &mut [u64], micros: &mut [u64]) {
    accounts.sort_unstable();
    micros.sort_unstable();
    let of = |sorted: &[u64]| [0.5, 0.99, 1.0].map(|part| quantile(sorted, part));
    let ([a, b, c], [d, e, f]) = (of(accounts), of(micros));
    println!("| {name} | {a} | {b} | {c} | {d} | {e} | {f} |");
}

fn main() {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(10_000);
    let mut random = Random(88_172_645_463_325_252);
    let mut world = World::of(count, &mut random);
    let before = resident();
    let mut mirror = Mirror::new();
    let began = Instant::now();
    world.tell_all(&mut mirror);
    let heard = began.elapsed();
    let began = Instant::now();
    let first = brain::look(&mut mirror, world.now);
    let looked = began.elapsed();
    let memory = resident().saturating_sub(before);
    println!(
        "{count} accounts in {MARKETS} markets: heard in {} ms, all looked at once in {} ms ({} unhealthy), {:.1} MB, {} bytes an account\n",
        heard.as_millis(),
        looked.as_millis(),
        first.unhealthy,
        memory as f64 / 1e6,
        memory / count as u64,
    );
    println!("| {UPDATES} updates of all prices | accounts looked at: median | 99% | most | us: median | 99% | most |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for (falls, time) in [(false, "a quiet time"), (true, "a fall of a tenth")] {
        measure(&mut world, &mut mirror, &mut random, falls, time);
    }
}

/// Measures so many updates.
fn measure(world: &mut World, mirror: &mut Mirror, random: &mut Random, falls: bool, time: &str) {
    let mut seen: [(Vec<u64>, Vec<u64>); 3] = Default::default();
    let limits = Limits::of(Pubkey::default(), Pubkey::default(), Pubkey::default());
    let mut unhealthy = 0;
    let micros = |began: Instant| began.elapsed().as_micros() as u64;
    for _ in 0..UPDATES {
        world.pass(random, falls);
        world.tell(mirror);
        let began = Instant::now();
        let looked = brain::look(mirror, world.now);
        seen[0].1.push(micros(began));
        seen[0].0.push(looked.accounts as u64);
        let began = Instant::now();
        let scanned = world.scanned();
        seen[1].1.push(micros(began));
        seen[1].0.push(world.accounts.len() as u64);
        let began = Instant::now();
        let jobs = brain::plan(mirror, world.now, &limits);
        seen[2].1.push(micros(began));
        seen[2].0.push(jobs.len() as u64);
        assert_eq!(mirror.unhealthy().copied().collect::<BTreeSet<_>>(), scanned, "the index missed somebody");
        unhealthy = scanned.len();
    }
    let [indexed, scanned, planned] = &mut seen;
    row(&format!("{time}: by fences ({unhealthy} unhealthy in the end)"), &mut indexed.0, &mut indexed.1);
    row(&format!("{time}: by looking at all"), &mut scanned.0, &mut scanned.1);
    row(&format!("{time}: the whole plan (jobs)"), &mut planned.0, &mut planned.1);
}
