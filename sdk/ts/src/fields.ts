/**
 * The fields of each instruction that the engine builds. Amounts are atoms (USDC and shares have 6 decimals, base amounts
 * 9), prices are bits with 48 fraction bits (see `units`), times unix seconds.
 */

import type { Address } from "@solana/kit";

/** Which side of a trade. */
export type Side = "buy" | "sell";

/** An exact amount: base, or quote. */
export type Exact = { base: bigint; quote?: never } | { quote: bigint; base?: never };

/** How many tick arrays with liquidity a trade passes; 1 each unless said otherwise. */
export interface Reach {
  /** In the trade's direction. */
  ahead?: number;
  /** Behind it: the curve may have moved back before the trade lands. */
  behind?: number;
}

/** What a trade asks for. */
export type TradeOrder = Reach &
  Exact & {
    side: Side;
    /** Worst price at which the curve may come to stand. */
    limit?: bigint;
    /** Only up to what the position holds on the other side. */
    reduceOnly?: boolean;
    /** The whole amount or nothing. */
    allOrNothing?: boolean;
  };

/** A trade. */
export type Trade = TradeOrder & { authority: Address; account: Address; market: number; price: Address };

/** A trade in whole within a bound. */
export type ExactTrade = Trade & Bound;

/** The bound of a trade in whole. */
export interface Bound {
  /**
   * Of an exact base amount quote atoms with the fee: the most that a purchase costs, the least that a sale brings. Of an
   * exact quote amount base atoms: the least that a purchase brings, the most that a sale gives away. None without it.
   */
  bound?: bigint;
}

/** A position that is wanted. */
export interface Target extends Reach {
  /** In base atoms; negative is short. */
  target: bigint;
  /** Base atoms from it up to which nothing is to be done. */
  tolerance?: bigint;
  /** Worst price at which the curve may come to stand. */
  limit?: bigint;
}

/** A trade to a target. */
export type TradeTo = Target & { authority: Address; account: Address; market: number; price: Address };

/** Tokens that a trade brings in. */
export interface Brought {
  mint: Address;
  /** Atoms of the token. */
  deposit: bigint;
}

/** A deposit with a trade on it; the trade's authority pays. */
export type DepositAndTrade = Trade & Brought & { source: Address };

/** A purchase of collateral that is for sale. */
export interface BuyCollateral {
  owner: Address;
  /** The margin account that buys; without ranges. */
  buyer: Address;
  /** The margin account that sells. */
  account: Address;
  mint: Address;
  /** The most atoms of the collateral; all that is for sale without it. */
  most?: bigint;
  /** Worst price, in quote atoms per atom, with 48 fraction bits. */
  limit?: bigint;
}

/** What a lien keeps. */
export interface LienTerms {
  holder: Address;
  /** Equity below which the owner can neither withdraw nor add risk, in quote atoms. */
  floor: bigint;
  /** Seconds between the holder's notice and its rights; none without it. */
  noticeSecs?: number;
}

/** Terms of a standing order; what its kind does not use is left out. */
export type OrderTerms = {
  /** A trigger waits for the mark, a limit for the curve, a scale is many limits, a twap many slices in time. */
  order: "trigger" | "limit" | "scale" | "twap";
  side: Side;
  /** Base in all. */
  amount: bigint;
  reduceOnly?: boolean;
  allOrNothing?: boolean;
  /** What an execution leaves unfilled is given up. */
  dropRest?: boolean;
  below?: bigint;
  belowLimit?: bigint;
  above?: bigint;
  aboveLimit?: bigint;
  minFill?: bigint;
  /** Lamports for who executes it. */
  tip?: bigint;
  startsAt?: bigint;
  expiresAt?: bigint;
  intervalSecs?: number;
  slices?: number;
  catchUp?: number;
};

/** A standing order to be placed. */
export type Order = Reach & OrderTerms & { authority: Address; account: Address; market: number; number: bigint };

/** A standing order to be executed. */
export type ExecuteOrder = Reach & { keeper: Address; account: Address; number: bigint; price: Address };

/** Where a range lies, in ticks of 0.01% from the peg, and how deep it is. */
export interface RangeTerms {
  lower: number;
  upper: number;
  liquidity: bigint;
  /** The curve may not stand below this. */
  minSqrtPrice?: bigint;
  /** Nor above this. */
  maxSqrtPrice?: bigint;
}

