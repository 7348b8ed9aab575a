//! What is done with a lien on a margin account, and with an account as a whole, as actions.

/// Something that is done with a lien, or with an account as a whole. Accounts are places in the list of the
/// [`Setup`](crate::Setup).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LienAct {
    /// `give_account`, by its owner.
    Give {
        /// The account.
        who: usize,
        /// An account whose owner gets it.
        to: usize,
    },
    /// `place_lien`, by the account's owner.
    Place {
        /// The account.
        who: usize,
        /// An account whose owner holds the lien.
        holder: usize,
        /// Equity that the owner leaves in it, in quote atoms.
        floor: u64,
        /// Time from the holder's notice to its rights.
        notice_secs: u32,
    },
    /// `call_lien`.
    Call {
        /// The account.
        who: usize,
        /// Whose key signs.
        by: usize,
        /// Whether notice is given, or taken back.
        notice: bool,
    },
    /// `release_lien`.
    Release {
        /// The account.
        who: usize,
        /// Whose key signs.
        by: usize,
    },
    /// `seize`, into the account of who signs.
    Seize {
        /// The account.
        who: usize,
        /// The account that gets it, whose owner signs.
        by: usize,
        /// Number of the bank.
        bank: usize,
        /// Atoms.
        amount: u64,
    },
}

impl LienAct {
    /// Its name, as scenarios spell it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Give { .. } => "give_account",
            Self::Place { .. } => "place_lien",
            Self::Call { .. } => "call_lien",
            Self::Release { .. } => "release_lien",
            Self::Seize { .. } => "seize",
        }
    }

    /// The account that it is done with.
    pub const fn who(&self) -> usize {
        match *self {
            Self::Give { who, .. }
            | Self::Place { who, .. }
            | Self::Call { who, .. }
            | Self::Release { who, .. }
            | Self::Seize { who, .. } => who,
        }
    }

    /// Whose account's owner has to sign.
    pub const fn signer(&self) -> Option<usize> {
        match *self {
            Self::Give { who, .. } | Self::Place { who, .. } => Some(who),
            Self::Seize { by, .. } => Some(by),
            Self::Call { .. } | Self::Release { .. } => None,
        }
    }
}
