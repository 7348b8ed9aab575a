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
import type { OrderTerms, RangeTerms, TradeOrder } from "./fields.js";
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

  /** Deposits USDC out of the signer's token account; anyone may. */
  async deposit({ signer, account, amount }: For & { amount: bigint }, options?: SendOptions): Promise<Receipt> {
    const { mint, wallet } = await this.#wallet(signer.address);
    const fields = { authority: signer.address, account, mint, source: wallet, amount };
    return this.send([await this.instruction("deposit", fields)], signer, options);
  }

  /** Withdraws USDC into the owner's token account. */
  async withdraw({ signer, account, amount }: For & { amount: bigint }, options?: SendOptions): Promise<Receipt> {
    const { mint, wallet } = await this.#wallet(signer.address);
    const fields = { owner: signer.address, account, mint, destination: wallet, amount };
    const { prices, refreshes } = await this.#refreshes({ signer, account });
    return this.#send(prices, [...refreshes, await this.instruction("withdraw", fields)], signer, options);
  }

  /** Trades. */
  async trade(
    { signer, market, ...order }: For & TradeOrder & { market: number },
    options?: SendOptions,
  ): Promise<Receipt> {
    const priced = await this.prices.price(this.network, await this.market(market), signer);
    const fields = { ...order, authority: signer.address, market, price: priced.account };
    const { prices, refreshes } = await this.#refreshes({ signer, account: order.account }, market);
    const instructions = [...refreshes, await this.instruction("trade", fields)];
    return this.#send([...prices, priced], instructions, signer, options);
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
    const { prices, refreshes } = await this.#refreshes({ signer, account }, market);
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
    const receipt = await this.send([open, await this.instruction("requestDeposit", fields)], signer, options);
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

  /** Prices and refreshes for the markets in which the account holds something on a mark that is too old to be used. */
  async #refreshes({ signer, account }: For, except?: number): Promise<{ prices: Priced[]; refreshes: Instruction[] }> {
    const held = (await this.health(account)).positions;
    const stale = held.filter((position) => position.stale === 1 && position.market !== except);
    const each = stale.map(async ({ market }) => {
      const priced = await this.prices.price(this.network, await this.market(market), signer);
      return { priced, refresh: await this.instruction("refresh", { market, price: priced.account }) };
    });
    const made = await Promise.all(each);
    return { prices: made.map(({ priced }) => priced), refreshes: made.map(({ refresh }) => refresh) };
  }

  async #wallet(owner: Address): Promise<{ mint: Address; wallet: Address }> {
    const mint = toAddress((await this.bank()).mint);
    return { mint, wallet: this.tokenAccount(owner, mint) };
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
