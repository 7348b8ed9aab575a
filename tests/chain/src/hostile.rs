//! Scripts for the hostile program of `tests/programs/hostile`: calls from inside a program, signed by addresses that are
//! its own, and what such a caller may do around them.

#[path = "../../programs/hostile/src/steps.rs"]
pub mod steps;

use keel_simulator::program;
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

use crate::trial::FORGER;
use crate::world::World;

/// Where the hostile program stands: everything that is forged belongs to it.
pub const HOSTILE: Pubkey = FORGER;

/// Deploys the program. Panics with what to do where it cannot be built.
pub fn deploy(world: &mut World) {
    let program = program::another("hostile").unwrap_or_else(|error| panic!("{error:#}"));
    world.exchange.chain.add_program(HOSTILE, &program).unwrap();
}

/// An address of the program's own, for which only the program signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// Its number, which is a seed.
    pub number: u16,
    /// Its bump.
    pub bump: u8,
    /// The address.
    pub address: Pubkey,
}

impl Own {
    /// The address with a number.
    pub fn new(number: u16) -> Self {
        let (address, bump) = Pubkey::find_program_address(&[steps::OWN_SEED, &number.to_le_bytes()], &HOSTILE);
        Self { number, bump, address }
    }
}

/// What the program does.
#[derive(Clone, Debug)]
pub enum Step {
    /// Calls a program, and signs where one of its own addresses is to sign.
    Call(Instruction),
    /// The same without signing for anything.
    CallUnsigned(Instruction),
    /// Sets return data.
    Answer(Vec<u8>),
    /// Goes on only if this program gave the last answer, and logs it.
    Trust(Pubkey),
    /// Logs data as an event is logged.
    Log(Vec<u8>),
    /// Overwrites an account's data from a byte on.
    Write(Pubkey, u16, Vec<u8>),
    /// Moves lamports from one account to another.
    Move(Pubkey, Pubkey, u64),
    /// Gives an account to a program.
    Assign(Pubkey, Pubkey),
    /// Borrows an account's data for writing and keeps it.
    Hold(Pubkey),
}

/// The program's accounts, each once, with the strongest rights that a step asks for.
#[derive(Default)]
struct Accounts(Vec<AccountMeta>);

impl Accounts {
    fn place(&mut self, wanted: AccountMeta) -> u8 {
        let place = self.0.iter().position(|meta| meta.pubkey == wanted.pubkey);
        let place = place.unwrap_or_else(|| {
            self.0.push(AccountMeta::new_readonly(wanted.pubkey, false));
            self.0.len() - 1
        });
        self.0[place].is_signer |= wanted.is_signer;
        self.0[place].is_writable |= wanted.is_writable;
        u8::try_from(place).unwrap()
    }

    fn read(&mut self, address: Pubkey) -> u8 {
        self.place(AccountMeta::new_readonly(address, false))
    }

    fn written(&mut self, address: Pubkey) -> u8 {
        self.place(AccountMeta::new(address, false))
    }

    /// A call; who of `own` is to sign does so by the program's word, anybody else by the transaction's.
    fn call(&mut self, call: &Instruction, own: &[Own]) -> Vec<u8> {
        let signs = |own: &&Own| call.accounts.iter().any(|meta| meta.is_signer && meta.pubkey == own.address);
        let signing: Vec<&Own> = own.iter().filter(signs).collect();
        let mut data = vec![steps::CALL, self.read(call.program_id), u8::try_from(signing.len()).unwrap()];
        for own in &signing {
            data.extend(own.number.to_le_bytes());
            data.push(own.bump);
        }
        data.push(u8::try_from(call.accounts.len()).unwrap());
        for meta in &call.accounts {
            let is_own = is_own(&meta.pubkey);
            data.push(self.place(AccountMeta { is_signer: meta.is_signer && !is_own, ..meta.clone() }));
            let signer = if meta.is_signer { steps::SIGNER } else { 0 };
            data.push(signer | if meta.is_writable { steps::WRITABLE } else { 0 });
        }
        put(&mut data, &call.data);
        data
    }
}

/// No transaction can be signed for such an address.
fn is_own(address: &Pubkey) -> bool {
    !address.is_on_curve()
}

fn put(data: &mut Vec<u8>, bytes: &[u8]) {
    data.extend(u16::try_from(bytes.len()).unwrap().to_le_bytes());
    data.extend(bytes);
}

/// The instruction that plays steps, with these addresses to sign for.
pub fn script(play: &[Step], own: &[Own]) -> Instruction {
    let (mut accounts, mut data) = (Accounts::default(), vec![steps::SCRIPT]);
    for step in play {
        match step {
            Step::Call(call) => data.extend(accounts.call(call, own)),
            Step::CallUnsigned(call) => data.extend(accounts.call(call, &[])),
            Step::Answer(bytes) => {
                data.push(steps::ANSWER);
                put(&mut data, bytes);
            }
            Step::Trust(program) => data.extend([steps::TRUST, accounts.read(*program)]),
            Step::Log(bytes) => {
                data.push(steps::LOG);
                put(&mut data, bytes);
            }
            Step::Write(account, at, bytes) => {
                data.extend([steps::WRITE, accounts.written(*account)]);
                data.extend(at.to_le_bytes());
                put(&mut data, bytes);
            }
            Step::Move(from, to, amount) => {
                data.extend([steps::MOVE, accounts.written(*from), accounts.written(*to)]);
                data.extend(amount.to_le_bytes());
            }
            Step::Assign(account, owner) => {
                data.extend([steps::ASSIGN, accounts.written(*account), accounts.read(*owner)]);
            }
            Step::Hold(account) => data.extend([steps::HOLD, accounts.written(*account)]),
        }
    }
    Instruction { program_id: HOSTILE, accounts: accounts.0, data }
}

/// An instruction called from inside so many nested calls of the program, the innermost of which signs.
pub fn relayed(instruction: &Instruction, depth: usize, own: &[Own]) -> Instruction {
    let innermost = script(&[Step::Call(instruction.clone())], own);
    (1..depth).fold(innermost, |inner, _| script(&[Step::Call(inner)], &[]))
}
