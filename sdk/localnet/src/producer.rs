//! The block producer: every block of a local network and every posted price is made here.
//!
//! The validator is started in its manual mode and makes no block by itself. Its commands pass through this thread, which
//! hands them on in their order and adds its own, so that blocks, prices and transactions never overlap. It guarantees:
//!
//! - a block at least every [`PERIOD`], with the clock of [`ChainClock`], and each feed's update posted with that very time;
//! - a block right behind each transaction, so that one is confirmed as soon as it has been executed. Slots are therefore at
//!   most [`PERIOD`] long and shorter under load;
//! - a clock that pauses at once, transactions being confirmed all the same, and a journey in time that is answered when
//!   the new time's prices are there;
//! - signatures that are verified whatever the sender of a transaction asks for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use keel_sdk::pyth::RECEIVER;
use solana_account::Account;
use surfpool_core::surfnet::locker::SurfnetSvmLocker;
use surfpool_core::surfnet::svm::SurfnetSvm;
use surfpool_core::types::TimeTravelConfig;
use surfpool_types::{ClockCommand, SerialVmMutationResult, SerialVmMutationTask, SimnetCommand};

use crate::blockhashes::Blockhashes;
use crate::clock::ChainClock;
use crate::prices::Feeds;

/// The longest slot, and the period in which prices are posted.
pub const PERIOD: Duration = Duration::from_millis(400);
/// Commands that may share one block.
const MAX_BATCH: usize = 64;

/// What the producer shares with whoever turns the clock and sets prices.
#[derive(Debug)]
pub struct Shared {
    clock: Mutex<ChainClock>,
    feeds: Mutex<Feeds>,
    /// Whether a block of a period is under way.
    is_due: AtomicBool,
    blockhashes: Mutex<Blockhashes>,
}

impl Shared {
    /// A clock and the feeds that follow it.
    pub fn new(clock: ChainClock, feeds: Feeds) -> Self {
        Self {
            clock: Mutex::new(clock),
            feeds: Mutex::new(feeds),
            is_due: AtomicBool::new(false),
            blockhashes: Mutex::new(Blockhashes::default()),
        }
    }

