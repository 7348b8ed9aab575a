//! One example of every instruction of the program, ready to be sent in a [`Cast`]'s world and to go through, and what
//! cannot be told from the IDL and from what its accounts are: rules that are the instruction's own.

mod admin;
mod backstop;
mod closing;
mod collateral;
mod composing;
mod delegate;
mod governance;
mod insurance;
mod keeper;
mod liquidation;
pub mod order;
mod owner;
pub mod pool;
mod queue;
mod strategy;
mod trader;
mod views;

use keel_engine::Error;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use crate::cast::Cast;
use crate::hostile;
use crate::lists::Reads;
use crate::trial::Expected;
use crate::world::World;

/// What another account of the right sort gives in a place, or another signer: where that is the instruction's own rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The place's name in the IDL.
    pub slot: &'static str,
    /// What the other account must give.
    pub answer: fn(&World, &Pubkey) -> Expected,
    /// Why.
    pub because: &'static str,
}

/// Two places in which the handler itself looks for one account in both, and its error; nothing where one of the two
/// gives what it gives to anything wrong.
pub type Twice = (&'static str, &'static str, Option<Error>);

/// An instruction that goes through, and the rules of its own.
#[derive(Clone, Debug)]
pub struct Case {
    /// The instruction's name in the IDL.
    pub name: &'static str,
    /// The instruction.
    pub instruction: Instruction,
    /// The place of the margin account whose companion may come behind the declared accounts, and whose owner signs if one does.
    pub subject: &'static str,
    /// What it reads behind its declared accounts.
    pub reads: Reads,
    /// Its own rules.
    pub rules: Vec<Rule>,
    /// Places that may hold one account as far as the framework is concerned.
    pub twice: Vec<Twice>,
    /// Remaining accounts of the example that it can do without.
    pub spare: Vec<Pubkey>,
    /// Whether the remaining accounts may be left out all together.
    pub optional: bool,
    /// Places at whose content nobody looks, only at the address.
    pub unread: Vec<&'static str>,
    /// Places whose account may have become anything: the instruction goes through without it.
    pub survives: Vec<&'static str>,
    /// Places that take any account as far as the framework is concerned, and what they give to any but the right one.
    pub whatever: Vec<(&'static str, Expected)>,
}

impl Case {
    /// An instruction without rules of its own.
    pub const fn new(name: &'static str, instruction: Instruction) -> Self {
        Self {
            name,
            instruction,
            subject: "account",
            reads: Reads::Nothing,
            rules: Vec::new(),
            twice: Vec::new(),
            spare: Vec::new(),
            optional: false,
            unread: Vec::new(),
            survives: Vec::new(),
            whatever: Vec::new(),
        }
    }

    fn subject(self, subject: &'static str) -> Self {
        Self { subject, ..self }
    }

    fn reads(self, reads: Reads) -> Self {
        Self { reads, ..self }
    }

    fn rule(mut self, slot: &'static str, answer: fn(&World, &Pubkey) -> Expected, because: &'static str) -> Self {
        self.rules.push(Rule { slot, answer, because });
        self
    }

    /// An instruction that opens something: `who` signs, and somebody else, who signs as well, pays.
    fn paid(mut self, who: &'static str, payer: Pubkey) -> Self {
        let place = self.instruction.accounts.iter_mut().find(|meta| meta.is_signer && meta.is_writable);
        place.expect("one pays").pubkey = payer;
        self.rule("payer", |_, _| Expected::Served, "whoever signs may pay").twice(who, "payer", None)
    }

    fn twice(mut self, one: &'static str, other: &'static str, error: Option<Error>) -> Self {
        self.twice.push((one, other, error));
        self
    }

    fn spare(mut self, spare: impl IntoIterator<Item = Pubkey>) -> Self {
        self.spare.extend(spare);
        self
    }

    fn unread(mut self, slot: &'static str) -> Self {
        self.unread.push(slot);
        self
    }

