//! Every example of every instruction, built by `keel-cpi` from the accounts and arguments that `keel-sdk` gave it, by
//! name: the same metas, the same data.
//!
//! The declarations are read a second time, by another macro than the crate's: this one makes of each a function that
//! fills the crate's struct.

use keel_chain_tests::cases;
use keel_chain_tests::cast::Cast;
use keel_chain_tests::idl::{Declared, Idl};
use keel_chain_tests::{BTC, SOL};
use keel_cpi::{NO_LIMIT, Optional, Role, exact, flags, side};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::trade::Order;
use keel_engine::units::Price;
use keel_sdk::instructions::{Leg, TradeLegs};
use keel_sdk::path::Reach;
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// What `keel-sdk` built, of which `keel-cpi` is given the parts.
struct Given<'g> {
    declared: &'g Declared,
    instruction: &'g Instruction,
}

/// What `keel-cpi` made of it.
struct Built {
    metas: Vec<AccountMeta>,
    accounts: Vec<Pubkey>,
    data: Vec<u8>,
}

/// An instruction of `keel-cpi`.
struct Made {
    number: u8,
    roles: &'static [Role],
    build: fn(&Given) -> Built,
}

macro_rules! calls {
    ($(
        $(#[doc = $doc:literal])*
        $number:literal $name:ident {
            $($(#[doc = $account_doc:literal])* $account:ident: $role:ident $held:ty,)*
        } with {
            $($(#[doc = $argument_doc:literal])* $argument:ident: $kind:ty,)*
        }
    )*) => {
        pub const ALL: &[super::Made] = &[$(super::Made {
            number: keel_cpi::$name::<()>::NUMBER,
            roles: &keel_cpi::$name::<()>::ROLES,
            build: |given| {
                let call = keel_cpi::$name {
                    $($account: given.$role(stringify!($account)),)*
                    $($argument: given.argument::<$kind>(stringify!($argument)),)*
                };
                super::Built {
                    metas: call.metas(|key, role| super::meta(*key, role)).to_vec(),
                    data: call.data().to_vec(),
                    accounts: call.into_accounts().to_vec(),
                }
            },
        },)*];
    };
}

#[path = "../../../../sdk/cpi/src/generated/from_00.rs"]
mod from_00;
#[path = "../../../../sdk/cpi/src/generated/from_16.rs"]
mod from_16;
#[path = "../../../../sdk/cpi/src/generated/from_32.rs"]
mod from_32;
#[path = "../../../../sdk/cpi/src/generated/from_48.rs"]
mod from_48;
#[path = "../../../../sdk/cpi/src/generated/from_64.rs"]
mod from_64;
#[path = "../../../../sdk/cpi/src/generated/from_80.rs"]
mod from_80;

fn made() -> Vec<&'static Made> {
    [from_00::ALL, from_16::ALL, from_32::ALL, from_48::ALL, from_64::ALL, from_80::ALL].into_iter().flatten().collect()
}

fn meta(pubkey: Pubkey, role: Role) -> AccountMeta {
    AccountMeta { pubkey, is_signer: role.signer, is_writable: role.writable }
}

impl Given<'_> {
    fn read(&self, name: &str) -> Pubkey {
        self.instruction.accounts[self.declared.place(name)].pubkey
    }

    fn written(&self, name: &str) -> Pubkey {
        self.read(name)
    }

    fn signer(&self, name: &str) -> Pubkey {
        self.read(name)
    }

    fn payer(&self, name: &str) -> Pubkey {
        self.read(name)
    }

    fn maybe_read(&self, name: &str) -> Optional<Pubkey> {
        let key = self.read(name);
        if key == Pubkey::from(keel_cpi::PROGRAM_ID) { Optional::Absent(key) } else { Optional::Given(key) }
    }

    fn maybe_written(&self, name: &str) -> Optional<Pubkey> {
        self.maybe_read(name)
    }

    fn argument<A: Argument>(&self, name: &str) -> A {
        let (at, kind) = self.declared.places()[name];
        A::from_bytes(&self.instruction.data[at..at + kind.size()])
    }
}

/// An argument, from how it goes over the wire.
trait Argument {
    fn from_bytes(bytes: &[u8]) -> Self;
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(impl Argument for $number {
            fn from_bytes(bytes: &[u8]) -> Self {
                Self::from_le_bytes(bytes.try_into().unwrap())
            }
        })*
    };
}

numbers! { u8 u16 u32 u64 u128 i32 i64 }

impl<const LENGTH: usize> Argument for [u8; LENGTH] {
    fn from_bytes(bytes: &[u8]) -> Self {
        bytes.try_into().unwrap()
    }
}

impl<const LENGTH: usize> Argument for [u16; LENGTH] {
    fn from_bytes(bytes: &[u8]) -> Self {
        let numbers: Vec<u16> = bytes.chunks(2).map(u16::from_bytes).collect();
        numbers.try_into().unwrap()
    }
}

#[test]
fn what_keel_sdk_builds() {
    let (idl, made) = (Idl::read(), made());
    for make in cases::ALL.into_iter().chain(cases::MORE) {
        let mut cast = Cast::new();
        let case = make(&mut cast);
        let (name, instruction) = (case.name, &case.instruction);
        let declared = idl.instruction(name);
        let number = declared.discriminator[0];
        let made = made.iter().find(|made| made.number == number).unwrap_or_else(|| panic!("{name} is not made"));
        let built = (made.build)(&Given { declared, instruction });
        assert_eq!(built.metas, instruction.accounts[..declared.accounts.len()], "{name}");
        assert_eq!(built.data, instruction.data, "{name}");
        let keys: Vec<Pubkey> = built.metas.iter().map(|meta| meta.pubkey).collect();
        assert_eq!(built.accounts, keys, "{name}");
    }
}

#[test]
fn what_the_program_declares() {
    let (idl, made) = (Idl::read(), made());
    assert_eq!(made.len(), idl.instructions.len(), "another file of declarations belongs here");
    for (declared, made) in idl.instructions.iter().zip(made) {
        let name = &declared.name;
        assert_eq!([made.number], declared.discriminator[..], "{name}");
        let told = |role: &Role| (role.name.to_owned(), role.writable, role.signer, role.optional);
        let slots = declared.accounts.iter().map(|slot| (slot.name.clone(), slot.writable, slot.signer, slot.optional));
        assert_eq!(made.roles.iter().map(told).collect::<Vec<_>>(), slots.collect::<Vec<_>>(), "{name}");
    }
}

/// The one argument that is a list.
#[test]
fn legs() {
    let (cast, limit) = (Cast::new(), Price::from_bits(9));
    let (authority, account) = (cast.busy.key.pubkey(), cast.busy.account);
    let leg = |market, side, exact, limit| Leg {
        market,
        price: authority,
        order: Order { side, exact, limit, reduce_only: true, all_or_nothing: true },
        reach: Reach::default(),
    };
    let legs = vec![leg(BTC, Side::Buy, Exact::Base(7), None), leg(SOL, Side::Sell, Exact::Quote(8), Some(limit))];
    let sent = TradeLegs { authority, account, legs }.instruction(&cast.world.exchange.chain).unwrap();
    let flags = flags::REDUCE_ONLY | flags::ALL_OR_NOTHING;
    let legs = keel_cpi::legs(&[
        keel_cpi::Leg { market: BTC, side: side::BUY, kind: exact::BASE, amount: 7, limit: NO_LIMIT, flags },
        keel_cpi::Leg { market: SOL, side: side::SELL, kind: exact::QUOTE, amount: 8, limit: 9, flags },
    ]);
    let (count, legs) = legs.unwrap();
    let built = keel_cpi::TradeLegs { authority, account, count, legs };
    assert_eq!(built.data().to_vec(), sent.data);
}

/// Whoever passes nothing passes the program, which nobody may write.
#[test]
fn nothing_is_read() {
    let program = Optional::Absent(Pubkey::from(keel_cpi::PROGRAM_ID));
    let [bank, vault, ticket, destination, payer, token_program] = [1; 6].map(|byte| Pubkey::from([byte; 32]));
    let call = keel_cpi::PayWithdrawal { bank, vault, ticket, account: program, destination, payer, token_program };
    let metas = call.metas(|key, role| meta(*key, role));
    assert_eq!(metas[3], AccountMeta::new_readonly(Pubkey::from(keel_cpi::PROGRAM_ID), false));
    let given = keel_cpi::PayWithdrawal { account: Optional::Given(bank), ..call };
    assert_eq!(given.metas(|key, role| meta(*key, role))[3], AccountMeta::new(bank, false));
}
