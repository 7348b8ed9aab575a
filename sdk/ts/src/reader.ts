/** Reading: the exchange as it stands, and quotes of what would happen. Nothing here signs. */

import { type Address, getAddressEncoder } from "@solana/kit";

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
  Lien,
  LiquidationPrice,
  OrderPlacement,
  Payout,
  PoolValue,
  PositionHealth,
  RangeQuote,
  RangeRemovalQuote,
  Sample,
  SoldCollateral,
  TradeQuote,
} from "./answers.js";
import type { AddressOf, Asks, Now } from "./asks.js";
import { KeelError } from "./error.js";
import { toHex } from "./events.js";
import type { Bound, Brought, Fields, OrderTerms, RangeTerms, Reach, Side, Target, TradeOrder } from "./fields.js";
import type {
  Bank,
  Exchange,
  MarginAccount,
  Market,
  PlacedOrder,
  Pool,
  PoolRequest,
  Range,
} from "./generated/index.js";
import type { Network, Quoted } from "./network.js";
import { type PriceSource, PushedPrices } from "./prices.js";
import { type KeelInstruction, toInstruction } from "./send.js";
import { type Kind, decode, kinds, nameOf, toAddress } from "./state.js";

/** A struct with the address of its account. */
export type At<T> = T & { readonly address: Address };

/** Where these kinds of accounts have the margin account's owner, or the margin account: behind the discriminator. */
const FIRST_FIELD = 8;

/** What a trade is quoted for. */
export type TradeRequest = TradeOrder & Asked;

/** What a trade to a target is quoted for. */
export type TargetRequest = Target & Asked;

/** Where something is traded, and at which price. */
export interface Asked {
  account: Address;
  market: number;
  /** The account's owner or delegate; the owner unless said otherwise. */
  authority?: Address;
  /** Price account and what it will hold; the price source's account as it is, without them. */
  price?: Address;
  sample?: Sample;
}

/** Reads a network. */
export class KeelReader {
  /** The exchange's program. */
  readonly program: Address;
  readonly #pushed = new PushedPrices();

  constructor(
    readonly network: Network,
    readonly prices: PriceSource,
  ) {
    this.program = network.engine.ask("address", { of: "program" });
  }

  /** Where an account lives. */
  address(of: AddressOf): Address {
    return this.network.engine.ask("address", of);
  }

  /** The content of an account of the program. Throws `missing` and `wrongKind`. */
  async state<T>(kind: Kind<T>, address: Address): Promise<T> {
    return decode(kind, address, await this.network.account(address));
  }

  /** The chain's time. */
  now(): Promise<Now> {
    return this.network.now();
  }

  exchange(): Promise<Exchange> {
    return this.state(kinds.exchange, this.address({ of: "exchange" }));
  }

