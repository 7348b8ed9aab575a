/** The exchange over RPC: what {@link KeelReader} reads, and transactions that do something. */

import {
  type Address,
  type Commitment,
  type Instruction,
  type Rpc,
  type RpcSubscriptions,
  type SolanaRpcApi,
  type SolanaRpcSubscriptionsApi,
  type TransactionSigner,
  createSolanaRpc,
  createSolanaRpcSubscriptions,
} from "@solana/kit";

import { Engine } from "./engine.js";
import { KeelError } from "./error.js";
import type { Bound, Brought, LienTerms, OrderTerms, RangeTerms, Target, TradeOrder } from "./fields.js";
import { Network } from "./network.js";
import { type PriceSource, type Priced, PushedPrices } from "./prices.js";
import { KeelReader } from "./reader.js";
import { type Receipt, type SendOptions, send } from "./send.js";
import { toAddress } from "./state.js";
import { type Seen, type WatchOptions, watch } from "./watch.js";

/** Where a client looks, and how. */
export interface ClientOptions {
  /** URL of a node's RPC, or a client of kit's. */
  rpc: string | Rpc<SolanaRpcApi>;
  /** URL of the node's WebSocket, or a client of kit's, for {@link KeelClient.watch}. */
  ws?: string | RpcSubscriptions<SolanaRpcSubscriptionsApi>;
  /** The engine; loaded from beside this package without it. */
  engine?: Engine;
  /** Where fresh prices come from; the accounts of Pyth's push oracle without it. */
  prices?: PriceSource;
  /** How settled what is read must be; `confirmed` without it. */
  commitment?: Commitment;
}

/** Who acts, for which margin account. */
export interface For {
  /** Owner of the margin account, or where the program allows it a delegate; pays. */
  signer: TransactionSigner;
  account: Address;
}

/** Who trades, and the account of the price that it is done at. */
interface Fresh {
  authority: Address;
  price: Address;
}

/** Lamports that an order or a request to the pool lays in for who executes it, unless said otherwise. */
const TIP = 100_000n;

/**
 * A client of the exchange. Where an account holds something in markets that nobody has refreshed for a while, what needs
 * their marks refreshes them in the same transaction.
 */
export class KeelClient extends KeelReader {
  readonly #subscriptions: RpcSubscriptions<SolanaRpcSubscriptionsApi> | undefined;

  private constructor(network: Network, prices: PriceSource, ws: ClientOptions["ws"]) {
    super(network, prices);
    this.#subscriptions = typeof ws === "string" ? createSolanaRpcSubscriptions(ws) : ws;
  }

  /** Connects: loads the engine. Nothing is sent before something is asked. */
  static async connect({ rpc, ws, engine, prices, commitment }: ClientOptions): Promise<KeelClient> {
    const node = typeof rpc === "string" ? createSolanaRpc(rpc) : rpc;
    const network = new Network(node as Rpc<SolanaRpcApi>, engine ?? (await Engine.load()), commitment ?? "confirmed");
    return new KeelClient(network, prices ?? new PushedPrices(), ws);
  }

