//! Standing orders: every account counts its own, and none promises more than it says.

use keel_engine::state::PlacedOrder;

use super::{Broken, Findings};
use crate::books::Books;

pub(super) fn check(books: &Books, findings: &mut Findings) -> Result<(), Broken> {
    for (address, account) in &books.accounts {
        let orders = books.orders_of(address).count();
        findings.equal(orders as i128, i128::from(account.orders), "orders = the account's count of them")?;
    }
    for ((account, number), order) in &books.orders {
        findings.require(books.accounts.contains_key(account), "an order has its account", || format!("{account}"))?;
        let PlacedOrder { amount, filled, skipped, tip, tip_paid, .. } = *order;
        // What is over is closed at once.
        let past = u128::from(filled) + u128::from(skipped);
        findings.require(past < u128::from(amount), "filled + given up < an order's amount", || {
            format!("order {number} of {account}: {filled} + {skipped} of {amount}")
        })?;
        let earned = u128::from(tip) * u128::from(filled) / u128::from(amount.max(1));
        findings.equal(i128::from(tip_paid), earned as i128, "tip paid = its part of the filled")?;
    }
    Ok(())
}
