//! The keeper's real process: its options in a file, its metrics over HTTP, its end by SIGTERM.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::proxy::Proxy;
use crate::stage::Stage;

/// A stop takes no longer than this.
const STOPPING: Duration = Duration::from_secs(15);

/// A running keeper; killed when dropped.
pub struct Keeper {
    child: Child,
    metrics: SocketAddr,
    folder: TempDir,
}

/// Waits until something holds. Panics with what was waited for if it takes too long.
pub fn wait(what: &str, within: Duration, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < within, "waited {within:?} in vain until {what}");
        sleep(Duration::from_millis(50));
    }
}

impl Keeper {
    /// Starts one with a key of the network and endpoints in order.
    pub fn start(stage: &Stage, key: &str, endpoints: &[(&str, &Proxy)]) -> Self {
        Self::with(stage, key, endpoints, &[])
    }

    /// The same with flags.
    pub fn with(stage: &Stage, key: &str, endpoints: &[(&str, &Proxy)], flags: &[&str]) -> Self {
        Self::doing("order", stage, key, endpoints, flags)
    }

    /// The same, for one kind of jobs.
    pub fn doing(kind: &str, stage: &Stage, key: &str, endpoints: &[(&str, &Proxy)], flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let metrics = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let endpoints: String = endpoints
            .iter()
            .map(|(name, proxy)| {
                format!("[[endpoints]]\nname = \"{name}\"\nhttp = \"{}\"\nws = \"{}\"\n", proxy.http, proxy.ws)
            })
            .collect();
        let genesis = stage.network.genesis_hash();
        let keypair = stage.network.key_file(key).unwrap();
        let options = format!(
            "keypair = {keypair:?}\ngenesis_hash = \"{genesis}\"\n{endpoints}\
             [jobs]\nonly = [\"{kind}\"]\nplan_ms = 100\n\
             [fees]\npolicy = \"fixed\"\nmicro_lamports = 1000\n\
             [sending]\nresend_ms = 400\npoll_ms = 100\n\
             [listening]\npoll_ms = 250\npolling_ms = 700\nprobe_ms = 250\ntimeout_ms = 4000\nmax_slots_apart = 150\n\
             longest_rest_secs = 2\n\
             [metrics]\naddress = \"{metrics}\"\n\
             [log]\nfilter = \"info,keel_keeper=debug\"\n"
        );
        let config = folder.path().join("keeper.toml");
        fs::write(&config, options).unwrap();
        let file = |name: &str| fs::File::create(folder.path().join(name)).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_keel-keeper"))
            .args(["run", "--config"])
            .arg(&config)
            .args(flags)
            .stdin(Stdio::null())
            .stdout(file("out"))
            .stderr(file("log"))
            .spawn()
            .unwrap();
        Self { child, metrics, folder }
    }

    /// Waits until it knows the exchange.
    pub fn ready(&self) {
        wait("the keeper knows the exchange", Duration::from_secs(20), || {
            self.metric("keel_keeper_accounts").is_some_and(|accounts| accounts > 0.0)
        });
    }

    /// The value of a metric with its labels, as it is served.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let mut stream = TcpStream::connect(self.metrics).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: keeper\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let line = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.trim().parse().ok()
    }

    /// Jobs of a kind that ended in this way; none if the metric is not there yet.
    pub fn jobs(&self, kind: &str, outcome: &str) -> f64 {
        self.metric(&format!("keel_keeper_jobs_total{{kind=\"{kind}\",outcome=\"{outcome}\"}}")).unwrap_or(0.0)
    }

    /// Whether an endpoint is in a state.
    pub fn state(&self, endpoint: &str, state: &str) -> bool {
        let name = format!("keel_keeper_endpoint_state{{endpoint=\"{endpoint}\",state=\"{state}\"}}");
        self.metric(&name) == Some(1.0)
    }

    /// Asks it to stop; it ends well, prints its totals, and gives its log.
    pub fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let totals = self.end();
        assert!(totals.contains("transactions confirmed"), "{totals}");
        self.file("log")
    }

    /// It ends by itself, well; what it printed.
    pub fn ends(mut self) -> String {
        self.end()
    }

    fn end(&mut self) -> String {
        let began = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if began.elapsed() > STOPPING => panic!("it does not end:\n{}", self.file("log")),
                None => sleep(Duration::from_millis(30)),
            }
        };
        assert!(status.success(), "{status}:\n{}", self.file("log"));
        self.file("out")
    }

    fn file(&self, name: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        fs::read_to_string(path).unwrap_or_default()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the keeper's log:\n{}", self.file("log"));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
