//! What the world does: prices over time, feeds that sleep or doubt, a keeper's hours, and who stays.

use crate::collateral::Margin;
use crate::worlds::WITH_COLLATERAL;

/// Seconds from the start until the crash begins: in them everybody opens what they open.
pub const CALM: u64 = 240;

/// Prices that an attentive keeper takes from one look to the next.
const REFRESHES: u64 = 5;

/// A stretch of seconds, counted from the beginning of the crash.
pub type Stretch = (u64, u64);

/// Price over the first price at seconds from the beginning; straight lines between.
pub type Knots = &'static [(u64, f64)];

/// One crash.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    /// A short name.
    pub name: &'static str,
    /// What happens, in words.
    pub what: &'static str,
    /// The prices of each market.
    pub prices: &'static [Knots],
    /// Seconds from one price to the next.
    pub tick: u64,
    /// When nothing is published.
    pub silent: &'static [Stretch],
    /// When the confidence is as wide as 2% of the price.
    pub wide: &'static [Stretch],
    /// Seconds from one look of the keeper to the next. Between them it takes every price, where it looks as often as it can.
    pub keeper_every: u64,
    /// When there is no keeper.
    pub absent: &'static [Stretch],
    /// Providers who leave nothing behind; the others stay, whatever comes.
    pub leave: usize,
    /// Dollars in the insurance of each market, and of the exchange.
    pub insurance: (u64, u64),
    /// Whether somebody has the capital to take positions over.
    pub liquidator: bool,
    /// Traders of a hundred who are long.
    pub long: u64,
    /// What every other trader has as margin, where that is not USDC.
    pub margin: Option<Margin>,
}

/// A crash of one market in sight of an attentive keeper, of whose providers three in five leave.
pub const PLAIN: Path = Path {
    name: "",
    what: "",
    prices: &[],
    tick: 5,
    silent: &[],
    wide: &[],
    keeper_every: 5,
    absent: &[],
    leave: 3,
    insurance: (0, 0),
    liquidator: true,
    long: 60,
    margin: None,
};

/// Providers.
pub const PROVIDERS: usize = 5;

/// Every crash that is replayed.
pub const PATHS: &[Path] = &[
    Path { name: "fall-10", what: "10% down in 5 minutes", prices: &[&[(300, 0.9)]], ..PLAIN },
    Path { name: "fall-30", what: "30% down in 10 minutes", prices: &[&[(600, 0.7)]], ..PLAIN },
    Path { name: "fall-60", what: "60% down in 15 minutes", prices: &[&[(900, 0.4)]], ..PLAIN },
    Path { name: "rise-40", what: "40% up in 10 minutes", prices: &[&[(600, 1.4)]], long: 40, ..PLAIN },
    Path {
        name: "gap-15",
        what: "the feed sleeps for 8 hours and wakes 15% lower",
        prices: &[&[(28_799, 1.0), (28_800, 0.85)]],
        tick: 20,
        silent: &[(0, 28_800)],
        ..PLAIN
    },
    Path {
        name: "gap-40",
        what: "the feed sleeps for 8 hours and wakes 40% lower",
        prices: &[&[(28_799, 1.0), (28_800, 0.6)]],
        tick: 20,
        silent: &[(0, 28_800)],
        ..PLAIN
    },
    Path {
        name: "freeze",
        what: "5% down, the feed freezes for 3 hours, wakes 12% down and falls on to 25%",
        prices: &[&[(120, 0.95), (11_000, 0.88), (11_600, 0.75)]],
        tick: 10,
        silent: &[(130, 11_000)],
        ..PLAIN
    },
    Path {
        name: "wide",
        what: "20% down in 10 minutes with a confidence of 2%",
        prices: &[&[(600, 0.8)]],
        wide: &[(0, 1_800)],
        ..PLAIN
    },
    Path {
        name: "whipsaw",
        what: "30% down in 5 minutes, and back in 5",
        prices: &[&[(300, 0.7), (600, 1.0)]],
        ..PLAIN
    },
    Path {
        name: "bleed",
        what: "25% down over a day, four in five are long and pay funding",
        prices: &[&[(86_400, 0.75)]],
        tick: 60,
        keeper_every: 60,
        long: 80,
        ..PLAIN
    },
    Path {
        name: "together",
        what: "two markets fall 35% and 45% in 10 minutes",
        prices: &[&[(600, 0.65)], &[(540, 0.55)]],
        ..PLAIN
    },
    Path {
        name: "late",
        what: "30% down in 10 minutes, the keeper looks once a minute",
        prices: &[&[(600, 0.7)]],
        keeper_every: 60,
        ..PLAIN
    },
    Path {
        name: "absent",
        what: "30% down in 10 minutes, no keeper for 20",
        prices: &[&[(600, 0.7)]],
        absent: &[(0, 1_200)],
        ..PLAIN
    },
    Path {
        name: "covered",
        what: "30% down in 10 minutes, 100,000 USD in the market's insurance, 500,000 in the exchange's",
        prices: &[&[(600, 0.7)]],
        insurance: (100_000, 500_000),
        ..PLAIN
    },
    Path {
        name: "drained",
        what: "30% down in 10 minutes, no keeper for 20; 300,000 USD in the market's insurance, 500,000 in the exchange's",
        prices: &[&[(600, 0.7)]],
        absent: &[(0, 1_200)],
        insurance: (300_000, 500_000),
        ..PLAIN
    },
    Path {
        name: "gone",
        what: "30% down in 10 minutes, all liquidity leaves, nobody takes over",
        prices: &[&[(600, 0.7)]],
        leave: PROVIDERS,
        liquidator: false,
        ..PLAIN
    },
    Path {
        name: "worst",
        what: "two feeds sleep for 4 hours and wake 25% lower, fall on by 60% and 70%, all liquidity leaves, nobody takes over, no keeper for 20 minutes",
        prices: &[&[(14_399, 1.0), (14_400, 0.75), (15_000, 0.4)], &[(14_399, 1.0), (14_400, 0.75), (15_000, 0.3)]],
        tick: 10,
        silent: &[(0, 14_400)],
        absent: &[(14_400, 15_600)],
        leave: PROVIDERS,
        liquidator: false,
        ..PLAIN
    },
];

