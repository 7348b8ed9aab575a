//! What is asked for: the genesis file, whose keys there are, and the program file.

use keel_sdk::pyth;
use keel_simulator::genesis::{BankGenesis, Deployment, Genesis, MarketGenesis, NOBODY};
use solana_pubkey::Pubkey;

use crate::feed::{Feed, feed_account};
use crate::program::Program;

/// A deployment that somebody asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The genesis file. Keys that the caller makes itself, as the local network does, are written into its
    /// `deployment`.
    pub genesis: Genesis,
    /// Keys at hand, the deployer's first: [`Keys::addresses`](crate::Keys::addresses).
    pub signers: Vec<Pubkey>,
    /// The program file. Without it the program has to be there already and is left as it is.
    pub program: Option<Program>,
    /// Lets a plain key be admin or upgrade authority on mainnet.
    pub allow_single_key: bool,
}

impl Request {
    /// The plain request.
    pub const fn new(genesis: Genesis, signers: Vec<Pubkey>, program: Option<Program>) -> Self {
        Self { genesis, signers, program, allow_single_key: false }
    }

    /// Who pays, is the upgrade authority at first, and the first admin.
    pub fn deployer(&self) -> Pubkey {
        self.signers.first().copied().unwrap_or_default()
    }

    pub(crate) fn has_key(&self, key: &Pubkey) -> bool {
        self.signers.contains(key)
    }

    pub(crate) const fn deployment(&self) -> &Deployment {
        &self.genesis.deployment
    }

    /// A key of the deployment, if it is set. The error says that it is no address.
    pub(crate) fn key(&self, name: &str, text: &Option<String>) -> Result<Option<Pubkey>, String> {
        let parsed =
            Deployment::set(text).map(|text| text.parse().map_err(|_| format!("{name} `{text}` is no address")));
        parsed.transpose()
    }

    pub(crate) fn quote_mint(&self) -> Result<Option<Pubkey>, String> {
        self.key("quote_mint", &self.deployment().quote_mint)
    }

    pub(crate) fn guardian(&self) -> Result<Option<Pubkey>, String> {
        self.key("guardian", &self.deployment().guardian)
    }

    pub(crate) fn admin(&self) -> Result<Option<Pubkey>, String> {
        self.key("admin", &self.deployment().admin)
    }

    pub(crate) fn treasury(&self) -> Result<Option<Pubkey>, String> {
        self.key("treasury", &self.deployment().treasury)
    }

    /// Who may replace the program in the end: nothing where the file does not say, `Some(None)` for nobody.
    #[allow(clippy::option_option, reason = "not said and nobody are different things")]
    pub(crate) fn upgrade_authority(&self) -> Result<Option<Option<Pubkey>>, String> {
        let text = &self.deployment().upgrade_authority;
        if text.as_deref() == Some(NOBODY) {
            return Ok(Some(None));
        }
        Ok(self.key("upgrade_authority", text)?.map(Some))
    }

    /// A market's price account.
    pub(crate) fn feed(&self, market: &MarketGenesis) -> Result<Feed, String> {
        let id = market.feed().map_err(|error| error.to_string())?;
        let feed = self.pushed(id, &market.price_owner)?;
        let named = self.key("price_account", &market.price_account)?;
        Ok(Feed { address: named.unwrap_or(feed.address), ..feed })
    }

    /// The accounts of the price of a bank's collateral and of its exchange rate.
    pub(crate) fn bank_feeds(&self, bank: &BankGenesis) -> Result<(Feed, Option<Feed>), String> {
        let id = bank.feed().map_err(|error| error.to_string())?;
        let rate = bank.rate_feed().map_err(|error| error.to_string())?;
        let rate = (rate != [0; 32]).then(|| self.pushed(rate, &bank.price_owner)).transpose()?;
        Ok((self.pushed(id, &bank.price_owner)?, rate))
    }

    /// Mint of a bank of other collateral.
    pub(crate) fn mint(&self, bank: &BankGenesis) -> Result<Option<Pubkey>, String> {
        self.key(&format!("mint of {}", bank.name), &bank.mint)
    }

    /// Where a feed is pushed; `owner` owns its accounts where it is another than the deployment's.
    fn pushed(&self, id: [u8; 32], owner: &Option<String>) -> Result<Feed, String> {
        let deployment = self.deployment();
        let owner = match self.key("price_owner", owner)? {
            Some(owner) => owner,
            None => self.key("price_owner", &deployment.price_owner)?.unwrap_or(pyth::RECEIVER),
        };
        let oracle = self.key("push_oracle", &deployment.push_oracle)?.unwrap_or(pyth::PUSH_ORACLE);
        Ok(Feed { address: feed_account(&oracle, deployment.push_shard, &id), owner, id })
    }
}
