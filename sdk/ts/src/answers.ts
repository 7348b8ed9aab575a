/**
 * What quotes and views tell. The engine's own numbers: amounts in atoms, prices and rates in bits with 48 fraction bits,
 * times in unix seconds.
 */

import type { Address } from "@solana/kit";

/** An error of the program. */
export interface ProgramError {
  kind: "program";
  /** From 6000. */
  code: number;
  name: string;
  /** What it means and what to do. */
  message: string;
}

/** A price update as Pyth publishes it: numbers times ten to the power of `exponent`. */
export interface Sample {
  price: bigint;
  conf: bigint;
  exponent: number;
  publishTime: bigint;
  emaPrice: bigint;
}

/** What a trade does, from the account's side. */
export interface Fill {
  /** Base gained; negative is sold. */
  base: bigint;
  /** Quote gained, without the fee; negative is paid. */
  quote: bigint;
  fee: bigint;
  steps: number;
  /** Initialised ticks crossed. */
  crossings: number;
  /** Why it was filled only in part; null where it was filled in whole. */
  end: ProgramError | null;
  /** What closing the position settled, if it closed. */
  settled: { profit: bigint; cancelled: bigint; paid: bigint; owed: bigint } | null;
}

/** One position's part of an account's health. */
export interface PositionHealth {
  /** Number of the market; 0 is an empty slot. */
  market: number;
  /** 1 where the mark is old. */
  stale: number;
  /** Ranges there; they are part of all amounts here. */
  ranges: number;
  /** Net base; negative is short. */
  base: bigint;
  /** The largest base that it can come to with the curve at either end of its ranges. */
  worstBase: bigint;
  /** Net base at mark. */
  value: bigint;
  /** Quote that is not settled. */
  quote: bigint;
  /** Funding owed since it was folded last; negative is to come. */
  fundingDue: bigint;
  claims: bigint;
  claimsWorth: bigint;
  maintenance: bigint;
  /** What the net base would pay in funding over the margin's horizon. */
  drift: bigint;
}

/** An account's health. */
export interface Health {
  /** 1 where a mark under it is old. */
  stale: number;
  /** 1 where the account is flagged for liquidation. */
  flagged: number;
  capital: bigint;
  /** Equity at mark. */
  equity: bigint;
  /** With less equity the account is unhealthy. */
  maintenance: bigint;
  /** Equity at which a flag clears. */
  target: bigint;
  /** Equity as new risk counts it. */
  initialEquity: bigint;
  initialRequired: bigint;
  notional: bigint;
  flaggedAt: bigint;
  /** What other collateral than USDC counts in equity. */
  collateral: bigint;
  /** Equity that a lien keeps in the account: `initialEquity` may not fall below it by what the owner does; 0 is none. */
  lienFloor: bigint;
  /** The account's 8 slots. */
  positions: PositionHealth[];
}

/** What a bank's collateral counts now. */
export interface BankValue {
  /** Part of the value that counts in maintenance, in parts per million, before what size takes off. */
  weightPpm: number;
  /** Part that counts for new risk and withdrawals. */
  initialWeightPpm: number;
  /** Whether its price is too old for an owner's doings: `refreshBank` first. */
  stale: boolean;
  /** What all accounts have in it at its last price, in quote atoms. */
  held: bigint;
  /** What may still be deposited, in quote atoms; null where there is no cap. */
  room: bigint | null;
}

/** What a margin account's tokens of a bank are worth and count, in quote atoms. */
export interface Holding {
  /** Number of the bank. */
  bank: number;
  /** Atoms of the token. */
  amount: bigint;
  /** At the last price. */
  value: bigint;
  /** What it counts in maintenance. */
  maintenance: bigint;
  /** What it counts for new risk and withdrawals. */
  initial: bigint;
  /** Whether the bank's price is too old for an owner's doings. */
  stale: boolean;
}

/** What a purchase of collateral does. */
export interface SoldCollateral {
  /** Atoms of the collateral that change hands. */
  amount: bigint;
  /** Quote atoms that the buyer pays. */
  paid: bigint;
  /** Below the bank's price, with 48 fraction bits. */
  discount: bigint;
  /** The seller's health after it. */
  health: { equity: bigint; maintenance: bigint; target: bigint };
}

/** What an account is exposed to in a market, in base atoms; negative is short. */
export interface Delta {
  market: number;
  stale: number;
  ranges: number;
  /** The position's base. */
  position: bigint;
  /** The ranges' net base where the curve stands. */
  rangesBase: bigint;
  /** Both. */
  delta: bigint;
  /** The same with the curve above every range. */
  deltaUp: bigint;
  /** And below every range. */
  deltaDown: bigint;
  mark: bigint;
  /** The market's index of funding, 64 fraction bits: the difference of two readings is what a base atom held long paid. */
  funding: bigint;
  fundingAt: bigint;
}

/** A lien on a margin account. */
export interface Lien {
  holder: Address;
  /** Equity below which the owner can neither withdraw nor add risk, in quote atoms. */
  floor: bigint;
  noticeSecs: number;
  /** When the holder gave notice; null where it has not. */
  calledAt: bigint | null;
  /** When the holder's rights begin; null where no notice is given. */
  dueAt: bigint | null;
}