/// Whether a second lies in one of the stretches.
pub fn within(stretches: &[Stretch], at: u64) -> bool {
    stretches.iter().any(|(from, until)| (*from..*until).contains(&at))
}

/// Price over the first price at a second.
pub fn factor(knots: Knots, at: u64) -> f64 {
    let (mut from, mut start) = (0, 1.0);
    for (until, end) in knots {
        if at < *until {
            let part = (at - from) as f64 / (until - from) as f64;
            return start + (end - start) * part;
        }
        (from, start) = (*until, *end);
    }
    start
}

impl Path {
    /// The path of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PATHS.iter().chain(WITH_COLLATERAL).find(|path| path.name == name)
    }

    /// Markets in it.
    pub const fn markets(&self) -> usize {
        self.prices.len()
    }

    /// Price over the first price.
    pub fn factor(&self, market: usize, at: u64) -> f64 {
        factor(self.prices.get(market).copied().unwrap_or_default(), at)
    }

    /// Whether nothing is published.
    pub fn is_silent(&self, at: u64) -> bool {
        within(self.silent, at)
    }

    /// Whether the confidence is wide.
    pub fn is_wide(&self, at: u64) -> bool {
        within(self.wide, at)
    }

    /// Whether the keeper looks.
    pub fn is_watched(&self, at: u64) -> bool {
        !within(self.absent, at) && at % self.keeper_every < self.tick
    }

    /// Seconds from one price to the next that the keeper takes without looking at anything else.
    pub fn refresh_every(&self, at: u64) -> Option<u64> {
        let is_attentive = self.keeper_every <= self.tick && !within(self.absent, at) && !self.is_silent(at);
        is_attentive.then_some((self.tick / REFRESHES).max(1))
    }

    /// From when on prices stand still, no feed sleeps or doubts, and the keeper is there.
    pub fn quiet_from(&self) -> u64 {
        let last = self.prices.iter().filter_map(|knots| knots.last()).map(|(at, _)| *at);
        let ends = [self.absent, self.silent, self.wide].into_iter().flatten().map(|(_, until)| *until);
        let margin = self.margin.map(|margin| margin.quiet_from());
        last.chain(ends).chain(margin).max().unwrap_or(0)
    }
}
