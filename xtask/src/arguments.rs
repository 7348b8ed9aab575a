//! The command line of `cargo xtask`.

use crate::{Result, project::EXCHANGE};

pub const HELP: &str = "\
cargo xtask <command>

  setup                 Install the SBF compiler into a private folder (once, some minutes).
  build [program]       Compile programs/keel to target/deploy/keel.so, or another program of programs/ and
                        tests/programs/, by the name of its folder; runs setup if needed.
      --panic <mode>      location   a panic logs file, line and column (default)
                          message    it logs its text as well
                          immediate  it logs nothing; the smallest program
  idl                   Write the program's interface to target/idl/keel.json.
  book                  Make docs/ into a book in target/book.
  wasm                  Compile the engine and the SDK to target/wasm/keel.wasm, for the TypeScript SDK.
  ts                    Install the TypeScript SDK's packages, build it and run its tests.
  demo [arguments]      Build, then run the demo; the arguments are the demo's.
  crash [arguments]     Replay crashes and print what they leave; the arguments are the replay's.
  keel [arguments]      Run the command line program; the arguments are its own. Builds the exchange's
                        program where the arguments need the embedded chain.
  test                  Build all programs, write the IDL, then run every test of the project.
      --long              include the long-running cases: 65,536 for each operation, and long random plays
      --steps <n>         random plays of so many steps on the engine, and one transaction for each 500 of them
                          (default: 2,800,000 with --long, 1,050,000 without)
      --minutes <m>       no random play for longer than this
  cu                    Build, then measure what each instruction costs.
      --json              as JSON
      --check             change nothing; fail if a figure is over its budget or 3% above docs/compute.md
  mutants [arguments]   Change the engine's rules one place at a time: which changes does no test notice?
                        The arguments are cargo-mutants', such as --file, --shard and --jobs.
  fuzz [target]         Let libFuzzer play the model (target: actions).
      --minutes <m>       for so long (default: 5)
  fmt                   Format the code.
      --check             only report what is not formatted
  lint                  Check formatting, then run clippy with warnings as errors.
  help                  This text.

Environment:
  KEEL_TOOLCHAIN        where setup installs (default: $XDG_CACHE_HOME/keel/sbf or ~/.cache/keel/sbf)
  KEEL_DEBIAN_MIRROR, KEEL_DEBIAN_SECURITY_MIRROR
                        URLs to use in place of the Debian mirrors in apt's own configuration
";

/// What is compiled into the program for the event of a panic.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Panic {
    Location,
    Message,
    Immediate,
}

/// How much the tests play.
#[derive(Clone, Copy)]
pub struct Play {
    /// The long-running cases too.
    pub long: bool,
    /// Steps of random plays.
    pub steps: Option<u64>,
    /// The longest for each.
    pub minutes: Option<u64>,
}

pub enum Request {
    Help,
    Setup,
    Build { program: String, panic: Panic },
    Idl,
    Book,
    Wasm,
    Ts,
    Demo { passed: Vec<String> },
    Crash { passed: Vec<String> },
    Keel { passed: Vec<String> },
    Test { play: Play },
    Cu { passed: Vec<String> },
    Mutants { passed: Vec<String> },
    Fuzz { target: String, minutes: u64 },
    Format { check: bool },
    Lint,
}

impl Request {
    pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut arguments = arguments;
        let Some(command) = arguments.next() else { return Ok(Self::Help) };
        let mut rest = Rest { command: command.clone(), arguments: arguments.collect() };
        if !matches!(command.as_str(), "demo" | "crash" | "keel" | "mutants" | "fuzz") && rest.take("--help") {
            return Ok(Self::Help);
        }
        let request = match command.as_str() {
            "help" | "--help" | "-h" => Self::Help,
            "setup" => Self::Setup,
            "build" => Self::Build { panic: rest.panic()?, program: rest.take_name().unwrap_or(EXCHANGE.into()) },
            "idl" => Self::Idl,
            "book" => Self::Book,
            "wasm" => Self::Wasm,
            "ts" => Self::Ts,
            "demo" => Self::Demo { passed: rest.take_all() },
            "crash" => Self::Crash { passed: rest.take_all() },
            "keel" => Self::Keel { passed: rest.take_all() },
            "test" => Self::Test {
                play: Play {
                    long: rest.take("--long"),
                    steps: rest.number("--steps")?,
                    minutes: rest.number("--minutes")?,
                },
            },
            "cu" => Self::Cu { passed: rest.take_each(&["--json", "--check"]) },
            "mutants" => Self::Mutants { passed: rest.take_all() },
            "fuzz" => Self::Fuzz {
                minutes: rest.number("--minutes")?.unwrap_or(5),
                target: rest.take_name().unwrap_or("actions".into()),
            },
            "fmt" => Self::Format { check: rest.take("--check") },
            "lint" => Self::Lint,
            other => return Err(format!("there is no command `{other}`; `cargo xtask help` lists them").into()),
        };
        rest.finish()?;
        Ok(request)
    }
}

/// What follows the command and has not been understood yet.
struct Rest {
    command: String,
    arguments: Vec<String>,
}

impl Rest {
    fn take(&mut self, flag: &str) -> bool {
        let before = self.arguments.len();
        self.arguments.retain(|argument| argument != flag);
        self.arguments.len() < before
    }

    fn take_each(&mut self, flags: &[&str]) -> Vec<String> {
        flags.iter().filter(|flag| self.take(flag)).map(ToString::to_string).collect()
    }

    /// Everything, for another program. A first `--` only says that.
    fn take_all(&mut self) -> Vec<String> {
        let all = std::mem::take(&mut self.arguments);
        let skipped = usize::from(all.first().is_some_and(|argument| argument == "--"));
        all.into_iter().skip(skipped).collect()
    }

    /// The first argument that is no option.
    fn take_name(&mut self) -> Option<String> {
        let at = self.arguments.iter().position(|argument| !argument.starts_with('-'))?;
        Some(self.arguments.remove(at))
    }

    fn number(&mut self, flag: &str) -> Result<Option<u64>> {
        let Some(at) = self.arguments.iter().position(|argument| argument == flag) else { return Ok(None) };
        self.arguments.remove(at);
        let number = if at < self.arguments.len() { self.arguments.remove(at) } else { String::new() };
        number.parse().map(Some).map_err(|_| format!("`{flag} {number}`: give a whole number").into())
    }

    fn panic(&mut self) -> Result<Panic> {
        let Some(at) = self.arguments.iter().position(|argument| argument == "--panic") else {
            return Ok(Panic::Location);
        };
        self.arguments.remove(at);
        let mode = if at < self.arguments.len() { self.arguments.remove(at) } else { String::new() };
        match mode.as_str() {
            "location" => Ok(Panic::Location),
            "message" => Ok(Panic::Message),
            "immediate" => Ok(Panic::Immediate),
            _ => Err(format!("`--panic {mode}`: the mode is one of location, message, immediate").into()),
        }
    }

    fn finish(&self) -> Result {
        match self.arguments.first() {
            None => Ok(()),
            Some(left) => {
                Err(format!("`{}` does not know `{left}`; `cargo xtask help` lists its options", self.command).into())
            }
        }
    }
}