/** A range to be added. */
export type NewRange = RangeTerms & { owner: Address; account: Address; market: number; price: Address };

/** A range of an account by its slot. */
export interface RangeOfSlot {
  owner: Address;
  account: Address;
  slot: number;
}

interface OfOwner {
  owner: Address;
  account: Address;
}

/** Who pays the rent, and the tip where there is one, and signs too; the owner, or who signs for it, where it is left out. */
interface Paid {
  payer?: Address;
}

interface Money {
  account: Address;
  mint: Address;
  amount: bigint;
}

/** Fields by instruction. */
export interface Fields {
  openAccount: Paid & { owner: Address; subAccount?: number; isolatedMarket?: number };
  openRanges: Paid & OfOwner;
  closeAccount: OfOwner;
  closeRanges: OfOwner;
  /** The wallet's account for tokens of a mint; nothing where it is there already. */
  createTokenAccount: { payer: Address; owner: Address; mint: Address };
  deposit: Money & { authority: Address; source: Address };
  withdraw: Money & { owner: Address; destination: Address };
  queueWithdrawal: Paid & Money & { owner: Address; destination: Address };
  payWithdrawal: { mint: Address; number: bigint };
  cancelWithdrawal: { authority: Address; mint: Address; number: bigint };
  transfer: Money & { owner: Address; receiver: Address };
  setDelegate: OfOwner & {
    delegate: Address;
    permissions: number;
    expiry: bigint;
    notional?: bigint;
    markets?: number[];
  };
  approveBuilder: Paid & OfOwner & { builder: Address; maxFeePpm: number };
  revokeBuilder: OfOwner & { builder: Address };
  trade: Trade;
  tradeExact: ExactTrade;
  tradeTo: TradeTo;
  depositAndTrade: DepositAndTrade;
  tradeWithBuilder: Trade & { builder: Address; builderAccount: Address; feePpm: number };
  tradeLegs: { authority: Address; account: Address; legs: (TradeOrder & { market: number; price: Address })[] };
  settle: { authority: Address; account: Address; market: number };
  release: OfOwner & { market: number; minRatioPpm?: number };
  /** Anyone may; the index is the first grid tick over 64. */
  createTickArray: { payer: Address; market: number; index: number };
  addRange: NewRange;
  removeRange: RangeOfSlot;
  settleRange: { authority: Address; account: Address; slot: number };
  peggedOrder: OfOwner & { market: number; price: Address; side: Side; tick: number; base: bigint };
  placeOrder: Paid & Order;
  cancelOrder: { authority: Address; account: Address; number: bigint };
  executeOrder: ExecuteOrder;
  cleanOrder: { keeper: Address; account: Address; number: bigint };
  requestDeposit: Paid & OfOwner & { sharesAccount: Address; amount: bigint; minShares?: bigint; tip: bigint };
  cancelDeposit: { authority: Address; number: bigint };
  executeDeposit: { keeper: Address; number: bigint };
  requestRedeem: Paid & OfOwner & { sharesAccount: Address; amount: bigint; tip: bigint };
  cancelRedeem: { owner: Address; sharesAccount: Address; number: bigint };
  executeRedeem: { keeper: Address; number: bigint };
  refresh: { market: number; price: Address };
  beginLiquidation: { account: Address };
  unwindRange: { account: Address; slot: number };
  liquidate: OfOwner & { liquidator: Address; market: number; maxBase: bigint; limit?: bigint };
  /** The price of a bank's collateral, and its exchange rate where it has one, from the accounts that hold them; anyone may. */
  refreshBank: { mint: Address; price: Address; rate?: Address };
  buyCollateral: BuyCollateral;
  giveAccount: OfOwner & { newOwner: Address };
  placeLien: OfOwner & LienTerms;
  /** Gives notice, or takes it back. */
  callLien: { holder: Address; account: Address; withdraw?: boolean };
  releaseLien: { holder: Address; account: Address };
  seize: Money & { holder: Address; receiver: Address };
  liquidateOnCurve: Reach & { keeper: Address; account: Address; market: number; price: Address; maxBase: bigint };
}
