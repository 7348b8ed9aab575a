//! Steps about the program, the exchange, its bank, its keys and its launch.

use keel_engine::exchange_params::{BankParams, ExchangeParams};
use keel_engine::governance::BankTerms;
use keel_engine::state::{Bank, Exchange};
use keel_sdk::accounts::Stored;
use keel_sdk::address;
use keel_sdk::instructions::Plan as Content;
use solana_pubkey::Pubkey;

use super::{Planner, State, Step};
use crate::action::Action;
use crate::program::DATA_HEADER;
use crate::terms::{Common, difference};

/// Bytes of a token account, of a program account, and of a change.
pub(super) const TOKEN_LENGTH: usize = 165;
const PROGRAM_LENGTH: usize = 36;
/// Quote atoms in a dollar.
const QUOTE_ATOMS: u64 = 1_000_000;
/// What there is of something that is not there.
const NOTHING: &str = "not there";

impl Planner<'_> {
    pub(super) fn program(&mut self) {
        let deployed = self.deployed;
        let found = deployed.map_or_else(|| NOTHING.to_owned(), |deployed| format!("sha256 {}", deployed.sha256));
        let Some(program) = &self.request.program else {
            return self.steps.push(Step::new("program", found, "as it is"));
        };
        let wanted = format!("sha256 {}, {} bytes", program.sha256(), program.bytes().len());
        let step = Step::new("program", found, wanted);
        let length = program.bytes().len();
        let deployer = self.request.deployer();
        let step = match deployed {
            Some(deployed) if deployed.sha256 == program.sha256() => step,
            Some(deployed) => match deployed.authority {
                Some(authority) if authority == deployer => {
                    step.by(Action::Program).making(&[length.saturating_add(DATA_HEADER)])
                }
                Some(signer) => step.in_state(State::Others { signer }),
                None => {
                    self.refuse("the program is another one and nobody may replace it: deploy at another address");
                    step
                }
            },
            None if !self.request.has_key(&address::PROGRAM_ID) => {
                self.refuse(format!(
                    "the program is not deployed: bring the key of {} (--program-key), whose address it is built for",
                    address::PROGRAM_ID
                ));
                step
            }
            None => {
                let room = self.request.deployment().program_room.unwrap_or(length.saturating_add(length / 4));
                step.by(Action::Program).making(&[room.saturating_add(DATA_HEADER), PROGRAM_LENGTH])
            }
        };
        self.steps.push(step);
    }

    pub(super) fn exchange(&mut self) {
        let Ok(Some(guardian)) = self.request.guardian() else { return };
        let deployer = self.request.deployer();
        if let Some(exchange) = self.exchange {
            let admin = Pubkey::from(exchange.admin);
            return self.steps.push(Step::new("exchange", format!("admin {admin}"), "initialised"));
        }
        let step = Step::new("exchange", NOTHING, format!("initialised by {deployer}, guardian {guardian}"));
        let step = step.by(Action::Initialize { guardian }).making(&[Exchange::LEN]);
        let authority = self.deployed.map_or(Some(deployer), |deployed| deployed.authority);
        match authority {
            Some(authority) if authority == deployer => self.steps.push(step),
            Some(signer) => self.steps.push(step.in_state(State::Others { signer })),
            None => {
                self.refuse("the exchange is not initialised and the program has no upgrade authority, who could do it")
            }
        }
    }

    /// The bank of the quote currency, if it is there.
    pub(super) fn quote_bank(&self) -> Option<(Pubkey, Option<Bank>)> {
        let mint = self.request.quote_mint().ok().flatten()?;
        Some((mint, self.chain.state(&address::bank(&mint))))
    }

    pub(super) fn bank(&mut self) {
        let Some((mint, bank)) = self.quote_bank() else { return };
        match bank {
            Some(bank) if bank.index == 0 => self.steps.push(Step::new("bank", format!("bank 0 of {mint}"), "bank 0")),
            Some(bank) => {
                self.refuse(format!(
                    "{mint} is bank {}, not the first: another mint is the quote currency",
                    bank.index
                ));
            }
            None if self.exchange.is_some_and(|exchange| exchange.banks != 0) => {
                self.refuse(format!("the exchange has another quote currency than {mint}: check quote_mint"));
            }
            None => {
                let terms = BankTerms { mint: mint.to_bytes(), ..BankTerms::default() };
                let step = Step::new("bank", NOTHING, format!("bank 0 of {mint}")).by(Action::AddBank { terms });
                self.push_admins(step.making(&[Bank::LEN, TOKEN_LENGTH]));
            }
        }
    }

    pub(super) fn parameters(&mut self) {
        let Ok(common) = Common::of(&self.request.genesis) else { return };
        // What an exchange starts with where it is not there yet.
        let defaults = Common::of(&keel_simulator::genesis::Genesis {
            exchange: Default::default(),
            ..self.request.genesis.clone()
        });
        let Ok(defaults) = defaults else { return };
        let found = self.exchange.as_ref().map_or(defaults.exchange, ExchangeParams::of);
        let (has, wants) = difference(found.values(), common.exchange.values());
        let content = Content::ExchangeParams(common.exchange);
        self.push_parameters("exchange parameters", (has, wants), content, Pubkey::default());
        if let Some((mint, bank)) = self.quote_bank() {
            let found = bank.as_ref().map_or(defaults.bank, BankParams::of);
            let (has, wants) = difference(found.values(), common.bank.values());
            self.push_parameters("bank parameters", (has, wants), Content::BankParams(0, common.bank), mint);
        }
    }

    /// A step about parameters, of which those are told that differ.
    pub(super) fn push_parameters(
        &mut self,
        name: impl Into<String>,
        (found, wanted): (String, String),
        content: Content,
        source: Pubkey,
    ) {
        if wanted.is_empty() {
            return self.steps.push(Step::new(name, "as wanted", "as the file says"));
        }
        self.push_change(Step::new(name, found, wanted), content, source);
    }

    pub(super) fn keys(&mut self) {
        let Some(exchange) = self.exchange else {
            // The guardian comes with the exchange.
            if let Ok(Some(treasury)) = self.request.treasury() {
                self.push_key("treasury", [0; 32], treasury, Content::Treasury(treasury));
            }
            return;
        };
        if let Ok(Some(guardian)) = self.request.guardian() {
            self.push_key("guardian", exchange.guardian, guardian, Content::Guardian(guardian));
        }
        if let Ok(Some(treasury)) = self.request.treasury() {
            self.push_key("treasury", exchange.treasury, treasury, Content::Treasury(treasury));
        }
    }

    fn push_key(&mut self, name: &str, found: [u8; 32], wanted: Pubkey, content: Content) {
        let found = Pubkey::from(found);
        let text = if found == Pubkey::default() { "nobody".to_owned() } else { found.to_string() };
        let step = Step::new(name, text, wanted.to_string());
        if found == wanted { self.steps.push(step) } else { self.push_change(step, content, Pubkey::default()) }
    }

    pub(super) fn insurance(&mut self) {
        let usd = self.request.deployment().insurance_usd;
        let Some((mint, _)) = self.quote_bank().filter(|_| usd != 0) else { return };
        let wanted = usd.saturating_mul(QUOTE_ATOMS);
        let found = self.exchange.map_or(0, |exchange| exchange.insurance);
        let step = Step::new("insurance", format!("{} USD", found / QUOTE_ATOMS), format!("{usd} USD"));
        // What was paid out since the launch is no reason to pay in again.
        if found >= wanted || self.is_launched() {
            return self.steps.push(step);
        }
        let (amount, source) = (wanted.saturating_sub(found), address::token_account(&self.request.deployer(), &mint));
        let has = self.chain.tokens(&source).unwrap_or_default();
        if has < amount {
            self.refuse(format!(
                "the insurance lacks {} USD and the deployer's token account {source} has {}: bring the rest there",
                amount / QUOTE_ATOMS,
                has / QUOTE_ATOMS
            ));
        }
        self.steps.push(step.by(Action::Insure { mint, amount }));
    }

    pub(super) fn launch(&mut self) {
        let Some((mint, _)) = self.quote_bank() else { return };
        // The admin who is to be is named before the launch: after it that would wait for the timelock.
        if let (Ok(Some(admin)), false) = (self.request.admin(), self.is_launched()) {
            self.pending_admin(admin);
        }
        let launched_at = self.exchange.map_or(0, |exchange| exchange.launched_at);
        if launched_at != 0 {
            return self.steps.push(Step::new("launch", format!("launched at {launched_at}"), "deposits open"));
        }
        let open = self.steps.iter().any(|step| !step.is_done() && step.state != State::Ready);
        let others = self.request.genesis.banks.iter().filter_map(|bank| self.request.mint(bank).ok().flatten());
        let mints = [mint].into_iter().chain(others).collect();
        let step = Step::new("launch", "deposits closed", "deposits open").by(Action::Launch { mints });
        // What is not there at the launch would wait for the timelock.
        if open { self.steps.push(step.in_state(State::Blocked)) } else { self.push_admins(step) }
    }

    fn pending_admin(&mut self, admin: Pubkey) {
        let (found, pending) = self.exchange.map_or_else(
            || (self.request.deployer(), Pubkey::default()),
            |exchange| (Pubkey::from(exchange.admin), Pubkey::from(exchange.pending_admin)),
        );
        let step = Step::new("admin named", found.to_string(), format!("{admin} may accept"));
        if found == admin || pending == admin {
            return self.steps.push(step);
        }
        self.push_change(step, Content::PendingAdmin(admin), Pubkey::default());
    }

    /// What is handed over in the end.
    pub(super) fn handover(&mut self) {
        let deployer = self.request.deployer();
        if let Ok(Some(wanted)) = self.request.upgrade_authority() {
            let text = |key: Option<Pubkey>| key.map_or_else(|| "nobody".to_owned(), |key| key.to_string());
            let found = self.deployed.map_or(Some(deployer), |deployed| deployed.authority);
            let step = Step::new("upgrade authority", text(found), text(wanted));
            self.steps.push(match found {
                _ if found == wanted => step,
                Some(authority) if authority == deployer => step.by(Action::UpgradeAuthority(wanted)),
                Some(signer) => step.in_state(State::Others { signer }),
                None => {
                    self.refusals.push("nobody may replace the program any more: no authority can be named".to_owned());
                    step
                }
            });
        }
        let Ok(Some(admin)) = self.request.admin() else { return };
        if self.is_launched() {
            self.pending_admin(admin);
        }
        let found = self.exchange.map_or(deployer, |exchange| Pubkey::from(exchange.admin));
        let step = Step::new("admin", found.to_string(), admin.to_string());
        let is_named = self.step_is_done("admin named");
        self.steps.push(if found == admin {
            step
        } else if !self.request.has_key(&admin) {
            step.in_state(State::Others { signer: admin })
        } else if is_named {
            step.by(Action::AcceptAdmin { admin })
        } else {
            step.in_state(State::Blocked)
        });
    }

    fn step_is_done(&self, name: &str) -> bool {
        self.steps.iter().any(|step| step.name == name && step.is_done())
    }
}
