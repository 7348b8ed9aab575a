//! The local network as a user starts it: the program `keel-localnet`, and `keel` run against it.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

/// A running local network.
pub struct Network {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// What it said when it was ready.
    pub ready: Value,
}

impl Network {
    /// Starts it with these options, on free ports.
    pub fn start(options: &[&str]) -> Self {
        let mut child = Command::new(program())
            .args(["--json", "--stdin", "--port", "0", "--ws-port", "0"])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("keel-localnet said: {line}"));
        Self { child, commands, answers, ready }
    }

    /// Says a line to it, and waits until it was obeyed.
    pub fn tell(&mut self, line: &str) {
        writeln!(self.commands, "{line}").unwrap();
        self.commands.flush().unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), "ok", "{line}");
        // A jump in time takes the blockhashes of before along: not one of those is to be signed with.
        std::thread::sleep(std::time::Duration::from_secs(1));
    }

    /// Its RPC.
    pub fn url(&self) -> &str {
        self.ready["rpc_url"].as_str().unwrap()
    }

    /// Somebody's key file.
    pub fn key(&self, name: &str) -> &str {
        let keys = self.ready["keys"].as_array().unwrap();
        keys.iter().find(|key| key["name"] == name).unwrap()["file"].as_str().unwrap()
    }

    /// `keel` with this network and somebody's key, not yet run.
    pub fn keel(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keel"));
        command.args(["--url", self.url(), "--keypair", self.key(name)]).args(arguments);
        command
    }

    /// `keel` run to its end: exit code, standard output, error stream.
    pub fn run(&self, name: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
        let Output { status, stdout, stderr } = self.keel(name, arguments).output().unwrap();
        (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    /// What `keel --json --yes` answers where it succeeds.
    pub fn json(&self, name: &str, arguments: &[&str]) -> Value {
        let (code, out, error) = self.run(name, &[arguments, &["--json", "--yes"]].concat());
        assert_eq!(code, Some(0), "{arguments:?}: {out}{error}");
        serde_json::from_str(&out).unwrap_or_else(|_| panic!("{arguments:?} said {out}"))
    }

    /// What `keel` answers to people where it succeeds.
    pub fn text(&self, name: &str, arguments: &[&str]) -> String {
        let (code, out, error) = self.run(name, &[arguments, &["--yes"]].concat());
        assert_eq!(code, Some(0), "{arguments:?}: {out}{error}");
        out
    }

    /// The JSON with which `keel` is refused.
    pub fn refusal(&self, name: &str, arguments: &[&str]) -> Value {
        let (code, out, error) = self.run(name, &[arguments, &["--json", "--yes"]].concat());
        assert_eq!((code, out.as_str()), (Some(1), ""), "{arguments:?}: {error}");
        serde_json::from_str(&error).unwrap_or_else(|_| panic!("{arguments:?} said {error}"))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // It stops by itself when asked, and removes its keys.
        let _asked = writeln!(self.commands, "stop");
        let _ended = self.child.wait();
    }
}

/// The program beside `keel`; where only this package was built, it is built now.
pub fn program() -> PathBuf {
    let beside = Path::new(env!("CARGO_BIN_EXE_keel")).with_file_name("keel-localnet");
    if !beside.exists() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
        let arguments = ["build", "-q", "--workspace", "--bin", "keel-localnet"];
        let built = Command::new(env!("CARGO")).args(arguments).current_dir(workspace).status();
        assert!(built.unwrap().success(), "keel-localnet does not build");
    }
    beside
}

/// Runs a command in a terminal of its own, where `answer` is typed.
pub fn at_a_terminal(command: &Command, answer: &str) -> (Option<i32>, String) {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line: Vec<String> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command", &line.join(" "), "/dev/null"])
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut terminal = child.stdin.take().unwrap();
    terminal.write_all(answer.as_bytes()).unwrap();
    terminal.flush().unwrap();
    // It is read when it is asked for; the end of input would be another answer.
    let output = child.wait_with_output().unwrap();
    drop(terminal);
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}
