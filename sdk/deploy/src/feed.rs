//! Where a market's price comes from, and whether it can be listed at it.

use keel_engine::oracle::Sample;
use keel_sdk::pyth;
use solana_account::Account;
use solana_pubkey::Pubkey;

/// Age from which on a feed counts as dead: longer than any heartbeat at which feeds are pushed.
const DEAD_SECS: i64 = 300;

/// The account in which a push oracle keeps a feed's latest update.
pub fn feed_account(push_oracle: &Pubkey, shard: u16, feed_id: &[u8; 32]) -> Pubkey {
    Pubkey::find_program_address(&[&shard.to_le_bytes(), feed_id], push_oracle).0
}

/// A price account that a market is listed by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Feed {
    /// Its address.
    pub(crate) address: Pubkey,
    /// Program that has to own it.
    pub(crate) owner: Pubkey,
    /// The feed.
    pub(crate) id: [u8; 32],
}

impl Feed {
    /// The update that the account holds. The error says what is wrong with it.
    pub(crate) fn sample(&self, account: Option<&Account>) -> Result<Sample, String> {
        let Self { address, owner, id } = self;
        let account = account.ok_or_else(|| {
            format!("there is no price account at {address}: nobody pushes this feed there (shard, push oracle?)")
        })?;
        if account.owner != *owner {
            return Err(format!(
                "the price account {address} belongs to {}, not to the receiver {owner}",
                account.owner
            ));
        }
        pyth::sample_of(&account.data, id).map_err(|error| format!("the price account {address}: {error}"))
    }

    /// As [`Feed::sample`]; a feed that nobody has pushed for minutes is refused too.
    pub(crate) fn alive(&self, account: Option<&Account>, unix: i64) -> Result<Sample, String> {
        let sample = self.sample(account)?;
        let age = unix.saturating_sub(sample.publish_time);
        if age > DEAD_SECS {
            return Err(format!(
                "the price account {} is stale: its update is {age} seconds old. Wait for the feed, or push it",
                self.address
            ));
        }
        Ok(sample)
    }

    /// Whether the program would list a market by this update now.
    pub(crate) fn is_fresh(&self, account: Option<&Account>, max_age_secs: u32, unix: i64) -> bool {
        self.sample(account).is_ok_and(|sample| unix.saturating_sub(sample.publish_time) <= i64::from(max_age_secs))
    }
}
