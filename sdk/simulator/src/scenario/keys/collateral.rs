//! The actions that move tokens of a bank, those about other collateral than USDC, trades within a bound, and liens; with
//! their keys.

use super::actions::{BASE, BY, IN, LIMIT, OWNERS, QUOTE, REDUCE_ONLY, WHO};
use super::{ActionInfo, Key, Kind, Rule, Verb, may, need};

/// The bank of what a step is about, where that may be another than USDC.
pub(super) const OF: Key = may("bank", Kind::Bank, "of which bank, `USDC` by default");
/// A bank of other collateral.
const OTHER: Key = need("bank", Kind::Bank, "of which bank");
const OUTSIDE: Key = need("amount", Kind::Tokens, "how many tokens, which come from outside");
const TOKENS: Key = need("amount", Kind::Tokens, "how many tokens");
const HOLDER: Key = need("by", Kind::Account, "an account whose owner holds the lien, and signs");

/// These actions.
pub(super) const ACTIONS: &[ActionInfo] = &[
    ActionInfo {
        verb: Verb::Deposit,
        name: "deposit",
        keys: &[WHO, OF, OUTSIDE],
        rule: Rule::None,
        what: "Puts tokens into an account.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::Withdraw,
        name: "withdraw",
        keys: &[WHO, OF, TOKENS, OWNERS],
        rule: Rule::None,
        what: "Takes tokens out of an account.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::QueueWithdrawal,
        name: "queue_withdrawal",
        keys: &[WHO, OF, TOKENS, OWNERS],
        rule: Rule::None,
        what: "Puts a withdrawal at the end of the bank's queue.",
        prints: "ticket",
    },
    ActionInfo {
        verb: Verb::PayWithdrawal,
        name: "pay_withdrawal",
        keys: &[OF, may("ticket", Kind::Ticket, "number of the ticket, the first in the queue by default"), BY],
        rule: Rule::None,
        what: "Pays the first in the queue as far as the limit allows, or returns it to its account.",
        prints: "paid, returned, rest",
    },
    ActionInfo {
        verb: Verb::CancelWithdrawal,
        name: "cancel_withdrawal",
        keys: &[
            WHO,
            OF,
            may("ticket", Kind::Ticket, "number of the ticket, the account's first by default"),
            may("by", Kind::Keeper, "who signs: the owner, by default, or somebody else"),
        ],
        rule: Rule::None,
        what: "Takes a waiting withdrawal back into capital.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::Transfer,
        name: "transfer",
        keys: &[WHO, need("to", Kind::Account, "the account that gets it, of the same owner"), OF, TOKENS, OWNERS],
        rule: Rule::None,
        what: "Moves capital to another account of the same owner.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::RefreshBank,
        name: "refresh_bank",
        keys: &[OTHER, BY],
        rule: Rule::None,
        what: "Takes the published price of a bank's collateral, and its exchange rate where it has one.",
        prints: "price, latest, stable, rate",
    },
    ActionInfo {
        verb: Verb::BuyCollateral,
        name: "buy_collateral",
        keys: &[
            WHO,
            OTHER,
            need("by", Kind::Account, "the account that buys, whose owner signs"),
            may("most", Kind::Tokens, "the most tokens to buy, all that is for sale by default"),
            may("limit", Kind::ContractPrice, "worst price, in USD for a token"),
        ],
        rule: Rule::None,
        what: "Buys other collateral of an account in liquidation or in debt, for USDC capital.",
        prints: "amount, paid, discount",
    },
    ActionInfo {
        verb: Verb::DepositAndTrade,
        name: "deposit_and_trade",
        keys: &[
            WHO,
            OF,
            OUTSIDE,
            IN,
            BASE,
            QUOTE,
            LIMIT,
            REDUCE_ONLY,
            may("all_or_nothing", Kind::Flag, "refuse instead of filling in part"),
        ],
        rule: Rule::BaseOrQuote,
        what: "Puts tokens into an account and trades on them, or neither.",
        prints: "base, quote, fee, tick, sqrt_price, legs",
    },
    ActionInfo {
        verb: Verb::TradeExact,
        name: "trade_exact",
        keys: &[
            WHO,
            IN,
            BASE,
            QUOTE,
            may(
                "bound",
                Kind::Base,
                "with `base` the most USD that a purchase costs or the least that a sale brings, fee included; with `quote` the least contracts that a purchase brings or the most that a sale gives away",
            ),
            LIMIT,
            REDUCE_ONLY,
            OWNERS,
        ],
        rule: Rule::BaseOrQuote,
        what: "Trades against the curve in whole and within a bound, or not at all.",
        prints: "base, quote, fee, tick, sqrt_price, legs",
    },
    ActionInfo {
        verb: Verb::TradeTo,
        name: "trade_to",
        keys: &[
            WHO,
            IN,
            need("target", Kind::SignedBase, "the position that is asked for; negative is short"),
            may("tolerance", Kind::Base, "contracts from it that are near enough, 0 by default"),
            LIMIT,
            OWNERS,
        ],
        rule: Rule::None,
        what: "Brings a position to a target, in whole or not at all.",
        prints: "base, quote, fee, tick, sqrt_price, legs",
    },
    ActionInfo {
        verb: Verb::GiveAccount,
        name: "give_account",
        keys: &[WHO, need("to", Kind::Account, "an account whose owner gets it"), OWNERS],
        rule: Rule::None,
        what: "Gives an account with all that is in it to another owner.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::PlaceLien,
        name: "place_lien",
        keys: &[
            WHO,
            need("holder", Kind::Account, "an account whose owner holds the lien"),
            need("floor", Kind::Quote, "equity in USD that the owner leaves in the account"),
            may("notice_secs", Kind::Count, "time from the holder's notice to its rights, 0 by default"),
            OWNERS,
        ],
        rule: Rule::None,
        what: "Lets somebody keep a floor of equity in an account.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::CallLien,
        name: "call_lien",
        keys: &[WHO, HOLDER, may("withdraw", Kind::Flag, "take the notice back")],
        rule: Rule::None,
        what: "Gives the notice of a lien's holder.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::ReleaseLien,
        name: "release_lien",
        keys: &[WHO, HOLDER],
        rule: Rule::None,
        what: "Ends a lien.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::Seize,
        name: "seize",
        keys: &[
            WHO,
            need("by", Kind::Account, "the account that gets it, whose owner holds the lien and signs"),
            OF,
            TOKENS,
        ],
        rule: Rule::None,
        what: "Moves capital of an account to the holder of its lien, whose notice has run out.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::ViewDelta,
        name: "view_delta",
        keys: &[WHO, IN],
        rule: Rule::None,
        what: "Asks what an account is exposed to in a market, its ranges included.",
        prints: "stale, ranges, position, ranges_base, delta, delta_up, delta_down, mark, funding, funding_at",
    },
];
