//! Every instruction of the program, ready to be sent in a [`Cast`]'s world, with what each of its declared accounts is:
//! the table from which wrong accounts and the errors that they must give are made.

mod admin;
mod keeper;
mod owner;
mod trader;

use keel_sdk::accounts::Stored;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use crate::cast::Cast;
use crate::refusal::Refusal;

/// An account of the right type that is not the right one, and the error that it gives. Nothing where any account of
/// that type would do.
pub type Another = Option<(Pubkey, Refusal)>;

/// What a declared account is.
#[derive(Clone, Debug)]
pub enum Slot {
    /// Somebody who signs, and what anybody else's signature gives.
    Signer(Option<Refusal>),
    /// A typed account of the program.
    State(State),
    /// An account that the instruction makes, at an address that the seeds give, and what a read-only one gives.
    Created(Refusal),
    /// The mint of a new bank.
    Mint,
    /// A price account.
    Price(Another),
    /// A bank's vault.
    Vault(Another),
    /// A user's token account.
    Tokens(Another),
    /// A program that is called.
    Program,
    /// What proves who may upgrade the program.
    Upgrade,
}

/// A typed account of the program.
#[derive(Clone, Debug)]
pub struct State {
    /// Bytes of the account.
    pub len: usize,
    /// The same type, the wrong one.
    pub another: Another,
    /// Whether the handler itself refuses this account in another slot too.
    pub may_repeat: bool,
}

impl Slot {
    /// An account whose content is `T`.
    pub const fn state<T: Stored>(another: Another) -> Self {
        Self::State(State { len: T::LEN, another, may_repeat: false })
    }

    /// Whether the framework is told to let this account be in another slot too.
    pub const fn may_repeat(&self) -> bool {
        match self {
            Self::State(state) => state.may_repeat,
            Self::Vault(_) | Self::Tokens(_) => true,
            _ => false,
        }
    }
}

/// An instruction that would go through, and what its declared accounts are. Any more are remaining ones.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name in the program.
    pub name: &'static str,
    /// The instruction.
    pub instruction: Instruction,
    /// Its declared accounts.
    pub slots: Vec<Slot>,
}

impl Case {
    /// A case whose instruction has at least the accounts that are described.
    pub fn new(name: &'static str, instruction: Instruction, slots: Vec<Slot>) -> Self {
        assert!(slots.len() <= instruction.accounts.len(), "{name}: {} accounts described", slots.len());
        Self { name, instruction, slots }
    }
}

/// Makes a case from the present of a world.
pub type Make = fn(&mut Cast) -> Case;

/// Every instruction, each by the discriminator that is its place here.
pub const ALL: [Make; 21] = [
    admin::initialize,
    admin::add_bank,
    admin::create_market,
    admin::create_tick_array,
    owner::open_account,
    owner::open_ranges,
    owner::close_account,
    owner::close_ranges,
    owner::deposit,
    owner::withdraw,
    keeper::refresh,
    trader::trade,
    trader::add_range,
    trader::remove_range,
    trader::settle_range,
    trader::settle,
    trader::release,
    keeper::begin_liquidation,
    keeper::unwind_range,
    keeper::liquidate_on_curve,
    keeper::resolve,
];