  /** The program's events as they happen, until the signal ends it. Needs the WebSocket. */
  watch(options: WatchOptions): AsyncGenerator<Seen> {
    if (this.#subscriptions === undefined) {
      throw new KeelError("request", "watching needs a WebSocket: give `ws` when you connect");
    }
    return watch(this.network.engine, this.program, this.#subscriptions, options);
  }

  /** Sends instructions as one transaction and waits for it. */
  send(instructions: readonly Instruction[], payer: TransactionSigner, options: SendOptions = {}): Promise<Receipt> {
    return send(this.network, this.program, instructions, payer, options);
  }

  /** Opens a margin account, and gives its address. */
  async openAccount(
    {
      signer,
      subAccount = 0,
      isolatedMarket = 0,
    }: { signer: TransactionSigner; subAccount?: number; isolatedMarket?: number },
    options?: SendOptions,
  ): Promise<Receipt & { account: Address }> {
    const fields = { owner: signer.address, subAccount, isolatedMarket };
    const receipt = await this.send([await this.instruction("openAccount", fields)], signer, options);
    return { ...receipt, account: this.address({ of: "marginAccount", owner: signer.address, subAccount }) };
  }

  /** Deposits out of the signer's token account, USDC unless another mint is named; anyone may. */
  async deposit(
    { signer, account, amount, mint }: For & { amount: bigint; mint?: Address },
    options?: SendOptions,
  ): Promise<Receipt> {
    const fields = { authority: signer.address, account, amount, ...(await this.#wallet(signer.address, mint)) };
    return this.send([await this.instruction("deposit", fields)], signer, options);
  }

  /** Withdraws into the owner's token account, USDC unless another mint is named. */
  async withdraw(
    { signer, account, amount, mint: named }: For & { amount: bigint; mint?: Address },
    options?: SendOptions,
  ): Promise<Receipt> {
    const { mint, source: destination } = await this.#wallet(signer.address, named);
    const fields = { owner: signer.address, account, mint, destination, amount };
    const { prices, refreshes } = await this.#refreshes({ signer, account });
    return this.#send(prices, [...refreshes, await this.instruction("withdraw", fields)], signer, options);
  }

  /** Trades. */
  async trade(
    { signer, market, ...order }: For & TradeOrder & { market: number },
    options?: SendOptions,
  ): Promise<Receipt> {
    const compose = (fresh: Fresh) => this.instruction("trade", { ...order, market, ...fresh });
    return this.#trade({ signer, account: order.account, market }, compose, options);
  }

  /** Trades in whole within a bound on what it costs or brings, or not at all. */
  async tradeExact(
    { signer, market, ...order }: For & TradeOrder & Bound & { market: number },
    options?: SendOptions,
  ): Promise<Receipt> {
    const compose = (fresh: Fresh) => this.instruction("tradeExact", { ...order, market, ...fresh });
    return this.#trade({ signer, account: order.account, market }, compose, options);
  }

  /** Brings a position to a target, in whole or not at all. */
  async tradeTo(
    { signer, market, ...target }: For & Target & { market: number },
    options?: SendOptions,
  ): Promise<Receipt> {
    const compose = (fresh: Fresh) => this.instruction("tradeTo", { ...target, market, ...fresh });
    return this.#trade({ signer, account: target.account, market }, compose, options);
  }

  /** Deposits tokens out of the signer's token account and trades on them, in one instruction: both or neither. */
  async depositAndTrade(
    { signer, market, ...order }: For & TradeOrder & Brought & { market: number },
    options?: SendOptions,
  ): Promise<Receipt> {
    const { account, mint } = order;
    const source = this.tokenAccount(signer.address, mint);
    const compose = (fresh: Fresh) => this.instruction("depositAndTrade", { ...order, market, source, ...fresh });
    return this.#trade({ signer, account, market, mint }, compose, options);
  }

  /** Brings the prices of a bank's collateral up to date; anyone may. */
  async refreshBank(
    { signer, mint }: { signer: TransactionSigner; mint: Address },
    options?: SendOptions,
  ): Promise<Receipt> {
    return this.send([await this.#refreshBank(mint)], signer, options);
  }

  /** Buys collateral that is for sale, for USDC of a margin account of the signer. Its prices are refreshed in front. */
  async buyCollateral(
    {
      signer,
      buyer,
      ...purchase
    }: { signer: TransactionSigner; buyer: Address; account: Address; mint: Address; most?: bigint; limit?: bigint },
    options?: SendOptions,
  ): Promise<Receipt> {
    const { mint, account } = purchase;
    const fields = { ...purchase, owner: signer.address, buyer };
    const held = await Promise.all([
      this.#refreshes({ signer, account }, { mint }),
      this.#refreshes({ signer, account: buyer }, { mint }),
    ]);
    const buy = [await this.#refreshBank(mint), await this.instruction("buyCollateral", fields)];
    const [prices, refreshes] = [held.flatMap(({ prices }) => prices), held.flatMap(({ refreshes }) => refreshes)];
    return this.#send(prices, [...refreshes, ...buy], signer, options);
  }

  /** Gives a margin account with everything in it to another owner, for good. */
  async giveAccount(
    { signer, account, newOwner }: For & { newOwner: Address },
    options?: SendOptions,
  ): Promise<Receipt> {
    const fields = { owner: signer.address, account, newOwner };
    return this.send([await this.instruction("giveAccount", fields)], signer, options);
  }

  /** Places a lien on the signer's margin account, or makes one of the same holder stronger; only the holder ends it. */
  async placeLien({ signer, ...terms }: For & LienTerms, options?: SendOptions): Promise<Receipt> {
    return this.send([await this.instruction("placeLien", { owner: signer.address, ...terms })], signer, options);
  }

  /** Gives the notice of a lien's holder, or takes it back. */
  async callLien({ signer, account, withdraw }: For & { withdraw?: boolean }, options?: SendOptions): Promise<Receipt> {
    const fields = { holder: signer.address, account, withdraw };
    return this.send([await this.instruction("callLien", fields)], signer, options);
  }

  /** Ends a lien that the signer holds. */
  async releaseLien({ signer, account }: For, options?: SendOptions): Promise<Receipt> {
    return this.send([await this.instruction("releaseLien", { holder: signer.address, account })], signer, options);
  }

  /** Moves capital of an account under the signer's lien to one of the signer's, once the notice has run out. */
  async seize(
    { signer, account, receiver, amount, mint: named }: For & { receiver: Address; amount: bigint; mint?: Address },
    options?: SendOptions,
  ): Promise<Receipt> {
    const mint = named ?? toAddress((await this.bank()).mint);
    const { prices, refreshes } = await this.#refreshes({ signer, account }, { mint });
    // What it is worth is taken off the floor.
    const isPriced = (await this.bank(mint)).index !== 0;
    const seize = await this.instruction("seize", { holder: signer.address, account, receiver, mint, amount });
    const instructions = [...refreshes, ...(isPriced ? [await this.#refreshBank(mint)] : []), seize];
    return this.#send(prices, instructions, signer, options);
  }

  /**
   * Puts a range on a market's curve. What it needs and is not there yet, the account's companion for ranges and tick arrays
   * of the market, is made in the same transaction. It is quoted first: what the exchange would refuse is not sent.
   */
  async addRange(
    { signer, market, ...range }: For & RangeTerms & { market: number },
    options?: SendOptions,
  ): Promise<Receipt> {
    const { account } = range;
    const priced = await this.prices.price(this.network, await this.market(market), signer);
    const { account: price, sample } = priced;
    const { answer: quote } = await this.quoteAddRange({ ...range, market, price, sample });
    const owner = signer.address;
    const made = quote.creates.filter((index) => index !== null);
    const { prices, refreshes } = await this.#refreshes({ signer, account }, { market });
    const instructions = await Promise.all([
      ...refreshes,
      ...(quote.opensRanges ? [this.instruction("openRanges", { owner, account })] : []),
      ...made.map((index) => this.instruction("createTickArray", { payer: owner, market, index })),
      this.instruction("addRange", { ...range, owner, market, price }),
    ]);
    return this.#send([...prices, priced], instructions, signer, options);
  }

  /** Takes a range off the curve; what it earned goes into the account's position. */
  async removeRange({ signer, account, slot }: For & { slot: number }, options?: SendOptions): Promise<Receipt> {
    return this.send(
      [await this.instruction("removeRange", { owner: signer.address, account, slot })],
      signer,
      options,
    );
  }

  /** Settles a position at mark: profit becomes a claim, loss is paid. */
  async settle({ signer, account, market }: For & { market: number }, options?: SendOptions): Promise<Receipt> {
    const { prices, refreshes } = await this.#refreshes({ signer, account });
    const settle = await this.instruction("settle", { authority: signer.address, account, market });
    return this.#send(prices, [...refreshes, settle], signer, options);
  }

  /** Turns a position's mature claim into capital. */
  async release(
    { signer, account, market, minRatioPpm }: For & { market: number; minRatioPpm?: number },
    options?: SendOptions,
  ): Promise<Receipt> {
    const fields = { owner: signer.address, account, market, minRatioPpm };
    return this.send([await this.instruction("release", fields)], signer, options);
  }

  /** Places a standing order, and gives its number. */
  async placeOrder(
    { signer, ...order }: For & OrderTerms & { market: number; number?: bigint },
    options?: SendOptions,
  ): Promise<Receipt & { number: bigint }> {
    const number = order.number ?? (await this.#freeNumber(order.account));
    const fields = { tip: TIP, ...order, authority: signer.address, number };
    const receipt = await this.send([await this.instruction("placeOrder", fields)], signer, options);
    return { ...receipt, number };
  }

  /** Takes a standing order back. */
  async cancelOrder({ signer, account, number }: For & { number: bigint }, options?: SendOptions): Promise<Receipt> {
    const fields = { authority: signer.address, account, number };
    return this.send([await this.instruction("cancelOrder", fields)], signer, options);
  }

  /** Asks for a deposit of capital into the pool; it becomes shares when somebody executes it, after the pool's wait. */
  async poolDeposit(
    { signer, account, amount, minShares, tip = TIP }: For & { amount: bigint; minShares?: bigint; tip?: bigint },
    options?: SendOptions,
  ): Promise<Receipt & { number: bigint }> {
    const { deposits: number } = await this.pool();
    const { sharesAccount, open } = await this.#shares(signer.address);
    const fields = { owner: signer.address, account, sharesAccount, amount, minShares, tip };
    const { prices, refreshes } = await this.#refreshes({ signer, account });
    const request = await this.instruction("requestDeposit", fields);
    const receipt = await this.#send(prices, [...refreshes, open, request], signer, options);
    return { ...receipt, number };
  }

  /** Asks to leave the pool with so many shares. */
  async poolRedeem(
    { signer, account, shares, tip = TIP }: For & { shares: bigint; tip?: bigint },
    options?: SendOptions,
  ): Promise<Receipt & { number: bigint }> {
    const { redeemTail: number } = await this.pool();
    const { sharesAccount } = await this.#shares(signer.address);
    const fields = { owner: signer.address, account, sharesAccount, amount: shares, tip };
    const receipt = await this.send([await this.instruction("requestRedeem", fields)], signer, options);
    return { ...receipt, number };
  }

  /** Sends instructions with what brings prices around them. */
  #send(
    prices: Priced[],
    instructions: Instruction[],
    signer: TransactionSigner,
    options?: SendOptions,
  ): Promise<Receipt> {
    const signers = [...prices.flatMap((priced) => priced.signers), ...(options?.signers ?? [])];
    const [before, after] = [prices.flatMap(({ before }) => before), prices.flatMap(({ after }) => after)];
    return this.send([...before, ...instructions, ...after], signer, { ...options, signers });
  }

  /** Sends an instruction that trades, with its price and what else it needs fresh in front. */
  async #trade(
    { signer, account, market, mint }: For & { market: number; mint?: Address },
    compose: (fresh: Fresh) => Promise<Instruction>,
    options?: SendOptions,
  ): Promise<Receipt> {
    const priced = await this.prices.price(this.network, await this.market(market), signer);
    const { prices, refreshes } = await this.#refreshes({ signer, account }, { market, mint });
    // What is brought in has to have a price by then; USDC needs none.
    const isPriced = mint !== undefined && (await this.bank(mint)).index !== 0;
    const trade = await compose({ authority: signer.address, price: priced.account });
    const instructions = [...refreshes, ...(isPriced ? [await this.#refreshBank(mint)] : []), trade];
    return this.#send([...prices, priced], instructions, signer, options);
  }

  /** The instruction that takes the pushed price of a bank's collateral. */
  async #refreshBank(mint: Address): Promise<Instruction> {
    return this.instruction("refreshBank", { mint, ...(await this.bankPriceAccounts(mint)) });
  }

  /**
   * Prices and refreshes for the markets in which the account holds something on a mark that is too old to be used, and for
   * its other collateral whose price is; but those that are seen to already.
   */
  async #refreshes(
    { signer, account }: For,
    except: { market?: number; mint?: Address | undefined } = {},
  ): Promise<{ prices: Priced[]; refreshes: Instruction[] }> {
    const { positions: held, collateral } = await this.health(account);
    const stale = held.filter((position) => position.stale === 1 && position.market !== except.market);
    const each = stale.map(async ({ market }) => {
      const priced = await this.prices.price(this.network, await this.market(market), signer);
      return { priced, refresh: await this.instruction("refresh", { market, price: priced.account }) };
    });
    const made = await Promise.all(each);
    // Who holds USDC alone is asked no further.
    const banks = collateral === 0n ? [] : (await this.holdings(account)).filter((holding) => holding.stale);
    const unseen = banks.filter(({ mint }) => mint !== except.mint);
    const refreshed = await Promise.all(unseen.map(({ mint }) => this.#refreshBank(mint)));
    return {
      prices: made.map(({ priced }) => priced),
      refreshes: [...made.map(({ refresh }) => refresh), ...refreshed],
    };
  }

  /** The mint, that of USDC without one, and the owner's account for its tokens. */
  async #wallet(owner: Address, named?: Address): Promise<{ mint: Address; source: Address }> {
    const mint = named ?? toAddress((await this.bank()).mint);
    return { mint, source: this.tokenAccount(owner, mint) };
  }

  /** The owner's account for the pool's shares, and the instruction that makes it where it is not there yet. */
  async #shares(owner: Address): Promise<{ sharesAccount: Address; open: Instruction }> {
    const mint = this.address({ of: "shareMint" });
    const open = await this.instruction("createTokenAccount", { payer: owner, owner, mint });
    return { sharesAccount: this.tokenAccount(owner, mint), open };
  }

  /** A number that none of the account's orders has. */
  async #freeNumber(account: Address): Promise<bigint> {
    const taken = (await this.ordersOf(account)).map((order) => order.number);
    return taken.reduce((most, number) => (number >= most ? number + 1n : most), 0n);
  }
}
