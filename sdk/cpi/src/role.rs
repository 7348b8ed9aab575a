//! What an account is to an instruction.

/// What an instruction does with one of its accounts: what the account meta says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name in the program's interface.
    pub name: &'static str,
    /// Whether it is written.
    pub writable: bool,
    /// Whether it signs.
    pub signer: bool,
    /// Whether there may be none.
    pub optional: bool,
}

impl Role {
    pub(crate) const fn read(name: &'static str) -> Self {
        Self { name, writable: false, signer: false, optional: false }
    }

    pub(crate) const fn written(name: &'static str) -> Self {
        Self { writable: true, ..Self::read(name) }
    }

    pub(crate) const fn signer(name: &'static str) -> Self {
        Self { signer: true, ..Self::read(name) }
    }

    /// Signs and is written.
    pub(crate) const fn payer(name: &'static str) -> Self {
        Self { signer: true, ..Self::written(name) }
    }

    pub(crate) const fn maybe_read(name: &'static str) -> Self {
        Self { optional: true, ..Self::read(name) }
    }

    pub(crate) const fn maybe_written(name: &'static str) -> Self {
        Self { optional: true, ..Self::written(name) }
    }
}

/// An account that an instruction can do without. The program's own account stands in the place of none, and is read there
/// whatever the place is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Optional<T> {
    /// The account.
    Given(T),
    /// None: the account of Keel's program.
    Absent(T),
}

/// A field of a call that holds an account.
pub trait Held<T> {
    /// The account that is passed.
    fn handle(&self) -> &T;
    /// The same, given away.
    fn into_handle(self) -> T;
    /// What it is, in a place that is meant for `role`.
    fn as_role(&self, role: Role) -> Role;
}

impl<T> Held<T> for T {
    fn handle(&self) -> &T {
        self
    }

    fn into_handle(self) -> T {
        self
    }

    fn as_role(&self, role: Role) -> Role {
        role
    }
}

impl<T> Held<T> for Optional<T> {
    fn handle(&self) -> &T {
        match self {
            Self::Given(handle) | Self::Absent(handle) => handle,
        }
    }

    fn into_handle(self) -> T {
        match self {
            Self::Given(handle) | Self::Absent(handle) => handle,
        }
    }

    fn as_role(&self, role: Role) -> Role {
        match self {
            Self::Given(_) => role,
            Self::Absent(_) => Role { writable: false, signer: false, ..role },
        }
    }
}
