//! The validator that a local network runs on: surfpool's, offline, with servers for JSON-RPC and WebSocket.
//!
//! Started here with the commands of its servers led through the [`Producer`], and stopped here. Everything runs on threads
//! of its own, so that a caller may be in an asynchronous context or in none.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use crossbeam_channel::{Receiver, Sender, unbounded};
use solana_hash::Hash;
use solana_keypair::Keypair;
use solana_signer::Signer;
use surfpool_core::surfnet::locker::SurfnetSvmLocker;
use surfpool_core::surfnet::svm::{SurfnetSvm, SurfnetSvmConfig};
use surfpool_types::{
    BlockProductionMode, RpcConfig, SimnetCommand, SimnetConfig, SimnetEvent, SurfpoolConfig, SvmFeatureConfig,
};

use crate::producer::{Chain, PERIOD, Producer, Shared};

/// Bytes of a transaction's log that are kept: all that the runtime itself would.
const LOG_BYTES: usize = 10_000;
/// How long a stop may take.
const STOPPING: Duration = Duration::from_secs(5);
/// How long a start may take.
const STARTING: Duration = Duration::from_secs(60);
/// Servers whose end is announced: JSON-RPC and WebSocket.
const SERVERS: usize = 2;
/// How often ports that were free and are taken are chosen anew.
const ATTEMPTS: usize = 5;

/// What the validator announces of itself.
enum Notice {
    Started,
    Failed(String),
    ServerStopped,
}

/// A running validator.
pub struct Validator {
    /// Changes it between transactions.
    pub chain: Chain,
    /// Where JSON-RPC is served.
    pub rpc: SocketAddr,
    /// Where WebSocket is served.
    pub ws: SocketAddr,
    /// Which network it is.
    pub genesis_hash: Hash,
    notices: Receiver<Notice>,
    is_stopped: bool,
}

impl Validator {
    /// Starts a validator on a host, on these ports or on free ones. Errors where a port is in use.
    pub fn start(host: IpAddr, rpc_port: Option<u16>, ws_port: Option<u16>, shared: &Arc<Shared>) -> Result<Self> {
        for port in [rpc_port, ws_port].into_iter().flatten() {
            ensure_free(SocketAddr::new(host, port))?;
        }
        let mut last = anyhow!("no port is free");
        for _ in 0..ATTEMPTS {
            let rpc = SocketAddr::new(host, rpc_port.map_or_else(|| free_port(host), Ok)?);
            let ws = SocketAddr::new(host, ws_port.map_or_else(|| free_port(host), Ok)?);
            match Self::start_at(rpc, ws, shared) {
                Ok(validator) => return Ok(validator),
                // A port that was free a moment ago may have been taken since.
                Err(error) => last = error,
            }
            if rpc_port.is_some() && ws_port.is_some() {
                break;
            }
        }
        Err(last)
    }

    fn start_at(rpc: SocketAddr, ws: SocketAddr, shared: &Arc<Shared>) -> Result<Self> {
        let config = config(rpc, ws);
        let simnet = config.simnets.first().context("a validator without a network")?;
        let (mut svm, events, geyser) = SurfnetSvm::new(SurfnetSvmConfig {
            surfnet_id: simnet.surfnet_id.clone(),
            slot_time: simnet.slot_time,
            instruction_profiling_enabled: simnet.instruction_profiling_enabled,
            max_profiles: simnet.max_profiles,
            log_bytes_limit: simnet.log_bytes_limit,
            feature_config: SvmFeatureConfig::default(),
            skip_blockhash_check: simnet.skip_blockhash_check,
        })
        .map_err(|error| anyhow!("the validator does not start: {error}"))?;
        // Networks differ, as clusters do: whoever speaks to another one than before can tell.
        let genesis_hash = Hash::new_from_array(Keypair::new().pubkey().to_bytes());
        svm.cached_genesis_hash = Some(genesis_hash);
        let locker = SurfnetSvmLocker::new(svm);
        let (asked, incoming) = unbounded();
        let (outgoing, done) = unbounded();
        let (notify, notices) = unbounded();

        let producer = Producer::new(locker.clone(), Arc::clone(shared), incoming, outgoing);
        spawn("keel-blocks", move || producer.run())?;
        let announced = notify.clone();
        spawn("keel-events", move || listen(&events, &announced))?;
        let (servers, validated) = (asked.clone(), locker.clone());
        let run = move || {
            let built = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let outcome = built.map_err(|error| error.to_string()).and_then(|runtime| {
                let running =
                    surfpool_core::runloops::start_local_surfnet_runloop(validated, config, servers, done, geyser);
                runtime.block_on(running).map_err(|error| error.to_string())
            });
            if let Err(error) = outcome {
                // Nobody listens any more once the network is up; then the servers' end tells it.
                drop(notify.send(Notice::Failed(error)));
            }
        };
        spawn("keel-validator", run)?;

        let validator = Self { chain: Chain::new(locker, asked), rpc, ws, genesis_hash, notices, is_stopped: false };
        match validator.notices.recv_timeout(STARTING) {
            Ok(Notice::Started) => Ok(validator),
            Ok(Notice::Failed(error)) => bail!("the validator does not start: {error}"),
            Ok(Notice::ServerStopped) => bail!("the validator stopped while it started"),
            Err(_) => bail!("the validator did not start in {STARTING:?}"),
        }
    }

