//! The plan: each thing that the genesis file wants, in the order in which it is brought about, with what there is of
//! it.

use anyhow::{Context, Result};
use keel_engine::state::{Exchange, Pool};
use keel_sdk::address;
use solana_pubkey::Pubkey;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;

use crate::action::Action;
use crate::chain::Chain;
use crate::changes::Changes;
use crate::keys::Keys;
use crate::node::Node;
use crate::program::Deployed;
use crate::request::Request;
use crate::rules::Seen;

mod banks;
mod exchange;
mod markets;

/// How far a step is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// What is wanted is there.
    Done,
    /// It can be done now.
    Ready,
    /// It is queued, and may be executed from this unix time on.
    Waits {
        /// Unix time.
        until: i64,
    },
    /// A step before it has to be done first.
    Blocked,
    /// Somebody else has to sign.
    Others {
        /// Whose key it takes.
        signer: Pubkey,
    },
}

/// One thing that the genesis file wants.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it is about; no two steps of a plan have the same name.
    pub name: String,
    /// What there is.
    pub found: String,
    /// What is wanted.
    pub wanted: String,
    /// How far it is.
    pub state: State,
    pub(crate) action: Action,
    /// Bytes of the accounts that it makes.
    pub(crate) makes: Vec<usize>,
}

impl Step {
    fn new(name: impl Into<String>, found: impl Into<String>, wanted: impl Into<String>) -> Self {
        let (name, found, wanted) = (name.into(), found.into(), wanted.into());
        Self { name, found, wanted, state: State::Done, action: Action::Nothing, makes: Vec::new() }
    }

    /// To be done, by this.
    fn by(mut self, action: Action) -> Self {
        (self.state, self.action) = (State::Ready, action);
        self
    }

    fn making(mut self, bytes: &[usize]) -> Self {
        self.makes = bytes.to_vec();
        self
    }

    fn in_state(mut self, state: State) -> Self {
        self.state = state;
        self
    }

    /// Whether it is done.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }
}

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was asked for.
    pub request: Request,
    /// Genesis hash of the cluster that was asked.
    pub genesis_hash: String,
    /// The program that is deployed there.
    pub deployed: Option<Deployed>,
    /// Whether deposits are open.
    pub is_launched: bool,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Why nothing of it may be done; empty where it may.
    pub refusals: Vec<String>,
    /// Lamports that the open steps cost, most of which is rent.
    pub cost: u64,
    pub(crate) chain: Chain,
}

/// What planning looks at.
struct Planner<'a> {
    request: &'a Request,
    chain: &'a Chain,
    deployed: Option<&'a Deployed>,
    exchange: Option<Exchange>,
    pool: Option<Pool>,
    changes: &'a Changes,
    seen: Seen<'a>,
    steps: Vec<Step>,
    refusals: Vec<String>,
}

impl Plan {
    /// Reads the chain and compares it with what is asked for. Errors where the node does not answer; what is wrong
    /// with the request or with what is there is a refusal in the plan.
    pub async fn make(rpc: &RpcClient, request: &Request) -> Result<Self> {
        let node = Node::new(rpc);
        let genesis_hash = rpc.get_genesis_hash().await.context("the node does not answer")?.to_string();
        let deployed = Deployed::read(&node, &address::PROGRAM_ID).await?;
        let mut chain = Chain::read(&node).await?;
        chain.fetch(&node, &wanted_accounts(request)).await?;
        let exchange: Option<Exchange> = chain.state(&address::exchange());
        let changes = match &exchange {
            Some(exchange) => Changes::read(&node, &mut chain, exchange).await?,
            None => Changes::default(),
        };
        let seen = Seen { request, genesis_hash: &genesis_hash, chain: &chain, deployed: deployed.as_ref() };
        let refusals = seen.refusals();
        let pool = chain.state(&address::pool());
        let mut planner = Planner {
            request,
            chain: &chain,
            deployed: deployed.as_ref(),
            exchange,
            pool,
            changes: &changes,
            seen,
            steps: Vec::new(),
            refusals,
        };
        planner.plan();
        let Planner { steps, mut refusals, .. } = planner;
        let cost = cost(&node, &steps).await?;
        let wealth = chain.account(&request.deployer()).map_or(0, |account| account.lamports);
        if cost > wealth {
            let deployer = request.deployer();
            refusals.push(format!("the deployer {deployer} has {wealth} lamports, the plan costs {cost}: bring more"));
        }
        let is_launched = exchange.is_some_and(|exchange| exchange.launched_at != 0);
        let request = request.clone();
        Ok(Self { request, genesis_hash, deployed, is_launched, steps, refusals, cost, chain })
    }

