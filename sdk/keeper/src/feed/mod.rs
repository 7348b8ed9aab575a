//! What happens on the exchange, told in one bounded channel: a WebSocket stream first, readings over HTTP beside it.
//!
//! The stream ([`stream`]) tells each account as it changes. Readings ([`reading`]) tell everything at the start, after each
//! reconnect, after silence, on overflow and now and then; clock, prices and vaults every second; and single accounts that
//! somebody doubts. What is told carries the slot that it is of, so the mirror keeps the newest. Memory is bounded: an
//! update that does not fit is dropped and a complete reading is scheduled in its place.

mod reading;
mod stream;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keel_engine::Now;
use keel_engine::oracle::Sample;
use solana_pubkey::Pubkey;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::endpoints::Endpoints;
use crate::metrics;
use crate::mirror::PriceOf;

/// One piece of news.
#[derive(Debug)]
pub enum News {
    /// Accounts as they are at a slot; `None` where there is none, or none of the program's.
    Accounts {
        /// Of which slot.
        slot: u64,
        /// Address and data.
        accounts: Vec<(Pubkey, Option<Vec<u8>>)>,
    },
    /// All accounts of the program at a slot; those not among them are gone.
    Everything {
        /// Of which slot.
        slot: u64,
        /// Address and data.
        accounts: Vec<(Pubkey, Vec<u8>)>,
    },
    /// The cluster's clock.
    Clock(Now),
    /// A pushed price.
    Price {
        /// What it is of.
        of: PriceOf,
        /// Account in which it stands.
        account: Pubkey,
        /// What it says.
        sample: Sample,
    },
}

/// A price account and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PriceAccount {
    /// What the price is of.
    pub of: PriceOf,
    /// Where the price stands.
    pub address: Pubkey,
    /// The receiver that has to own it.
    pub owner: Pubkey,
    /// The feed that it has to be of.
    pub feed: [u8; 32],
}

/// Accounts beside the program's own that are followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// Prices.
    pub prices: Vec<PriceAccount>,
    /// Token accounts of the banks.
    pub vaults: Vec<Pubkey>,
}

/// How the feed listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listening {
    /// Clock, prices and vaults are read this often.
    pub poll: Duration,
    /// A stream that says nothing for so long is taken for dead.
    pub silence: Duration,
    /// Everything is read this often beside the stream.
    pub resync: Duration,
    /// Everything is read this often while there is no stream.
    pub polling: Duration,
    /// Pieces of news that wait at most.
    pub capacity: usize,
}

/// The feed's ends that the service holds.
pub struct Feed {
    /// News.
    pub news: mpsc::Receiver<News>,
    /// What is to be followed beside the program's accounts.
    pub watched: watch::Sender<Watched>,
    /// Where readings are asked for.
    pub desk: Arc<Desk>,
}

/// Where complete readings and readings of single accounts are asked for; both are done soon, each once.
#[derive(Default)]
pub struct Desk {
    everything: Mutex<Option<&'static str>>,
    single: Mutex<BTreeSet<Pubkey>>,
    /// Highest slot of which the program's accounts were read.
    read_at: AtomicU64,
    asked: Notify,
}

/// Most single accounts that wait for a reading; more make a complete one.
const MOST_SINGLE: usize = 1_000;

impl Desk {
    /// Asks for a complete reading.
    pub fn everything(&self, reason: &'static str) {
        self.everything.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
        self.asked.notify_one();
    }

    /// Asks for a reading of these accounts.
    pub fn single(&self, addresses: impl IntoIterator<Item = Pubkey>) {
        let mut waiting = self.single.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(addresses);
        if waiting.len() > MOST_SINGLE {
            waiting.clear();
            drop(waiting);
            return self.everything("overflow");
        }
        drop(waiting);
        self.asked.notify_one();
    }

    fn take_everything(&self) -> Option<&'static str> {
        self.everything.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn take_single(&self, most: usize) -> Vec<Pubkey> {
        let mut waiting = self.single.lock().unwrap_or_else(PoisonError::into_inner);
        let taken: Vec<Pubkey> = waiting.iter().take(most).copied().collect();
        for address in &taken {
            waiting.remove(address);
        }
        taken
    }

    /// Accounts were read at a slot.
    pub fn read(&self, slot: u64) {
        self.read_at.fetch_max(slot, Ordering::Relaxed);
    }

    fn read_at(&self) -> u64 {
        self.read_at.load(Ordering::Relaxed)
    }
}

/// Puts news into the channel.
#[derive(Clone)]
struct Teller {
    news: mpsc::Sender<News>,
    desk: Arc<Desk>,
}

impl Teller {
    /// Tells at once or not at all; what does not fit makes a complete reading.
    fn tell(&self, news: News) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.news.try_send(news) {
            metrics::overflow();
            self.desk.everything("overflow");
        }
    }

    /// Tells as soon as there is room.
    async fn wait_and_tell(&self, news: News) {
        // An error means that the service has ended.
        let _ = self.news.send(news).await;
    }
}

/// Starts listening; ends with `stop`.
pub fn start(endpoints: Arc<Endpoints>, listening: Listening, stop: &CancellationToken) -> Feed {
    let (sender, news) = mpsc::channel(listening.capacity);
    let (watched, followed) = watch::channel(Watched::default());
    let desk = Arc::new(Desk::default());
    let teller = Teller { news: sender, desk: desk.clone() };
    let connected = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let reading =
        reading::Reading::new(endpoints.clone(), teller.clone(), followed.clone(), listening, connected.clone());
    let stream = stream::Stream::new(endpoints, teller, followed, listening.silence, connected);
    desk.everything("start");
    let (first, second) = (stop.clone(), stop.clone());
    tokio::spawn(async move { first.run_until_cancelled(reading.run()).await });
    tokio::spawn(async move { second.run_until_cancelled(stream.run()).await });
    Feed { news, watched, desk }
}