/** Margin as new risk counts it. */
export interface InitialMargin {
  equity: bigint;
  required: bigint;
  notional: bigint;
}

/** Where an account becomes unhealthy in a market, all else as it is. */
export interface LiquidationPrice {
  stale: number;
  market: number;
  /** The mark now. */
  mark: bigint;
  base: bigint;
  /** Equity less maintenance now. */
  excess: bigint;
  /** Long: the highest mark at which it is unhealthy; 0 is none. */
  below: bigint;
  /** Short: the lowest such mark; 0 is none. */
  above: bigint;
}

/** What a trade would do. */
export interface TradeQuote {
  fill: Fill;
  /** The curve's price before, as the fill is priced. */
  priceBefore: bigint;
  priceAfter: bigint;
  /** Quote over base, without the fee. */
  meanPrice: bigint;
  /** How far the mean price is from the price before, in parts per million. */
  impactPpm: bigint;
  /** Fee over quote. */
  feeRate: bigint;
  healthBefore: Health;
  healthAfter: Health;
  liquidationPrice: LiquidationPrice | null;
  /** What the position after it pays in an hour at the funding rate now; negative is what it gets. */
  hourlyFunding: bigint;
}

/** A range. */
export interface RangeState {
  market: number;
  lower: number;
  upper: number;
  liquidity: bigint;
  lowerSqrtPrice: bigint;
  upperSqrtPrice: bigint;
}

/** What adding a range would do. */
export interface RangeQuote {
  /** Slot that it would get. */
  slot: number;
  /** Indices of the tick arrays at its ends that have to be made in front of it. */
  creates: (number | null)[];
  /** Whether the account's companion has to be opened in front of it. */
  opensRanges: boolean;
  range: RangeState;
  healthBefore: Health;
  healthAfter: Health;
}

/** What removing a range would do. */
export interface RangeRemovalQuote {
  /** What it folds into the account's position. */
  folded: { base: bigint; quote: bigint; fees: bigint; funding: bigint };
  healthBefore: Health;
  healthAfter: Health;
}

/** Why an order is over. */
export type OrderEnd =
  "filled" | "restGivenUp" | "noPosition" | "cancelled" | "expired" | "marketClosed" | "notAllowed";

/** What executing an order would do. */
export interface ExecutedOrder {
  fill: Fill;
  /** Lamports that it earns. */
  tip: bigint;
  ended: OrderEnd | null;
}

/** What placing an order would come to: what executing it at once would do, or why that is refused. */
export interface OrderPlacement {
  execution: { executed: ExecutedOrder } | { refused: ProgramError };
}

/** A liquidation as it stands. */
export interface Auction {
  /** 0 none, 1 plateau, 2 auction, 3 the pool may take over, 4 deleveraging is allowed. */
  phase: number;
  stale: number;
  market: number;
  base: bigint;
  ranges: number;
  equity: bigint;
  maintenance: bigint;
  target: bigint;
  flaggedAt: bigint;
  mark: bigint;
  discount: bigint;
  price: bigint;
  largestStep: bigint;
  threshold: bigint;
}

/** Funding to come, for each hour what a holder of the side pays per base atom until then, with 48 fraction bits. */
export interface Funding {
  market: number;
  side: "buy" | "sell";
  at: bigint;
  /** Rate per hour now. */
  rate: bigint;
  premium: bigint;
  index: bigint;
  /** While the premium stays as it is. */
  forecast: bigint[];
  /** At most, whatever the premium does. */
  worst: bigint[];
}

/** What backs a market's claims. */
export interface Payout {
  market: number;
  pot: bigint;
  claims: bigint;
  /** What a mature claim is paid now. */
  h: bigint;
  worth: bigint;
  backed: bigint;
  shortfall: bigint;
  writtenOff: bigint;
  uncovered: bigint;
  surplus: bigint;
  insurance: bigint;
  insuranceClaim: bigint;
  treasury: bigint;
  treasuryClaim: bigint;
  exchangeToday: bigint;
  poolToday: bigint;
  backing: bigint;
}

/** What could be traded up to a price. */
export interface DepthPoint {
  price: bigint;
  base: bigint;
  quote: bigint;
}

/** A market's depth both ways. */
export interface Depth {
  buy: DepthPoint[];
  sell: DepthPoint[];
}

/** What the pool is worth. */
export interface PoolValue {
  stale: number;
  /** 1 where no deposits are taken. */
  closed: number;
  flagged: number;
  navHigh: bigint;
  navLow: bigint;
  shares: bigint;
  /** What a whole share costs who comes in. */
  priceHigh: bigint;
  /** What a whole share is worth to who leaves. */
  priceLow: bigint;
  capital: bigint;
  free: bigint;
  reserve: bigint;
  depositsWaiting: bigint;
  sharesWaiting: bigint;
  redeemHead: bigint;
  redeemTail: bigint;
}
