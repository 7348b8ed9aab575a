/** What the engine may be asked for: the fields of each request and the type of its answer. */

import type { Address } from "@solana/kit";

import type {
  Auction,
  BankValue,
  Delta,
  Depth,
  ExecutedOrder,
  Funding,
  Health,
  Holding,
  InitialMargin,
  LiquidationPrice,
  OrderPlacement,
  Payout,
  PoolValue,
  ProgramError,
  RangeQuote,
  RangeRemovalQuote,
  Sample,
  SoldCollateral,
  TradeQuote,
} from "./answers.js";
import type { ProgramEvent } from "./events.js";
import type {
  BuyCollateral,
  DepositAndTrade,
  ExactTrade,
  ExecuteOrder,
  Fields,
  NewRange,
  Order,
  RangeOfSlot,
  Trade,
  TradeTo,
} from "./fields.js";

/** The chain's time. */
export interface Now {
  /** Unix time, in seconds. */
  unix: bigint;
  slot: bigint;
}

/** Where an account lives. */
export type AddressOf =
  | { of: "program" | "exchange" | "pool" | "poolAccount" | "shareMint" | "shareVault" }
  | { of: "bank" | "vault"; mint: Address }
  | { of: "market"; market: number }
  | { of: "tickArray"; market: number; index: number }
  | { of: "marginAccount"; owner: Address; subAccount?: number }
  | { of: "tokenAccount"; owner: Address; mint: Address }
  | { of: "ranges"; account: Address }
  | { of: "ticket"; bank: number; number: bigint }
  | { of: "change"; number: bigint }
  | { of: "poolRequest"; kind: 0 | 1; number: bigint }
  | { of: "order"; account: Address; number: bigint }
  | { of: "approval"; account: Address; builder: Address }
  | { of: "priceFeed"; feedId: string; shard?: number; receiver?: Address };

/** An instruction as the engine tells it. */
export interface ToldInstruction {
  program: Address;
  accounts: { address: Address; signer: boolean; writable: boolean }[];
  /** In hexadecimal. */
  data: string;
  /** Compute units to ask for, from what was measured and room for what may come. */
  units: number;
}

/** A signed update of Pyth's web service, proven, and what posts it. */
export interface ToldUpdate {
  sample: Sample;
  /** In front of the instruction that uses it. */
  post: ToldInstruction;
  /** Behind it: gives the rent back. */
  reclaim: ToldInstruction;
}

/** The quotes that there are: fields and answer of each. */
export interface Quotes {
  trade: { fields: Trade & { sample?: Sample }; answer: TradeQuote };
  tradeExact: { fields: ExactTrade & { sample?: Sample }; answer: TradeQuote };
  tradeTo: { fields: TradeTo & { sample?: Sample }; answer: TradeQuote };
  /** The health before the trade has the deposit in it. */
  depositAndTrade: { fields: DepositAndTrade & { sample?: Sample }; answer: TradeQuote };
  buyCollateral: { fields: BuyCollateral; answer: SoldCollateral };
  addRange: { fields: NewRange & { sample?: Sample }; answer: RangeQuote };
  removeRange: { fields: RangeOfSlot; answer: RangeRemovalQuote };
  placeOrder: { fields: Order & { sample: Sample }; answer: OrderPlacement };
  executeOrder: { fields: ExecuteOrder & { sample?: Sample }; answer: ExecutedOrder };
  health: { fields: { account: Address }; answer: Health };
  initial: { fields: { account: Address }; answer: InitialMargin };
  liquidationPrice: { fields: { account: Address; market: number }; answer: LiquidationPrice };
  auction: { fields: { account: Address; market: number }; answer: Auction };
  delta: { fields: { account: Address; market: number }; answer: Delta };
  bank: { fields: { mint: Address }; answer: BankValue };
  /** All that the account holds of it, or an amount. */
  holding: { fields: { mint: Address } & ({ account: Address } | { amount: bigint }); answer: Holding };
  funding: { fields: { market: number; side?: "buy" | "sell"; hours?: number }; answer: Funding };
  payout: { fields: { market: number }; answer: Payout };
  depth: { fields: { market: number; widthPpm?: number; steps?: number; sample?: Sample }; answer: Depth };
  pool: { fields: object; answer: PoolValue };
}

/** A quote's request. */
export type QuoteFields = { [K in keyof Quotes]: { kind: K; now: Now } & Quotes[K]["fields"] }[keyof Quotes];

/** Requests by name. */
export interface Asks {
  address: AddressOf;
  instruction: { [K in keyof Fields]: { kind: K } & Fields[K] }[keyof Fields];
  quote: QuoteFields;
  event: { data: string };
  update: { updates: string[]; market: number; payer: Address; price: Address };
  price: { data: string; feedId?: string };
  scale: { value: bigint; exponent: number; contractExponent: number };
  /** What so much base is as liquidity between two ticks, rounded down. */
  liquidity: { base: bigint; lower: number; upper: number };
  error: { code: number };
  errors: object;
  version: object;
}

/** Answers by the name of their request. */
export interface Answers {
  address: Address;
  instruction: ToldInstruction;
  quote: unknown;
  event: ProgramEvent | null;
  update: ToldUpdate;
  price: Sample;
  scale: bigint;
  liquidity: bigint;
  error: ProgramError | null;
  errors: ProgramError[];
  version: { version: string };
}