    /// Stops it and waits until its ports are free. Errors where that takes too long; once stopped, it is stopped.
    pub fn stop(&mut self) -> Result<()> {
        if self.is_stopped {
            return Ok(());
        }
        self.is_stopped = true;
        self.chain.order(SimnetCommand::Terminate(None))?;
        let deadline = Instant::now() + STOPPING;
        for _ in 0..SERVERS {
            match self.notices.recv_deadline(deadline) {
                Ok(Notice::ServerStopped) => {}
                Ok(Notice::Failed(error)) => bail!("the validator failed: {error}"),
                Ok(Notice::Started) | Err(_) => bail!("the servers did not stop in {STOPPING:?}"),
            }
        }
        Ok(())
    }
}

impl Drop for Validator {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::warn!("{error:#}");
        }
    }
}

/// What the validator is told.
fn config(rpc: SocketAddr, ws: SocketAddr) -> SurfpoolConfig {
    let simnet = SimnetConfig {
        offline_mode: true,
        remote_rpc_url: None,
        slot_time: u64::try_from(PERIOD.as_millis()).unwrap_or(u64::MAX),
        block_production_mode: BlockProductionMode::Manual,
        // Nobody looks at profiles, and each takes another execution of every instruction.
        instruction_profiling_enabled: false,
        max_profiles: 1,
        log_bytes_limit: Some(LOG_BYTES),
        // The producer knows for how long they are valid.
        skip_blockhash_check: true,
        ..SimnetConfig::default()
    };
    let servers = RpcConfig {
        bind_host: match rpc.ip() {
            IpAddr::V4(host) => host.to_string(),
            IpAddr::V6(host) => format!("[{host}]"),
        },
        bind_port: rpc.port(),
        ws_port: ws.port(),
        ..RpcConfig::default()
    };
    SurfpoolConfig { simnets: vec![simnet], rpc: servers, ..SurfpoolConfig::default() }
}

/// Reads what the validator tells, which must be read for it to go on, and passes on what matters.
fn listen(events: &Receiver<SimnetEvent>, notify: &Sender<Notice>) {
    for event in events {
        let notice = match event {
            SimnetEvent::CoreStarted(_) => Notice::Started,
            SimnetEvent::Aborted(error) => Notice::Failed(error),
            SimnetEvent::Shutdown => Notice::ServerStopped,
            SimnetEvent::ErrorLog(_, text) | SimnetEvent::WarnLog(_, text) => {
                tracing::debug!("{text}");
                continue;
            }
            _ => continue,
        };
        if notify.send(notice).is_err() {
            return;
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(run).map(drop).context("no thread can be started")
}

/// Errors where something listens there.
fn ensure_free(address: SocketAddr) -> Result<()> {
    let taken = || format!("{address} is in use: choose another port with --port and --ws-port, or stop what is there");
    TcpListener::bind(address).map(drop).with_context(taken)
}

fn free_port(host: IpAddr) -> Result<u16> {
    Ok(TcpListener::bind((host, 0)).context("no port is free")?.local_addr()?.port())
}