    /// The clock.
    pub fn clock(&self) -> MutexGuard<'_, ChainClock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The feeds.
    pub fn feeds(&self) -> MutexGuard<'_, Feeds> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn blockhashes(&self) -> MutexGuard<'_, Blockhashes> {
        self.blockhashes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A change of the chain that is made between transactions.
type Work = Box<dyn FnOnce(&mut SurfnetSvm) -> Result<()> + Send + Sync>;

/// Makes blocks until the validator is told to stop.
pub struct Producer {
    locker: SurfnetSvmLocker,
    shared: Arc<Shared>,
    /// What the servers and [`Chain`] ask for.
    incoming: Receiver<SimnetCommand>,
    /// What the validator does.
    outgoing: Sender<SimnetCommand>,
}

impl Producer {
    /// A producer between the servers and the validator.
    pub const fn new(
        locker: SurfnetSvmLocker,
        shared: Arc<Shared>,
        incoming: Receiver<SimnetCommand>,
        outgoing: Sender<SimnetCommand>,
    ) -> Self {
        Self { locker, shared, incoming, outgoing }
    }

    /// Runs until the validator is told to stop, or nobody is left who could tell it.
    pub fn run(self) {
        let mut next = Instant::now();
        loop {
            // Also where commands never cease.
            if Instant::now() >= next {
                next = Instant::now() + PERIOD;
                self.period();
            }
            match self.incoming.recv_deadline(next) {
                Ok(command) => {
                    if self.pass_on(command).is_none() {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// A block with fresh prices, unless the last one is still waiting.
    fn period(&self) {
        if self.shared.is_due.swap(true, Ordering::AcqRel) {
            return;
        }
        let shared = Arc::clone(&self.shared);
        let posted = move |svm: &mut SurfnetSvm| {
            shared.is_due.store(false, Ordering::Release);
            shared.blockhashes().pass();
            close_block(svm, &shared)?;
            post(svm, &shared)
        };
        self.serve(Box::new(posted));
    }

    /// Hands a command on, and those that wait behind it, then makes the block that confirms them. Nothing when the
    /// validator stops.
    fn pass_on(&self, first: SimnetCommand) -> Option<()> {
        let waiting = self.incoming.try_iter().take(MAX_BATCH);
        let mut confirms = false;
        for command in std::iter::once(first).chain(waiting) {
            confirms |= self.handle(command)?;
        }
        if confirms {
            let shared = Arc::clone(&self.shared);
            self.serve(Box::new(move |svm| confirm(svm, &shared)));
        }
        Some(())
    }

    /// Whether what the command does needs a block. Nothing when the validator stops.
    fn handle(&self, command: SimnetCommand) -> Option<bool> {
        match command {
            SimnetCommand::ProcessTransaction(key, transaction, status, skips_preflight, _) => {
                let is_valid = self.shared.blockhashes().is_valid(transaction.message.recent_blockhash());
                let command = SimnetCommand::ProcessTransaction(key, transaction, status, skips_preflight, None);
                if is_valid {
                    self.forward(command);
                } else {
                    // The validator says so by itself, or knows it for a durable nonce.
                    self.check_blockhashes(true);
                    self.forward(command);
                    self.check_blockhashes(false);
                }
                return Some(true);
            }
            command @ (SimnetCommand::ProcessBundle(..)
            | SimnetCommand::ProcessSerialVmMutation(_)
            | SimnetCommand::AirdropProcessed) => {
                self.forward(command);
                return Some(true);
            }
            SimnetCommand::CommandClock(_, command) => self.turn(command),
            SimnetCommand::UpdateInternalClock(key, clock) => {
                self.travel(clock.unix_timestamp);
                self.forward(SimnetCommand::UpdateInternalClock(key, clock));
                let shared = Arc::clone(&self.shared);
                self.serve(Box::new(move |svm| arrive(svm, &shared)));
            }
            SimnetCommand::UpdateInternalClockWithConfirmation(key, clock, reply) => {
                self.travel(clock.unix_timestamp);
                self.forward(SimnetCommand::UpdateInternalClock(key, clock));
                let shared = Arc::clone(&self.shared);
                let arrived = move |svm: &mut SurfnetSvm| {
                    let posted = arrive(svm, &shared);
                    // Whoever asked may have gone.
                    let _gone = reply.send(svm.latest_epoch_info.clone());
                    posted
                };
                self.serve(Box::new(arrived));
            }
            // Blocks are made here in any case.
            SimnetCommand::UpdateBlockProductionMode(_)
            | SimnetCommand::SlotForward(_)
            | SimnetCommand::SlotBackward(_) => {}
            command @ SimnetCommand::Terminate(_) => {
                self.forward(command);
                return None;
            }
            other => self.forward(other),
        }
        Some(false)
    }

    /// The clock's own commands.
    fn turn(&self, command: ClockCommand) {
        let mut clock = self.shared.clock();
        match command {
            ClockCommand::Pause => clock.pause(),
            ClockCommand::Resume => clock.resume(),
            ClockCommand::Toggle => {
                if clock.is_running() {
                    clock.pause();
                } else {
                    clock.resume();
                }
            }
            ClockCommand::PauseWithConfirmation(reply) => {
                clock.pause();
                drop(clock);
                let paused = move |svm: &mut SurfnetSvm| {
                    let _gone = reply.send(svm.latest_epoch_info.clone());
                    Ok(())
                };
                self.serve(Box::new(paused));
            }
            // A slot is as long as the producer makes it.
            ClockCommand::UpdateSlotInterval(_) => {}
        }
    }

    fn travel(&self, unix: i64) {
        self.shared.clock().set(u64::try_from(unix).unwrap_or(0).saturating_mul(1_000));
    }

    /// Whether the validator itself looks at the blockhashes of what follows.
    fn check_blockhashes(&self, does: bool) {
        self.serve(Box::new(move |svm| {
            svm.skip_blockhash_check = !does;
            Ok(())
        }));
    }

    /// Has the validator do something between two transactions.
    fn serve(&self, work: Work) {
        let task = task(self.locker.clone(), work, None);
        self.forward(SimnetCommand::ProcessSerialVmMutation(task));
    }

    fn forward(&self, command: SimnetCommand) {
        if self.outgoing.send(command).is_err() {
            tracing::debug!("the validator has stopped");
        }
    }
}

/// Where a change of the chain is asked for from outside of the producer.
#[derive(Clone)]
pub struct Chain {
    locker: SurfnetSvmLocker,
    commands: Sender<SimnetCommand>,
}

impl Chain {
    /// By the producer that reads these commands.
    pub const fn new(locker: SurfnetSvmLocker, commands: Sender<SimnetCommand>) -> Self {
        Self { locker, commands }
    }

    /// Has something done between two transactions and waits until it is.
    pub fn serve(&self, work: impl FnOnce(&mut SurfnetSvm) -> Result<()> + Send + Sync + 'static) -> Result<()> {
        let (reply, answer) = bounded(1);
        let task = task(self.locker.clone(), Box::new(work), Some(reply));
        self.order(SimnetCommand::ProcessSerialVmMutation(task))?;
        answer.recv().map_err(|_| anyhow!("the network has stopped"))?
    }

    /// Moves the chain to a time that is not before its own. Returns when it is there.
    pub fn travel(&self, unix_ms: u64) -> Result<()> {
        let (locker, commands) = (self.locker.clone(), self.commands.clone());
        // On a thread of its own: the validator's lock may not be waited for in an asynchronous context.
        let arrived = thread::spawn(move || {
            locker.time_travel(None, commands, TimeTravelConfig::AbsoluteTimestamp(unix_ms)).map(drop)
        });
        let arrived = arrived.join().map_err(|_| anyhow!("the journey ended in a panic"))?;
        arrived.map_err(|error| anyhow!("{error}"))
    }

    /// Asks for a command.
    pub fn order(&self, command: SimnetCommand) -> Result<()> {
        self.commands.send(command).map_err(|_| anyhow!("the network has stopped"))
    }
}

/// Work as the validator takes it.
fn task(locker: SurfnetSvmLocker, work: Work, reply: Option<Sender<Result<()>>>) -> SerialVmMutationTask {
    SerialVmMutationTask::new(move || {
        Box::pin(async move {
            let done = locker.with_svm_writer(work);
            match reply {
                // Whoever asked may have gone.
                Some(reply) => drop(reply.send(done)),
                None => {
                    if let Err(error) = done {
                        tracing::error!("a block could not be made: {error:#}");
                    }
                }
            }
            SerialVmMutationResult::NoBlock
        })
    })
}

/// Ends the slot: what was executed in it is confirmed, and the next one has the clock's time.
fn close_block(svm: &mut SurfnetSvm, shared: &Shared) -> Result<()> {
    // The validator adds a slot's length to the time of the last block; the clock says what is to come out.
    svm.updated_at = shared.clock().now_ms().saturating_sub(svm.slot_time);
    svm.confirm_current_block().map_err(|error| anyhow!("{error}"))?;
    note_block(svm, shared);
    Ok(())
}

/// Lets transactions be signed over the latest block's hash.
fn note_block(svm: &mut SurfnetSvm, shared: &Shared) {
    let mut blockhashes = shared.blockhashes();
    blockhashes.add(svm.latest_blockhash());
    svm.latest_epoch_info.block_height = blockhashes.height();
}

/// What is due after a journey, which ends with a block of the validator's own.
fn arrive(svm: &mut SurfnetSvm, shared: &Shared) -> Result<()> {
    note_block(svm, shared);
    post_anew(svm, shared)
}

/// Ends the slot if a transaction waits to be confirmed.
fn confirm(svm: &mut SurfnetSvm, shared: &Shared) -> Result<()> {
    if svm.transactions_queued_for_confirmation.is_empty() { Ok(()) } else { close_block(svm, shared) }
}

/// Moves the feeds to the chain's time and posts them.
fn post(svm: &mut SurfnetSvm, shared: &Shared) -> Result<()> {
    shared.feeds().advance(svm.updated_at);
    post_anew(svm, shared)
}

/// Posts the feeds as they stand, with the chain's time.
pub fn post_anew(svm: &mut SurfnetSvm, shared: &Shared) -> Result<()> {
    let unix = i64::try_from(svm.updated_at / 1_000)?;
    let slot = svm.latest_epoch_info.absolute_slot;
    let mut feeds = shared.feeds();
    for feed in feeds.due() {
        let data = feed.update(unix, slot).encode();
        let lamports = svm.inner.minimum_balance_for_rent_exemption(data.len());
        let account = Account { lamports, data, owner: RECEIVER, ..Account::default() };
        svm.set_account(&feed.account, account).map_err(|error| anyhow!("{error}"))?;
    }
    feeds.posted(unix);
    Ok(())
}
