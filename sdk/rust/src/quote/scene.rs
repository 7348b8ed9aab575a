//! The accounts that follow an instruction's declared ones, as the program sees them: sorted by kind, those of the declared
//! market apart from the others.

use keel_engine::book::Book;
use keel_engine::state::{Bank, MarginAccount, Market, Ranges, TickArray};
use keel_engine::view::{Others, View};
use keel_engine::views::health;
use keel_engine::{Error, Now};
use solana_instruction::AccountMeta;
use solana_pubkey::Pubkey;

use crate::accounts::decode;
use crate::chain::Accounts;
use crate::error::{Result, SdkError};
use crate::remaining::MAX_ARRAYS;
use crate::views::HealthView;

/// Copies of them.
#[derive(Default)]
pub(super) struct Scene {
    /// The companion of the margin account, where it is among them.
    pub(super) ranges: Option<Ranges>,
    /// Banks other than the declared one.
    banks: Vec<Bank>,
    /// Markets other than the declared one.
    markets: Vec<Market>,
    /// Tick arrays of the declared market.
    pub(super) book: Vec<TickArray>,
    /// Tick arrays of the other markets.
    arrays: Vec<TickArray>,
}

impl Scene {
    /// Reads them. `declared` is the number of the declared market, or 0.
    ///
    /// Errors: `Missing`, `WrongKind`; `AccountUnexpected` for more tick arrays than an instruction takes.
    pub(super) fn load(accounts: &impl Accounts, remaining: &[AccountMeta], declared: u16) -> Result<Self> {
        let addresses: Vec<Pubkey> = remaining.iter().map(|meta| meta.pubkey).collect();
        accounts.announce(&addresses);
        let mut scene = Self::default();
        for address in addresses {
            let data = accounts.get(&address).ok_or(SdkError::Missing(address))?;
            if let Some(market) = decode::<Market>(&data) {
                scene.markets.push(market);
            } else if let Some(bank) = decode::<Bank>(&data) {
                scene.banks.push(bank);
            } else if let Some(array) = decode::<TickArray>(&data) {
                let place = if array.market == declared { &mut scene.book } else { &mut scene.arrays };
                place.push(array);
            } else {
                scene.ranges = Some(decode(&data).ok_or(SdkError::WrongKind(address, "account of this exchange"))?);
            }
        }
        if scene.book.len() > MAX_ARRAYS || scene.arrays.len() > MAX_ARRAYS {
            return Err(Error::AccountUnexpected.into());
        }
        Ok(scene)
    }

    /// Plays something on the declared market, with everything else at hand.
    pub(super) fn play<R>(
        &mut self,
        market: &mut Market,
        act: impl FnOnce(&mut Book, Option<&mut Ranges>, Others) -> R,
    ) -> R {
        let banks: Vec<&Bank> = self.banks.iter().collect();
        let markets: Vec<&Market> = self.markets.iter().collect();
        let arrays: Vec<&TickArray> = self.arrays.iter().collect();
        let mut own: Vec<&mut TickArray> = self.book.iter_mut().collect();
        let mut book = Book { market, arrays: &mut own };
        let others = Others { declared: None, banks: &banks, markets: &markets, arrays: &arrays };
        act(&mut book, self.ranges.as_mut(), others)
    }

    /// Looks at everything, no market being declared.
    pub(super) fn look<R>(&self, look: impl FnOnce(Option<&Ranges>, &View) -> R) -> R {
        let banks: Vec<&Bank> = self.banks.iter().collect();
        let markets: Vec<&Market> = self.markets.iter().collect();
        let arrays: Vec<&TickArray> = self.arrays.iter().collect();
        let others = Others { declared: None, banks: &banks, markets: &markets, arrays: &arrays };
        look(self.ranges.as_ref(), &View::of(others))
    }
}

/// Health in the midst of it.
pub(super) fn health_of(
    book: &Book,
    account: &MarginAccount,
    ranges: Option<&Ranges>,
    others: Others,
    now: Now,
) -> keel_engine::Result<HealthView> {
    health::health(account, ranges, &View { traded: Some((book.market, book.arrays)), others }, now)
}
