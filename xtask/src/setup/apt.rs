//! apt-get with lists of its own: Debian packages for a folder, with the machine's mirrors, proxies and credentials.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use super::Folder;
use crate::{Result, process};

const CONFIGURATION: &str = include_str!("../../toolchain/apt.conf");
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
/// Everything that apt keeps while it works.
const STATE: &str = "apt";

pub struct Apt {
    configuration: PathBuf,
    log: PathBuf,
}

impl Apt {
    /// Fetches the package lists of the releases that the packages come from.
    pub fn with_fresh_lists(folder: &Folder, log: &Path) -> Result<Self> {
        if !Path::new(KEYRING).exists() {
            return Err(format!("{KEYRING} is missing: apt-get install debian-archive-keyring").into());
        }
        let Mirrors { main, security } = Mirrors::find()?;
        let options = format!("[arch=amd64 target=Packages signed-by={KEYRING}]");
        clean(folder)?;
        folder.write(&format!("{STATE}/apt.conf"), &folder.fill(CONFIGURATION))?;
        folder.write(&format!("{STATE}/state/status"), "")?;
        folder.fresh(&format!("{STATE}/state/lists/partial"))?;
        folder.fresh(&format!("{STATE}/cache/archives/partial"))?;
        folder.write(
            &format!("{STATE}/sources.list"),
            &format!(
                "deb {options} {main} bookworm main\n\
                 deb {options} {security} bookworm-security main\n\
                 deb {options} {main} sid main\n"
            ),
        )?;
        let apt = Self { configuration: folder.path(STATE).join("apt.conf"), log: log.to_owned() };
        process::log(apt.command(folder.root()).arg("update"), &apt.log).map_err(|error| {
            format!(
                "Debian's package lists cannot be fetched. {error}\n\
                 Check that this machine reaches the mirrors in apt's configuration (`apt-get update`), or name others \
                 in KEEL_DEBIAN_MIRROR and KEEL_DEBIAN_SECURITY_MIRROR, or copy {} from a machine that has run setup.",
                folder.path("debs").display()
            )
        })?;
        Ok(apt)
    }

    /// Downloads the packages, checked against the signed lists, into a folder.
    pub fn download(&self, packages: &[&str], into: &Path) -> Result {
        process::log(self.command(into).arg("download").args(packages), &self.log).map_err(|error| {
            let kept = into.parent().unwrap_or(into).display();
            format!(
                "a Debian package cannot be downloaded. {error}\n\
                 If a package or version was not found, Debian has moved on: docs/toolchain.md, \"When Debian moves \
                 on\", says what to change; {kept} copied from a machine that has run setup works as well. \
                 Otherwise the mirror failed: try again."
            )
            .into()
        })
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new("apt-get");
        command.arg("-q").arg("-c").arg(&self.configuration).current_dir(folder).env("LC_ALL", "C");
        command
    }
}

/// Removes apt's lists and configuration; the downloaded packages stay.
pub fn clean(folder: &Folder) -> Result {
    folder.remove(STATE)
}

/// Where Debian's releases and their security updates are served for this machine.
struct Mirrors {
    main: String,
    security: String,
}

impl Mirrors {
    fn find() -> Result<Self> {
        // `--print-uris` fetches nothing, and unlike `indextargets` it works on a machine without any lists.
        let printed = process::capture(Command::new("apt-get").args(["update", "--print-uris"]).env("LC_ALL", "C"))?;
        let releases: Vec<Release> = printed.lines().filter_map(Release::parse).collect();
        let security = releases.iter().find(|release| release.ends_with("/debian-security"));
        // Other projects serve Debian packages from folders of that name too, but not updates of the release.
        let main = releases.iter().find(|release| release.ends_with("/debian") && release.suite.ends_with("-updates"));
        let main = main.or_else(|| releases.iter().find(|release| release.ends_with("/debian")));
        Ok(Self {
            main: choose("KEEL_DEBIAN_MIRROR", main)?,
            security: choose("KEEL_DEBIAN_SECURITY_MIRROR", security)?,
        })
    }
}

fn choose(variable: &str, found: Option<&Release>) -> Result<String> {
    match (env::var(variable), found) {
        (Ok(chosen), _) => Ok(chosen),
        (Err(_), Some(release)) => Ok(release.mirror.to_owned()),
        (Err(_), None) => Err(format!(
            "apt's configuration on this machine names no Debian mirror for this: set {variable} to its URL"
        )
        .into()),
    }
}

/// One line of `apt-get update --print-uris`: `'<mirror>/dists/<suite>/InRelease'` and more.
struct Release<'a> {
    mirror: &'a str,
    suite: &'a str,
}

impl<'a> Release<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let uri = line.strip_prefix('\'')?.split_once('\'')?.0;
        let (mirror, path) = uri.split_once("/dists/")?;
        Some(Self { mirror, suite: path.strip_suffix("/InRelease")? })
    }

    fn ends_with(&self, path: &str) -> bool {
        self.mirror.trim_end_matches('/').ends_with(path)
    }
}