    fn survives(mut self, slot: &'static str) -> Self {
        self.survives.push(slot);
        self
    }

    fn whatever(mut self, slot: &'static str, answer: Expected) -> Self {
        self.whatever.push((slot, answer));
        self
    }

    fn optional(self) -> Self {
        Self { optional: true, ..self }
    }
}

/// Makes a case from the present of a world.
pub type Make = fn(&mut Cast) -> Case;

/// An example of every instruction, each by the discriminator that is its place here.
pub const ALL: [Make; 87] = [
    admin::initialize,
    admin::add_bank,
    admin::create_market,
    admin::create_tick_array,
    owner::open_account,
    owner::open_ranges,
    owner::close_account,
    owner::close_ranges,
    owner::deposit,
    owner::withdraw,
    keeper::refresh,
    trader::trade,
    trader::add_range,
    trader::remove_range,
    trader::settle_range,
    trader::settle,
    trader::release,
    keeper::begin_liquidation,
    keeper::unwind_range,
    keeper::liquidate_on_curve,
    keeper::resolve,
    trader::trade_legs,
    liquidation::liquidate,
    liquidation::deleverage,
    governance::launch,
    governance::queue_change,
    governance::cancel_change,
    governance::accept_admin,
    governance::change_exchange,
    governance::change_bank,
    governance::change_market,
    governance::list_market,
    governance::list_bank,
    governance::guard_market,
    governance::guard_bank,
    governance::withdraw_treasury,
    insurance::collect_pledged,
    insurance::fund_market_insurance,
    insurance::fund_insurance,
    insurance::sweep_unbooked,
    queue::queue_withdrawal,
    queue::pay_withdrawal,
    queue::cancel_withdrawal,
    queue::transfer,
    views::view_health,
    views::view_liquidation_price,
    views::view_auction,
    views::view_funding,
    views::view_fee,
    views::view_payout,
    closing::close_market,
    closing::close_position,
    closing::close_tick_array,
    closing::remove_market,
    pool::create_pool,
    pool::request_deposit,
    pool::execute_deposit,
    pool::cancel_deposit,
    pool::request_redeem,
    pool::execute_redeem,
    pool::cancel_redeem,
    strategy::rebalance,
    backstop::backstop,
    backstop::balance_reserve,
    strategy::change_pool,
    strategy::guard_pool,
    pool::view_pool,
    strategy::collect_pool,
    order::place_order,
    order::execute_order,
    order::cancel_order,
    order::clean_order,
    delegate::set_delegate,
    delegate::approve_builder,
    delegate::revoke_builder,
    delegate::trade_with_builder,
    collateral::refresh_bank,
    collateral::buy_collateral,
    collateral::deposit_and_trade,
    composing::trade_exact,
    composing::trade_to,
    composing::give_account,
    composing::place_lien,
    composing::call_lien,
    composing::release_lien,
    composing::seize,
    composing::view_delta,
];

/// Further examples, of what an instruction does in another state.
pub const MORE: [Make; 14] = [
    owner::deposit_that_cures,
    keeper::resolve_with_claims,
    trader::trade_one_leg,
    queue::pay_withdrawal_that_skips,
    queue::cancel_withdrawal_that_cures,
    views::view_health_of_ranges,
    order::execute_order_to_its_end,
    pool::cancel_deposit_that_cures,
    pool::execute_redeem_that_lapses,
    pool::execute_redeem_that_skips,
    strategy::change_pool_that_drops,
    collateral::refresh_bank_with_rate,
    collateral::view_health_of_collateral,
    collateral::trade_with_collateral,
];

/// Plays every example, each in a world of its own that holds the hostile program too. Returns how many there were.
pub fn each(mut play: impl FnMut(&mut Cast, Case)) -> usize {
    let mut cast = Cast::new();
    hostile::deploy(&mut cast.world);
    let all = ALL.into_iter().chain(MORE).map(|make| {
        let mut own = cast.fork();
        let case = make(&mut own);
        play(&mut own, case);
    });
    all.count()
}
