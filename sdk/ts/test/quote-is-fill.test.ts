// Quote and fill are one: random trades on a local network, each quoted by the engine as WebAssembly and then executed by
// the program. Equal are base, quote, fee, every byte of the market and of the margin account after it, and the error where
// it is refused. KEEL_TRADES says how many fills (10,000 without it), KEEL_SEED what they are drawn from.
//
// The chain's clock stands still while a trade is between its quote and its fill, and goes on every so many trades, together
// with prices: what a quote means is "if nothing else lands in between and the clock is the same".

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import type { Address, Instruction, KeyPairSigner, Signature, SolanaError } from "@solana/kit";

import {
  KeelClient,
  KeelError,
  type Quoted,
  type TradeOrder,
  type TradeQuote,
  eventsOf,
  kinds,
  nameOf,
  priceToUsd,
  sign,
  usdc,
} from "../src/index.js";
import { getMarketEncoder } from "../src/generated/index.js";
import { toInstruction } from "../src/send.js";
import { LocalNetwork } from "./network.js";

const TRADES = Number(process.env["KEEL_TRADES"] ?? 10_000);
const SEED = Number(process.env["KEEL_SEED"] ?? 1);
/** Trades after which clock and prices go on. */
const BATCH = 50;
const TRADERS = ["alice", "bob", "carol"];
/** USD of liquidity that each range has for each percent of price. */
const DEPTH = 500_000;

interface Traded {
  number: number;
  name: string;
  price: Address;
  /** What a contract costs. */
  usd: number;
  spacing: number;
}

interface Trader {
  signer: KeyPairSigner;
  account: Address;
}

let network: LocalNetwork;
let keel: KeelClient;
let traders: Trader[];
let markets: Traded[];

