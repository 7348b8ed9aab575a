//! The private folder that holds the compiler. Nothing outside it is written, cargo's registry cache aside.

use std::{
    env,
    fs::{self, File, Permissions, TryLockError},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::Result;

pub struct Folder {
    root: PathBuf,
}

impl Folder {
    pub fn locate() -> Result<Self> {
        let root = if let Some(chosen) = env::var_os("KEEL_TOOLCHAIN") {
            env::current_dir()?.join(chosen)
        } else if let Some(cache) = env::var_os("XDG_CACHE_HOME").filter(|cache| Path::new(cache).is_absolute()) {
            PathBuf::from(cache).join("keel/sbf")
        } else {
            let home =
                env::home_dir().ok_or("there is no home folder: set KEEL_TOOLCHAIN to where setup may install")?;
            home.join(".cache/keel/sbf")
        };
        // The path is written into shell scripts and apt's configuration.
        let plain = |letter: char| letter.is_alphanumeric() || "/._-+ ".contains(letter);
        if !root.to_str().is_some_and(|text| text.chars().all(plain)) {
            return Err(format!(
                "{} has characters beyond letters, digits, `._-+` and spaces: set KEEL_TOOLCHAIN to a plainer path",
                root.display()
            )
            .into());
        }
        Ok(Self { root })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    /// A path as text, for scripts and compiler flags. `locate` has made sure that it is text.
    pub fn text(&self, path: &str) -> String {
        self.path(path).to_string_lossy().into_owned()
    }

    /// A template with this folder's path filled in.
    pub fn fill(&self, template: &str) -> String {
        template.replace("@FOLDER@", &self.root.to_string_lossy())
    }

    pub fn write(&self, path: &str, text: &str) -> Result {
        let path = self.path(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        Ok(())
    }

    pub fn write_script(&self, path: &str, template: &str) -> Result {
        self.write(path, &self.fill(template))?;
        fs::set_permissions(self.path(path), Permissions::from_mode(0o755))?;
        Ok(())
    }

    /// An empty folder in place of whatever was at the path.
    pub fn fresh(&self, path: &str) -> Result<PathBuf> {
        self.remove(path)?;
        let path = self.path(path);
        fs::create_dir_all(&path)?;
        Ok(path)
    }

    pub fn remove(&self, path: &str) -> Result {
        let path = self.path(path);
        if path.exists() {
            fs::remove_dir_all(&path).map_err(|error| format!("cannot remove {}: {error}", path.display()))?;
        }
        Ok(())
    }

    pub fn log_of(&self, step: &str) -> PathBuf {
        self.path("log").join(step)
    }

    /// Held while steps run, so that two runs do not work on the same folder. The lock ends with the process.
    pub fn lock(&self) -> Result<File> {
        fs::create_dir_all(&self.root).map_err(|error| format!("cannot create {}: {error}", self.root.display()))?;
        let file = File::options().create(true).truncate(false).write(true).open(self.path("lock"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                println!("another run is setting up {}: waiting for it", self.root.display());
                file.lock()?;
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        Ok(file)
    }
}
