// Quote and fill are one: random trades on a local network, each quoted by the engine as WebAssembly and then executed by
// the program. Equal are base, quote, fee, every byte of the market and of the margin account after it, and the error where
// it is refused. KEEL_TRADES says how many fills (10,000 without it), KEEL_SEED what they are drawn from.
//
// The chain's clock stands still while a trade is between its quote and its fill, and goes on every so many trades, together
// with prices: what a quote means is "if nothing else lands in between and the clock is the same".

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import type { Address, KeyPairSigner, Signature } from "@solana/kit";

import { KeelClient, KeelError, type TradeOrder, eventsOf, sign, usdc } from "../src/index.js";
import { LocalNetwork } from "./network.js";

const TRADES = Number(process.env["KEEL_TRADES"] ?? 10_000);
const SEED = Number(process.env["KEEL_SEED"] ?? 1);
/** Trades after which clock and prices go on. */
const BATCH = 50;
const TRADERS = ["alice", "bob", "carol"];
const MARKETS = ["BTC", "SOL", "ETH"];

interface Trader {
  signer: KeyPairSigner;
  account: Address;
}

let network: LocalNetwork;
let keel: KeelClient;
let traders: Trader[];

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
  const { account } = await keel.openAccount({ signer: lp });
  await keel.deposit({ signer: lp, account, amount: usdc(50_000_000) });
  // Shallow, deep and lopsided ranges, so that trades cross ticks and come to the end of what there is.
  for (const name of MARKETS) {
    const index = (await keel.priceOf(network.market(name))).sample;
    const usd = Number(index.price) * 10 ** index.exponent;
    // So many contracts of base in 1% of price.
    const base = BigInt(Math.round((2_000_000 / usd) * 1e9));
    for (const [lower, upper, part] of [[-1_000, 1_000, 1n], [-100, 60, 2n]] as const) {
      const liquidity = keel.network.engine.ask("liquidity", { base: base / part, lower: 0, upper: 100 });
      await keel.addRange({ signer: lp, account, market: network.market(name), lower, upper, liquidity });
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

/** Waits for a transaction, and gives what its log and status say. */
async function outcome(signature: Signature) {
  for (;;) {
    const { value } = await keel.network.rpc.getSignatureStatuses([signature]).send();
    if (value[0]) return value[0];
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function order(random: () => number): TradeOrder {
  const side = random() < 0.5 ? "buy" : "sell";
  // Between a ten-millionth of a contract and thousands, each size as likely as any other.
  const atoms = BigInt(Math.floor(10 ** (2 + random() * 9)));
  const exact = random() < 0.5 ? { base: atoms } : { quote: atoms };
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
  for (let attempt = 0; counts.fills < TRADES; attempt += 1) {
    if (attempt % BATCH === 0) {
      for (const name of MARKETS) await network.tell(`price ${name} ${((random() - 0.5) * 0.4).toFixed(3)}%`);
      await network.tell(`advance ${1 + Math.floor(random() * 20)}`);
    }
    const trader = traders[Math.floor(random() * traders.length)]!;
    const market = network.market(MARKETS[Math.floor(random() * MARKETS.length)]!);
    const price = network.report.markets.find(({ number }) => number === market)!.price_account as Address;
    const request = { ...order(random), account: trader.account, market, price, authority: trader.signer.address };
    const said = `trade ${attempt} of seed ${SEED}: ${JSON.stringify(request, (_, field) => (typeof field === "bigint" ? `${field}` : field))}`;

    const quote = await keel.quoteTrade(request).catch((error: unknown) => {
      assert.ok(error instanceof KeelError && error.kind === "program", `${said}: ${String(error)}`);
      return error;
    });
    const instruction = await keel.instruction("trade", request);
    // The attempt's number makes each transaction another one.
    const options = { priorityFeeMicroLamports: BigInt(attempt + 1), computeUnits: 400_000 };
    const { wire, signature } = await sign(keel.network, [instruction], trader.signer, options);
    await keel.network.rpc.sendTransaction(wire, { encoding: "base64", skipPreflight: true }).send();
    const status = await outcome(signature);

    if (quote instanceof KeelError) {
      const failed = status.err as { InstructionError?: [number, { Custom?: number }] } | null;
      assert.equal(Number(failed?.InstructionError?.[1].Custom), quote.code, `${said}: ${quote.message}`);
      counts.refused += 1;
      refusals.set(quote.reason!, (refusals.get(quote.reason!) ?? 0) + 1);
      continue;
    }
    assert.equal(status.err, null, said);
    const [found, done] = await Promise.all([
      keel.network.accounts([...quote.after.keys()]),
      keel.network.rpc.getTransaction(signature, { encoding: "json", maxSupportedTransactionVersion: 0 }).send(),
    ]);
    const events = eventsOf(keel.network.engine, keel.program, done?.meta?.logMessages ?? []);
    const fields = events.find((event) => event.name === "Traded")?.fields;
    const { base, quote: paid, fee, crossings, end } = quote.answer.fill;
    assert.deepEqual([fields?.["base"], fields?.["quote"], fields?.["fee"]], [base, paid, fee], said);
    assert.equal(fields?.["crossings"], crossings, said);
    for (const [address, data] of quote.after) {
      assert.deepEqual(found.get(address), data, `${said}: bytes of ${address}`);
    }
    counts.fills += 1;
    counts.partial += end === null ? 0 : 1;
    counts.crossing += crossings > 0 ? 1 : 0;
    counts.units += Number(done?.meta?.computeUnitsConsumed ?? 0);
  }
  const seconds = (Date.now() - started) / 1_000;
  const rate = (counts.fills + counts.refused) / seconds;
  console.log(
    `${counts.fills} fills as quoted (${counts.partial} in part, ${counts.crossing} across ticks) and ${counts.refused} ` +
      `refusals as quoted, in ${seconds.toFixed(1)} s: ${rate.toFixed(0)} a second`,
    Object.fromEntries(refusals),
  );
  assert.ok(counts.crossing > TRADES / 100 && counts.partial > 0, "trades are of all kinds");
});
