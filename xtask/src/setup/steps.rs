//! The steps of the set-up, which of them are done, and running those that are not.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::{Write, stdout},
    time::{Duration, Instant},
};

use super::{Folder, apt, builtins, compiler, linker, packages, standard_library, wrappers};
use crate::Result;

pub struct Step {
    pub name: &'static str,
    /// What is happening, for the person who waits.
    pub doing: &'static str,
    /// Everything that decides the result, as text: the step is repeated when it changes.
    pub recipe: fn(&Folder) -> String,
    /// Steps whose result goes into this one.
    pub after: &'static [&'static Step],
    /// A file in the folder that exists once the step is done.
    pub product: &'static str,
    pub perform: fn(&Folder) -> Result,
}

const STEPS: [&Step; 7] = [
    &wrappers::STEP,
    &packages::STEP,
    &compiler::RUSTC,
    &standard_library::STEP,
    &compiler::CODE_GENERATOR,
    &linker::STEP,
    &builtins::STEP,
];

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// Also says what is there already.
    Everything,
    /// Silent if there is nothing to do.
    OnlyWork,
}

pub fn bring_up(folder: &Folder, report: Report) -> Result {
    if STEPS.iter().all(|step| is_done(step, folder)) {
        if report == Report::Everything {
            println!("the SBF compiler in {} is up to date", folder.root().display());
        }
        return Ok(());
    }
    let _lock = folder.lock()?;
    check_machine()?;
    println!("setting up the SBF compiler in {}", folder.root().display());
    let start = Instant::now();
    for (index, step) in STEPS.iter().enumerate() {
        print!("[{}/{}] {}: {} ... ", index + 1, STEPS.len(), step.name, step.doing);
        stdout().flush()?;
        if is_done(step, folder) {
            println!("up to date");
            continue;
        }
        let step_start = Instant::now();
        run(step, folder).inspect_err(|_| println!("failed"))?;
        println!("{}", spelled(step_start.elapsed()));
    }
    apt::clean(folder)?;
    folder.remove("build")?;
    println!("ready after {}", spelled(start.elapsed()));
    Ok(())
}

/// Differs between set-ups that may compile a program differently.
pub fn fingerprint(folder: &Folder) -> u64 {
    let mut hasher = DefaultHasher::new();
    for step in STEPS {
        full_recipe(step, folder).hash(&mut hasher);
    }
    hasher.finish()
}

fn run(step: &Step, folder: &Folder) -> Result {
    let stamp = stamp_of(step);
    if folder.path(&stamp).exists() {
        fs::remove_file(folder.path(&stamp))?;
    }
    fs::create_dir_all(folder.path("log"))?;
    fs::write(folder.log_of(step.name), "")?;
    (step.perform)(folder)?;
    folder.write(&stamp, &full_recipe(step, folder))
}

fn is_done(step: &Step, folder: &Folder) -> bool {
    let stamp = fs::read_to_string(folder.path(stamp_of(step)));
    folder.path(step.product).exists() && stamp.is_ok_and(|recipe| recipe == full_recipe(step, folder))
}

fn stamp_of(step: &Step) -> String {
    format!("stamps/{}", step.name)
}

fn full_recipe(step: &Step, folder: &Folder) -> String {
    let mut text = format!("# {}\n{}\n", step.name, (step.recipe)(folder));
    for earlier in step.after {
        text.push_str(&full_recipe(earlier, folder));
    }
    text
}

/// The set-up is for one kind of machine; on others Anza's tools are the way.
fn check_machine() -> Result {
    const OTHERWISE: &str = "install Anza's cargo-build-sbf instead (docs/toolchain.md), which the build prefers";
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(format!("setup knows Linux on x86-64 only: {OTHERWISE}").into());
    }
    for (program, package) in [("apt-get", "apt"), ("dpkg-deb", "dpkg"), ("tar", "tar"), ("cc", "gcc")] {
        let found = std::env::var_os("PATH")
            .is_some_and(|folders| std::env::split_paths(&folders).any(|folder| folder.join(program).is_file()));
        if !found {
            return Err(
                format!("setup needs `{program}` (Debian package {package}): install it, or {OTHERWISE}").into()
            );
        }
    }
    Ok(())
}

fn spelled(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}
