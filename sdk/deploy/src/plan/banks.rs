//! Steps about banks of other collateral than USDC: listed before the launch or by governance after it, their parameters, and
//! what of a listed one can never be changed.

use bytemuck::Zeroable;
use keel_engine::exchange_params::{BankParams, set_collateral_defaults};
use keel_engine::governance::BankTerms;
use keel_engine::state::Bank;
use keel_sdk::accounts::Stored;
use keel_sdk::address;
use keel_sdk::instructions::Plan as Content;
use keel_simulator::genesis::BankGenesis;
use solana_pubkey::Pubkey;

use super::exchange::TOKEN_LENGTH;
use super::{Planner, State, Step};
use crate::action::Action;
use crate::terms::difference;

impl Planner<'_> {
    pub(super) fn collateral(&mut self, place: usize) {
        let Some(bank) = self.request.genesis.banks.get(place).cloned() else { return };
        let Ok(number) = u8::try_from(place.saturating_add(1)) else { return };
        let refusals = self.seen.bank(&bank, number);
        if !refusals.is_empty() {
            return self.refusals.extend(refusals);
        }
        let (Ok(Some(mint)), Ok((price, rate))) = (self.request.mint(&bank), self.request.bank_feeds(&bank)) else {
            return;
        };
        let Ok(params) = bank.params(number) else { return };
        let terms = BankTerms {
            mint: mint.to_bytes(),
            price_owner: price.owner.to_bytes(),
            feed_id: price.id,
            rate_feed_id: rate.map(|rate| rate.id).unwrap_or_default(),
        };
        let listed = self.chain.state::<Bank>(&address::bank(&mint));
        self.listing(&bank, number, &terms, listed.as_ref());
        self.weights(&bank, (number, mint), listed.as_ref(), params);
    }

    fn listing(&mut self, bank: &BankGenesis, number: u8, terms: &BankTerms, listed: Option<&Bank>) {
        let name = &bank.name;
        let mint = Pubkey::from(terms.mint);
        let title = step_name(bank, number);
        if let Some(listed) = listed {
            let rows = [
                (listed.index == number, "number (are the banks of the file in their order?)"),
                (listed.feed_id == terms.feed_id, "feed"),
                (listed.rate_feed_id == terms.rate_feed_id, "rate feed"),
                (listed.price_owner == terms.price_owner, "price_owner"),
            ];
            if let Some((_, what)) = rows.iter().find(|(is_same, _)| !is_same) {
                self.refuse(format!(
                    "bank {number} is not {name} as the file has it: its {what} differs and never changes"
                ));
            }
            return self.steps.push(Step::new(title, format!("bank {} of {mint}", listed.index), "listed"));
        }
        let rate = if terms.rate_feed_id == [0; 32] { "" } else { ", with an exchange rate" };
        let step = Step::new(title, "not there", format!("bank {number} of {mint}{rate}"));
        let step = step.making(&[Bank::LEN, TOKEN_LENGTH]);
        if !self.is_launched() {
            return self.push_admins(step.by(Action::AddBank { terms: *terms }));
        }
        let queued = self.changes.bank_listing(&mint).filter(|(_, queued)| queued == terms).map(|(change, _)| *change);
        match queued {
            Some(change) if self.chain.now.unix >= change.executable_at => {
                self.steps.push(step.by(Action::Execute { number: change.number, source: mint, feed: None }));
            }
            Some(change) => self.steps.push(step.in_state(State::Waits { until: change.executable_at })),
            None => self.push_admins(step.by(Action::Change(Box::new(Content::AddBank(*terms))))),
        }
    }

    fn weights(&mut self, bank: &BankGenesis, (number, mint): (u8, Pubkey), listed: Option<&Bank>, params: BankParams) {
        let mut fresh = Bank::zeroed();
        set_collateral_defaults(&mut fresh);
        let found = BankParams::of(listed.unwrap_or(&fresh));
        let (has, wants) = difference(found.values(), params.values());
        let name = format!("parameters of bank {number} {}", bank.name);
        let title = step_name(bank, number);
        let is_made_at_once = |step: &Step| matches!(step.action, Action::AddBank { .. });
        let will_be =
            self.steps.iter().any(|step| step.name == title && step.state == State::Ready && is_made_at_once(step));
        if wants.is_empty() || listed.is_some() || will_be {
            return self.push_parameters(name, (has, wants), Content::BankParams(number, params), mint);
        }
        // Its weight begins to move once it is listed and the change is due.
        self.steps.push(Step::new(name, has, wants).in_state(State::Blocked));
    }
}

fn step_name(bank: &BankGenesis, number: u8) -> String {
    format!("bank {number} {}", bank.name)
}
