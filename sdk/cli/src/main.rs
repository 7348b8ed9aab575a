//! The program `keel`.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    keel_cli::run()
}
