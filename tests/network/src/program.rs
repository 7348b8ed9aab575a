//! The built programs, as processes that end with the test.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::wait_for;

/// How long a program may take to end when it is asked to.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program of ours beside the test's own, where the workspace's build puts them. Errors where it was not built.
pub fn built(name: &str) -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test.parent().and_then(|deps| deps.parent()).context("the test is in no build folder")?;
    let path = folder.join(name);
    ensure!(
        path.is_file(),
        "{} was not built: `cargo xtask test` builds it, or `cargo build --workspace --bins` in tests/",
        path.display()
    );
    Ok(path)
}

/// A program that runs beside the test. Dropped, it is killed.
pub struct Program {
    child: Child,
    name: String,
    stdin: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    /// Starts a built program; its error stream is the test's.
    pub fn start<A: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = A>) -> Result<Self> {
        let mut command = Command::new(built(name)?);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{name} does not start"))?;
        let stdout = child.stdout.take().context("no standard output")?;
        Ok(Self { stdin: child.stdin.take(), lines: BufReader::new(stdout).lines(), name: name.to_owned(), child })
    }

    /// The next line that it prints. Errors where it prints no more.
    pub fn line(&mut self) -> Result<String> {
        let line = self.lines.next().with_context(|| format!("{} ended and printed nothing more", self.name))?;
        Ok(line?)
    }

    /// Writes a line to its standard input.
    pub fn say(&mut self, line: &str) -> Result<()> {
        use std::io::Write;
        let stdin = self.stdin.as_mut().context("its standard input is closed")?;
        writeln!(stdin, "{line}")?;
        Ok(stdin.flush()?)
    }

    /// Asks it to end, as a service manager does, and waits for it.
    pub fn terminate(mut self) -> Result<ExitStatus> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        ensure!(asked.success(), "{} cannot be asked to end", self.name);
        let what = format!("{} to end", self.name);
        wait_for(&what, PATIENCE, || Ok(self.child.try_wait()?))
    }

    /// Errors where it has ended by itself.
    pub fn require_alive(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended by itself: {status}", self.name),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Whether it had ended already does not matter.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Runs a command to its end. Returns what it printed; errors where it failed, with what it said.
pub fn run(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?} does not start"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}\n{said}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}
