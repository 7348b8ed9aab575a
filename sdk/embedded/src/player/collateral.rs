//! Other collateral, trades within a bound, and liens, played on the compiled program.

use anyhow::Context;
use keel_engine::Error;
use keel_engine::lien::Terms;
use keel_engine::state::USDC;
use keel_engine::trade::Order;
use keel_sdk::instructions::{
    BuyCollateral, CallLien, DepositAndTrade, GiveAccount, PlaceLien, ReleaseLien, Seize, Trade, TradeExact, TradeTo,
};
use keel_simulator::liens::LienAct;
use keel_simulator::precheck::Found;
use keel_simulator::{Action, BankFeed};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::{Person, Player, Unsent};
use crate::collateral::Collateral;

impl Player {
    /// The owner's token account of a bank's mint.
    pub(super) fn tokens(&self, who: usize, bank: usize) -> Result<Pubkey, Unsent> {
        let person = self.owner_of(who)?;
        match bank.checked_sub(1) {
            None => Ok(person.tokens),
            Some(place) => person.collateral.get(place).copied().ok_or(Unsent::Refused(Error::WrongBank)),
        }
    }

    fn collateral_of(&self, bank: usize) -> Result<Collateral, Unsent> {
        let place = bank.checked_sub(USDC.saturating_add(1));
        let collateral = place.and_then(|place| self.collateral.get(place));
        collateral.copied().ok_or(Unsent::Refused(Error::WrongBank))
    }

    /// Publishes the updates that a transaction on a bank brings.
    pub(super) fn publish_bank(&mut self, bank: usize) -> Result<(), Unsent> {
        let (collateral, now) = (self.collateral_of(bank)?, self.exchange.chain.now().unix);
        let price = self.bank_feeds.sample(bank, BankFeed::Price, now).context("a bank without a feed")?;
        let rate = self.bank_feeds.sample(bank, BankFeed::Rate, now);
        Ok(collateral.publish(&mut self.exchange.chain, &price, rate.as_ref())?)
    }

    /// What to send for something about other collateral or a trade within a bound, and who signs. `price` is the market's
    /// price account.
    pub(super) fn collateral(
        &self,
        action: &Action,
        found: &Found,
        (signer, price): (Option<usize>, Pubkey),
    ) -> Result<(Vec<Instruction>, Vec<Keypair>), Unsent> {
        let (chain, Found { who: account, by: buyer, market, bank, .. }) = (&self.exchange.chain, *found);
        let person = |who: usize| match signer {
            Some(signer) => self.signer_for(signer, &account),
            None => self.owner_of(who),
        };
        let trade = |person: &Person, order: Order| {
            let Order { side, exact, limit, reduce_only, all_or_nothing } = order;
            let (authority, reach) = (person.key.pubkey(), self.reach(market)?);
            Ok::<_, Unsent>(Trade {
                authority,
                account,
                market,
                price,
                side,
                exact,
                limit,
                reduce_only,
                all_or_nothing,
                reach,
            })
        };
        let one = |instruction: Instruction, person: &Person| (vec![instruction], vec![person.key.insecure_clone()]);
        Ok(match *action {
            Action::BuyCollateral { by, ref purchase, .. } => {
                let (person, mint) = (self.owner_of(by)?, self.mint(bank)?);
                let (most, limit) = (purchase.most, purchase.limit);
                let buy = BuyCollateral { owner: person.key.pubkey(), buyer, account, mint, most, limit };
                one(buy.instruction(chain)?, person)
            }
            Action::DepositAndTrade { who, amount: deposit, order, .. } => {
                let (person, mint) = (person(who)?, self.mint(bank)?);
                let (trade, source) = (trade(person, order)?, self.tokens(who, bank)?);
                one(DepositAndTrade { trade, mint, source, deposit }.instruction(chain)?, person)
            }
            Action::TradeExact { who, order, bound, .. } => {
                let person = person(who)?;
                one(TradeExact { trade: trade(person, order)?, bound }.instruction(chain)?, person)
            }
            Action::TradeTo { who, target, tolerance, limit, .. } => {
                let (person, reach) = (person(who)?, self.reach(market)?);
                let authority = person.key.pubkey();
                let to = TradeTo { authority, account, market, price, target, tolerance, limit, reach };
                one(to.instruction(chain)?, person)
            }
            _ => (vec![self.collateral_of(bank)?.refresh().instruction()], Vec::new()),
        })
    }

    /// What to send for something that is done with a lien or with an account as a whole, and who signs.
    pub(super) fn lien(
        &self,
        act: &LienAct,
        found: &Found,
        signer: Option<usize>,
    ) -> Result<(Vec<Instruction>, Vec<Keypair>), Unsent> {
        let (chain, Found { who: account, by: receiver, key, bank, .. }) = (&self.exchange.chain, *found);
        let owner = |who: usize| match signer {
            Some(signer) => self.signer_for(signer, &account),
            None => self.owner_of(who),
        };
        let person = match *act {
            LienAct::Give { who, .. } | LienAct::Place { who, .. } => owner(who)?,
            LienAct::Call { by, .. } | LienAct::Release { by, .. } => self.signer_for(by, &account)?,
            LienAct::Seize { by, .. } => self.owner_of(by)?,
        };
        let signs = person.key.pubkey();
        let instruction = match *act {
            LienAct::Give { .. } => GiveAccount { owner: signs, account, new_owner: key }.instruction(),
            LienAct::Place { floor, notice_secs, .. } => {
                let terms = Terms { holder: key.to_bytes(), floor, notice_secs };
                PlaceLien { owner: signs, account, terms }.instruction()
            }
            LienAct::Call { notice, .. } => CallLien { holder: signs, account, notice }.instruction(),
            LienAct::Release { .. } => ReleaseLien { holder: signs, account }.instruction(),
            LienAct::Seize { amount, .. } => {
                let mint = self.mint(bank)?;
                Seize { holder: signs, account, receiver, mint, amount }.instruction(chain)?
            }
        };
        Ok((vec![instruction], vec![person.key.insecure_clone()]))
    }
}