  /** All banks, in the order of their numbers; the first is that of USDC. */
  async banks(): Promise<At<Bank>[]> {
    return (await this.#all(kinds.bank, [])).sort((a, b) => a.index - b.index);
  }

  /** The bank of a mint; of USDC without one. */
  async bank(mint?: Address): Promise<Bank> {
    if (mint !== undefined) return this.state(kinds.bank, this.address({ of: "bank", mint }));
    const [first] = await this.banks();
    if (first === undefined) throw new KeelError("missing", "the exchange has no bank yet: it is not set up");
    return first;
  }

  /** What a bank's collateral counts now. */
  async bankValue(mint: Address): Promise<BankValue> {
    return (await this.network.quote("bank", { mint })).answer;
  }

  /** What a margin account has of each collateral, USDC among them, and what it counts. */
  async holdings(account: Address): Promise<(Holding & { mint: Address })[]> {
    const { capital } = await this.account(account);
    const held = (await this.banks()).filter((bank) => (capital[bank.index] ?? 0n) > 0n);
    return Promise.all(
      held.map(async (bank) => {
        const mint = toAddress(bank.mint);
        return { ...(await this.network.quote("holding", { mint, account })).answer, mint };
      }),
    );
  }

  /** The lien on a margin account, if there is one. */
  async lienOf(account: Address): Promise<Lien | undefined> {
    const { lienHolder, lienFloor: floor, lienNoticeSecs: noticeSecs, lienCalledAt: called } = await this.account(account);
    if (lienHolder.every((byte) => byte === 0)) return undefined;
    const dueAt = called === 0n ? null : called + BigInt(noticeSecs);
    return { holder: toAddress(lienHolder), floor, noticeSecs, calledAt: called === 0n ? null : called, dueAt };
  }

  /** A market by its number. */
  market(number: number): Promise<Market> {
    return this.state(kinds.market, this.address({ of: "market", market: number }));
  }

  /** All markets, in the order of their numbers. */
  async markets(): Promise<At<Market>[]> {
    const markets = await this.#all(kinds.market, []);
    return markets.sort((a, b) => a.indexNumber - b.indexNumber);
  }

  /** A market by its name, such as `BTC`. */
  async marketNamed(name: string): Promise<At<Market> | undefined> {
    return (await this.markets()).find((market) => nameOf(market) === name);
  }

  /** A margin account. */
  account(account: Address): Promise<MarginAccount> {
    return this.state(kinds.marginAccount, account);
  }

  /** All margin accounts of an owner. */
  accountsOf(owner: Address): Promise<At<MarginAccount>[]> {
    return this.#all(kinds.marginAccount, [{ offset: FIRST_FIELD, bytes: bytesOf(owner) }]);
  }

  /** What a margin account holds, market by market, valued at mark. */
  async positions(account: Address): Promise<PositionHealth[]> {
    return (await this.health(account)).positions.filter((position) => position.market !== 0);
  }

  /** A margin account's ranges, by their slots. */
  async ranges(account: Address): Promise<Map<number, Range>> {
    if ((await this.account(account)).ranges === 0) return new Map();
    const { ranges } = await this.state(kinds.ranges, this.address({ of: "ranges", account }));
    return new Map(ranges.map((range, slot) => [slot, range] as const).filter(([, range]) => range.market !== 0));
  }

  /** A margin account's standing orders. */
  ordersOf(account: Address): Promise<At<PlacedOrder>[]> {
    return this.#all(kinds.order, [{ offset: FIRST_FIELD, bytes: bytesOf(account) }]);
  }

  pool(): Promise<Pool> {
    return this.state(kinds.pool, this.address({ of: "pool" }));
  }

  /** A margin account's requests to the pool that wait. */
  async requestsOf(account: Address): Promise<At<PoolRequest>[]> {
    const requests = await this.#all(kinds.poolRequest, []);
    return requests.filter((request) => toAddress(request.account) === account);
  }

  /** The account in which an owner's wallet keeps tokens of a mint. */
  tokenAccount(owner: Address, mint: Address): Address {
    return this.address({ of: "tokenAccount", owner, mint });
  }

  /** The price account of a market, and what it holds now. */
  async priceOf(number: number): Promise<{ account: Address; sample: Sample }> {
    const market = await this.market(number);
    const account = this.#pushed.account(this.network, market);
    const data = toHex(await this.network.account(account));
    return { account, sample: this.network.engine.ask("price", { data, feedId: toHex(market.feedId) }) };
  }

  /** An account's health as the chain has it. */
  async health(account: Address): Promise<Health> {
    return (await this.network.quote("health", { account })).answer;
  }

  /** An account's margin as new risk counts it. */
  async initialMargin(account: Address): Promise<InitialMargin> {
    return (await this.network.quote("initial", { account })).answer;
  }

  /** Where an account would be liquidated in a market, all else as it is. */
  async liquidationPrice(account: Address, market: number): Promise<LiquidationPrice> {
    return (await this.network.quote("liquidationPrice", { account, market })).answer;
  }

  /** What an account is exposed to in a market, its ranges included. */
  async delta(account: Address, market: number): Promise<Delta> {
    return (await this.network.quote("delta", { account, market })).answer;
  }

  /** A liquidation as it stands. */
  async auction(account: Address, market: number): Promise<Auction> {
    return (await this.network.quote("auction", { account, market })).answer;
  }

  /** What a holder of a side pays in funding, hour by hour. */
  async funding(market: number, side: Side = "buy", hours?: number): Promise<Funding> {
    return (await this.network.quote("funding", { market, side, hours })).answer;
  }

  /** What backs a market's claims. */
  async payout(market: number): Promise<Payout> {
    return (await this.network.quote("payout", { market })).answer;
  }

  /** What could be traded in a market up to each of some prices, both ways. */
  async depth(market: number, curve: { widthPpm?: number; steps?: number; sample?: Sample } = {}): Promise<Depth> {
    return (await this.network.quote("depth", { market, ...curve })).answer;
  }

  /** What the pool and its shares are worth. */
  async poolValue(): Promise<PoolValue> {
    return (await this.network.quote("pool", {})).answer;
  }

  /**
   * What a trade would do now: fill, price, fee, health and liquidation price after it, and the accounts that it leaves.
   *
   * @throws {@link KeelError} of kind `program` where the exchange would refuse it.
   */
  async quoteTrade(request: TradeRequest): Promise<Quoted<TradeQuote>> {
    return this.network.quote("trade", { ...request, ...(await this.#asked(request)) });
  }

  /** What a trade in whole within a bound would do: as {@link quoteTrade}. */
  async quoteTradeExact(request: TradeRequest & Bound): Promise<Quoted<TradeQuote>> {
    return this.network.quote("tradeExact", { ...request, ...(await this.#asked(request)) });
  }

  /** What bringing a position to a target would do: as {@link quoteTrade}. */
  async quoteTradeTo(request: TargetRequest): Promise<Quoted<TradeQuote>> {
    return this.network.quote("tradeTo", { ...request, ...(await this.#asked(request)) });
  }

  /** What a deposit with a trade on it would do: as {@link quoteTrade}. Whether the wallet has the tokens is not looked at. */
  async quoteDepositAndTrade(request: TradeRequest & Brought): Promise<Quoted<TradeQuote>> {
    const asked = await this.#asked(request);
    const source = this.tokenAccount(asked.authority, request.mint);
    return this.network.quote("depositAndTrade", { ...request, ...asked, source });
  }

  /** What buying collateral that is for sale would do, for a margin account that buys. */
  async quoteBuyCollateral(request: {
    buyer: Address;
    account: Address;
    mint: Address;
    most?: bigint;
    limit?: bigint;
  }): Promise<Quoted<SoldCollateral>> {
    return this.network.quote("buyCollateral", { ...request, owner: await this.ownerOf(request.buyer) });
  }

  /** What adding a range would do. */
  async quoteAddRange(
    request: RangeTerms & { account: Address; market: number; price?: Address; sample?: Sample },
  ): Promise<Quoted<RangeQuote>> {
    const owner = await this.ownerOf(request.account);
    const price = request.price ?? (await this.priceAccount(request.market));
    return this.network.quote("addRange", { ...request, owner, price });
  }

  /** What removing a range would do. */
  async quoteRemoveRange(account: Address, slot: number): Promise<Quoted<RangeRemovalQuote>> {
    return this.network.quote("removeRange", { owner: await this.ownerOf(account), account, slot });
  }

  /** What placing an order would come to if it were executed at once. */
  async quotePlaceOrder(
    request: OrderTerms & Reach & { account: Address; market: number; number?: bigint; sample?: Sample },
  ): Promise<Quoted<OrderPlacement>> {
    const authority = await this.ownerOf(request.account);
    const sample = request.sample ?? (await this.priceOf(request.market)).sample;
    return this.network.quote("placeOrder", { ...request, authority, number: request.number ?? 0n, sample });
  }

  /** What executing a standing order would do. */
  async quoteExecuteOrder(account: Address, number: bigint, keeper: Address): Promise<Quoted<ExecutedOrder>> {
    const order = await this.state(kinds.order, this.address({ of: "order", account, number }));
    const price = await this.priceAccount(order.market);
    return this.network.quote("executeOrder", { account, number, keeper, price });
  }

  /** An instruction with everything that it needs: addresses, tick arrays, the account's other markets. */
  async instruction<K extends keyof Fields>(kind: K, fields: Fields[K]): Promise<KeelInstruction> {
    return toInstruction(await this.network.ask("instruction", { kind, ...fields } as Asks["instruction"]));
  }

  /** The owner of a margin account. */
  async ownerOf(account: Address): Promise<Address> {
    return toAddress((await this.account(account)).owner);
  }

  /** Who trades at which price, where the request does not say. */
  async #asked(request: Asked): Promise<{ authority: Address; price: Address }> {
    return {
      authority: request.authority ?? (await this.ownerOf(request.account)),
      price: request.price ?? (await this.priceAccount(request.market)),
    };
  }

  /** The accounts that hold the pushed price of a bank's collateral, and its exchange rate. */
  async bankPriceAccounts(mint: Address): Promise<{ price: Address; rate: Address | undefined }> {
    return this.#pushed.accountsOf(this.network, await this.bank(mint));
  }

  /** The account that holds a market's pushed price. */
  async priceAccount(number: number): Promise<Address> {
    return this.#pushed.account(this.network, await this.market(number));
  }

  async #all<T extends object>(kind: Kind<T>, filters: { offset: number; bytes: Uint8Array }[]): Promise<At<T>[]> {
    const discriminator = { offset: 0, bytes: new Uint8Array(kind.discriminator) };
    const found = await this.network.programAccounts(this.program, [discriminator, ...filters]);
    return found.map(({ address, data }) => ({ ...decode(kind, address, data), address }));
  }
}

function bytesOf(address: Address): Uint8Array {
  return new Uint8Array(getAddressEncoder().encode(address));
}
