//! Standing orders, played on the compiled program.

use keel_engine::orders::Ended;
use keel_sdk::events::{Event, OrderExecuted, Traded};
use keel_sdk::instructions::{CancelOrder, CleanOrder, ExecuteOrder, PlaceOrder};
use keel_simulator::Done;
use keel_simulator::orders::OrderAct;
use keel_simulator::precheck::Found;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::{Player, Unsent};
use crate::outcome::Executed;

impl Player {
    /// What to send for something that is done with an order, and who signs.
    pub(super) fn order(
        &self,
        act: &OrderAct,
        found: &Found,
        price: Pubkey,
    ) -> Result<(Vec<Instruction>, Vec<Keypair>), Unsent> {
        let (_, _, by) = act.parts();
        let (chain, signer) = (&self.exchange.chain, &self.signer_for(by, &found.who)?.key);
        let (key, Found { who: account, market, order: number, .. }) = (signer.pubkey(), *found);
        let instruction = match act {
            OrderAct::Place { placing, .. } => {
                let terms = placing.terms(self.started);
                PlaceOrder { authority: key, account, market, number, terms }.instruction()
            }
            OrderAct::Execute { .. } => {
                let reach = self.reach(market)?;
                ExecuteOrder { keeper: key, account, number, price, reach }.instruction(chain)?
            }
            OrderAct::Cancel { .. } => CancelOrder { authority: key, account, number }.instruction(chain)?,
            OrderAct::Clean { .. } => CleanOrder { keeper: key, account, number }.instruction(chain)?,
        };
        Ok((vec![instruction], vec![signer.insecure_clone()]))
    }
}

/// What an execution did, from its events: the trade, the order, and its end where it is over.
pub(super) fn order_done(executed: &Executed) -> Option<Done> {
    let mut events = executed.events.iter().filter_map(|data| Event::decode(data));
    let Some(Event::Traded(Traded { base, quote, fee, .. })) = events.next() else { return None };
    let Some(Event::OrderExecuted(OrderExecuted { tip, .. })) = events.next() else { return None };
    let ended = match events.next() {
        Some(Event::OrderClosed(closed)) => Some(*Ended::ALL.get(usize::from(closed.reason))?),
        _ => None,
    };
    Some(Done::OrderExecuted { base, quote, fee, tip, ended })
}