    /// Whether there is nothing to do, now or later.
    pub fn is_complete(&self) -> bool {
        self.refusals.is_empty() && self.steps.iter().all(Step::is_done)
    }

    /// Steps that can be done now.
    pub fn ready(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.state == State::Ready)
    }

    /// The step of that name.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// Whether all keys that it asks for are these.
    pub(crate) fn is_for(&self, keys: &Keys) -> bool {
        self.request.signers == keys.addresses()
    }
}

impl Planner<'_> {
    fn plan(&mut self) {
        self.program();
        self.exchange();
        self.bank();
        self.parameters();
        for place in 0..self.request.genesis.banks.len() {
            self.collateral(place);
        }
        for place in 0..self.request.genesis.markets.len() {
            self.market(place);
        }
        self.pool();
        self.keys();
        self.insurance();
        self.launch();
        self.handover();
    }

    fn refuse(&mut self, refusal: impl Into<String>) {
        self.refusals.push(refusal.into());
    }

    fn is_launched(&self) -> bool {
        self.exchange.is_some_and(|exchange| exchange.launched_at != 0)
    }

    /// A step that the admin signs: somebody else's where the admin's key is not at hand.
    fn push_admins(&mut self, step: Step) {
        let admin = self.exchange.map_or_else(|| self.request.deployer(), |exchange| Pubkey::from(exchange.admin));
        let is_ours = step.state != State::Ready || self.request.has_key(&admin);
        self.steps.push(if is_ours { step } else { step.in_state(State::Others { signer: admin }) });
    }

    /// A change by governance: to be made, waiting in the queue, or due. `source` is what executing it needs.
    fn push_change(&mut self, step: Step, content: keel_sdk::instructions::Plan, source: Pubkey) {
        let queued = self.is_launched().then(|| self.changes.of(&content)).flatten().copied();
        match queued {
            Some(change) if self.chain.now.unix >= change.executable_at => {
                // Anybody may.
                self.steps.push(step.by(Action::Execute { number: change.number, source, feed: None }));
            }
            Some(change) => self.steps.push(step.in_state(State::Waits { until: change.executable_at })),
            None => self.push_admins(step.by(Action::Change(Box::new(content)))),
        }
    }
}

/// Everything that the plan looks at, but for the queue.
fn wanted_accounts(request: &Request) -> Vec<Pubkey> {
    let mut wanted = vec![address::exchange(), address::pool(), address::pool_account(), request.deployer()];
    if let Ok(Some(mint)) = request.quote_mint() {
        wanted.extend([mint, address::bank(&mint), address::token_account(&request.deployer(), &mint)]);
    }
    let keys = [request.admin(), request.upgrade_authority().map(Option::unwrap_or_default)];
    wanted.extend(keys.into_iter().filter_map(|key| key.ok().flatten()));
    for bank in &request.genesis.banks {
        if let Ok(Some(mint)) = request.mint(bank) {
            wanted.extend([mint, address::bank(&mint)]);
        }
        if let Ok((price, rate)) = request.bank_feeds(bank) {
            wanted.extend([Some(price), rate].into_iter().flatten().map(|feed| feed.address));
        }
    }
    for (number, market) in (1u16..).zip(&request.genesis.markets) {
        wanted.push(address::market(number));
        wanted.extend(market.tick_arrays.iter().map(|index| address::tick_array(number, *index)));
        wanted.extend(request.feed(market).map(|feed| feed.address));
    }
    wanted
}

/// Lamports of open steps: rent of what they make, and a fee for every part of a program.
async fn cost(node: &Node<'_>, steps: &[Step]) -> Result<u64> {
    let rpc = node.rpc();
    // Rent is linear in the bytes and those of the account itself.
    let (empty, one) = (
        rpc.get_minimum_balance_for_rent_exemption(0).await?,
        rpc.get_minimum_balance_for_rent_exemption(1_000).await?,
    );
    let made: Vec<usize> =
        steps.iter().filter(|step| step.state == State::Ready).flat_map(|step| step.makes.iter().copied()).collect();
    let bytes: u64 = made.iter().map(|bytes| *bytes as u64).sum();
    let rent = bytes.saturating_mul(one.saturating_sub(empty)).div_ceil(1_000);
    let fees = (bytes / 900).saturating_add(steps.len() as u64).saturating_mul(5_000);
    Ok(rent.saturating_add(empty.saturating_mul(made.len() as u64)).saturating_add(fees))
}