/** Numbers below one, the same for the same seed (xorshift of 32 bits). */
function randomness(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

before(async () => {
  network = await LocalNetwork.start();
  keel = await KeelClient.connect({ rpc: network.report.rpc_url });
  const lp = await network.signer("lp");
  markets = await Promise.all(network.report.markets.map(({ number }) => listed(number)));
  for (const { number, usd, spacing } of markets) {
    const { account } = await keel.openAccount({ signer: lp, subAccount: number });
    await keel.deposit({ signer: lp, account, amount: usdc(15_000_000) });
    // So many contracts for each percent of price, and ends of ranges close by, so that trades cross ticks.
    const base = BigInt(Math.round((DEPTH / usd) * 1e9));
    const liquidity = keel.network.engine.ask("liquidity", { base, lower: 0, upper: 100 });
    for (const ends of [
      [-500, 500],
      [-50, 30],
      [-15, 20],
      [-5, 4],
      [-2, 10],
    ]) {
      const [lower, upper] = ends.map((end) => Math.max(-1_000, Math.min(end * spacing, 1_000))) as [number, number];
      await keel.addRange({ signer: lp, account, market: number, lower, upper, liquidity });
    }
  }
  traders = await Promise.all(
    TRADERS.map(async (name) => {
      const signer = await network.signer(name);
      const opened = await keel.openAccount({ signer });
      await keel.deposit({ signer, account: opened.account, amount: usdc(500_000) });
      return { signer, account: opened.account };
    }),
  );
  await network.tell("pause");
});

after(() => network.stop());

/** What is to be known of a market. */
async function listed(number: number): Promise<Traded> {
  const [{ params, name }, { account: price, sample }] = await Promise.all([keel.market(number), keel.priceOf(number)]);
  const { contractExponent, tickSpacing: spacing } = params;
  const bits = keel.network.engine.ask("scale", { value: sample.price, exponent: sample.exponent, contractExponent });
  return { number, name: nameOf({ name }), price, usd: priceToUsd(bits), spacing };
}

/** Waits for a transaction, and gives what the node keeps of it. */
async function outcome(signature: Signature) {
  const config = { encoding: "json", maxSupportedTransactionVersion: 0 } as const;
  for (;;) {
    const done = await keel.network.rpc.getTransaction(signature, config).send();
    if (done?.meta) return done.meta;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** The instruction of a trade that was quoted, of the accounts that it was quoted of: they are not fetched twice. */
function instructionOf(request: Parameters<typeof keel.instruction<"trade">>[1], quote: Quoted<TradeQuote>): Instruction {
  const attempt = keel.network.engine.attempt("instruction", { kind: "trade", ...request }, quote.before);
  assert.ok("ready" in attempt, "a quote knows every account of its instruction");
  return toInstruction(attempt.ready);
}

/** An account as a quote tells it, with the event counted that a trade logs: the one thing that a quote leaves out. */
function counted(data: Uint8Array): Uint8Array {
  if (!kinds.market.discriminator.every((byte, at) => byte === data[at])) return data;
  const market = kinds.market.decoder.decode(data);
  return new Uint8Array(getMarketEncoder().encode({ ...market, sequence: market.sequence + 1n }));
}

/** A value as text. */
const text = (value: unknown) =>
  JSON.stringify(value, (_, field: unknown) => (typeof field === "bigint" ? `${field}` : field));

/** Which fields of an account are another than they were told. */
function differences(address: Address, told: Uint8Array, is: Uint8Array): string {
  const kind = [kinds.market, kinds.marginAccount].find(({ discriminator }) =>
    discriminator.every((byte, at) => byte === is[at]),
  );
  const fields = (data: Uint8Array) => (kind ? Object.entries(kind.decoder.decode(data) as object) : []);
  const after = new Map(fields(is));
  const differing = fields(told).filter(([name, value]) => text(value) !== text(after.get(name)));
  return `${kind?.name} ${address}: ${differing.map(([name, value]) => `${name} ${text(value)} told, ${text(after.get(name))} is`).join("; ")}`;
}

function order(random: () => number, { usd }: Traded): TradeOrder {
  const side = random() < 0.5 ? "buy" : "sell";
  // From a hundredth of a cent to 2 million USD, each size as likely as any other.
  const worth = 10 ** (random() * 10.3 - 4);
  const atoms = (amount: number) => BigInt(Math.max(1, Math.floor(amount)));
  const exact = random() < 0.5 ? { base: atoms((worth / usd) * 1e9) } : { quote: atoms(worth * 1e6) };
  return {
    side,
    ...exact,
    reduceOnly: random() < 0.1,
    allOrNothing: random() < 0.1,
    ahead: 1 + Math.floor(random() * 3),
  };
}

test(`${TRADES} random trades are filled as they were quoted`, { timeout: 3_600_000 }, async () => {
  const random = randomness(SEED);
  const started = Date.now();
  const counts = { fills: 0, partial: 0, crossing: 0, refused: 0, units: 0 };
  const refusals = new Map<string, number>();
  // The accounts that a trade left are looked at while the next one is quoted, and before that is sent.
  let looking = Promise.resolve();
  for (let attempt = 0; counts.fills < TRADES; attempt += 1) {
    if (attempt % BATCH === 0) {
      await looking;
      for (const { name } of markets) await network.tell(`price ${name} ${((random() - 0.5) * 0.4).toFixed(3)}%`);
      for (const { name } of markets) await network.tell(`post ${name}`);
      await network.tell(`advance ${1 + Math.floor(random() * 20)}`);
      // From here on the publisher is silent too: it would post the same second's price with another average.
      for (const { name } of markets) await network.tell(`withhold ${name}`);
    }
    const trader = traders[Math.floor(random() * traders.length)]!;
    const market = markets[Math.floor(random() * markets.length)]!;
    const { signer, account } = trader;
    const named = { account, market: market.number, price: market.price, authority: signer.address };
    const request = { ...order(random, market), ...named };
    const said = `trade ${attempt} of seed ${SEED}: ${text(request)}`;

    const quote = await keel.quoteTrade(request).catch((error: unknown) => {
      assert.ok(error instanceof KeelError && error.kind === "program", `${said}: ${String(error)}`);
      return error;
    });
    await looking;
    // The attempt's number makes each transaction another one.
    const options = { priorityFeeMicroLamports: BigInt(attempt + 1), computeUnits: 400_000 };
    if (quote instanceof KeelError) {
      const { code, reason = "", message } = quote;
      const instruction = await keel.instruction("trade", request);
      await assert.rejects(
        keel.send([instruction], trader.signer, { ...options, skipPreflight: true }),
        (error: unknown) => {
          assert.ok(error instanceof KeelError && error.code === code, `${said}: told ${message}, is ${String(error)}`);
          return true;
        },
      );
      counts.refused += 1;
      refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
      continue;
    }
    const { wire, signature } = await sign(keel.network, [instructionOf(request, quote)], trader.signer, options);
    const sent = keel.network.rpc.sendTransaction(wire, { encoding: "base64", skipPreflight: true }).send();
    await sent.catch((error: unknown) =>
      assert.fail(`${said}: ${String((error as SolanaError).cause)} ${text((error as SolanaError).context)}`),
    );
    const done = await outcome(signature);
    assert.equal(done.err, null, said);
    looking = keel.network.accounts([...quote.after.keys()]).then((found) => {
      for (const [address, data] of quote.after) {
        const [is, told] = [found.get(address)!, counted(data!)];
        assert.ok(Buffer.compare(is, told) === 0, `${said}: ${differences(address, told, is)}`);
      }
    });
    // It is awaited when the next trade is quoted; what it throws is thrown there.
    looking.catch(() => undefined);
    const events = eventsOf(keel.network.engine, keel.program, done.logMessages ?? []);
    const fields = events.find((event) => event.name === "Traded")?.fields;
    const { base, quote: paid, fee, crossings, end } = quote.answer.fill;
    assert.deepEqual([fields?.["base"], fields?.["quote"], fields?.["fee"]], [base, paid, fee], said);
    assert.equal(fields?.["crossings"], crossings, said);
    counts.fills += 1;
    counts.partial += end === null ? 0 : 1;
    counts.crossing += crossings > 0 ? 1 : 0;
    counts.units += Number(done.computeUnitsConsumed ?? 0);
  }
  await looking;
  const seconds = (Date.now() - started) / 1_000;
  const rate = (counts.fills + counts.refused) / seconds;
  console.log(
    `${counts.fills} fills as quoted (${counts.partial} in part, ${counts.crossing} across ticks) and ${counts.refused} ` +
      `refusals as quoted, in ${seconds.toFixed(1)} s: ${rate.toFixed(0)} a second`,
    Object.fromEntries(refusals),
  );
  assert.ok(counts.crossing > TRADES / 50 && counts.partial > 0, "trades are of all kinds");
});
