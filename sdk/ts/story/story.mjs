// A trader's and a provider's first day by this package alone: opens an account, deposits, trades, adds and removes a range,
// brings other collateral in, asks for a deposit into the pool, places a stop. Prints one line of JSON, {"account", "position", "order", "request"}.
//
//   node story/story.mjs --url http://127.0.0.1:8899 --keypair alice.json
//
// It runs against the built package (`npm run build`), and a market BTC with liquidity on it. `--ws` is taken and not needed:
// a transaction is waited for over RPC.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { createKeyPairSignerFromBytes } from "@solana/kit";

import { KeelClient, contracts, priceFromUsd, priceToUsd, toAddress, toAtoms, usdc } from "../dist/src/index.js";

const text = { type: "string" };
const { values } = parseArgs({ options: { url: text, ws: text, keypair: text } });
if (!values.url || !values.keypair) {
  console.error("story.mjs: give --url RPC and --keypair FILE");
  process.exit(2);
}

const signer = await createKeyPairSignerFromBytes(Uint8Array.from(JSON.parse(readFileSync(values.keypair, "utf8"))));
const keel = await KeelClient.connect({ rpc: values.url });

// An account whose number none of the owner's has.
const taken = (await keel.accountsOf(signer.address)).map(({ subAccount }) => subAccount);
const subAccount = Math.max(-1, ...taken) + 1;
const { account } = await keel.openAccount({ signer, subAccount });
await keel.deposit({ signer, account, amount: usdc(20_000) });

const btc = await keel.marketNamed("BTC");
if (btc === undefined) throw new Error("there is no market BTC: name the URL of a network that has one");
const market = btc.indexNumber;

const order = { account, market, side: "buy", base: contracts("0.1") };
const { answer: quote } = await keel.quoteTrade(order);
const traded = await keel.trade({ signer, ...order });
const fill = traded.events.find(({ name }) => name === "Traded")?.fields;
if (fill?.base !== quote.fill.base) throw new Error(`filled ${fill?.base}, quoted ${quote.fill.base}`);

// So much liquidity that 0.05 contracts are on one side of it, or the least that the market takes.
const wanted = keel.network.engine.ask("liquidity", { base: contracts("0.05"), lower: 0, upper: 100 });
const least = BigInt(btc.params.minTickLiquidity);
const liquidity = wanted > least ? wanted : least;
await keel.addRange({ signer, account, market, lower: -100, upper: 100, liquidity });
const [slot] = (await keel.ranges(account)).keys();
// A range has to be some slots old before it may be removed.
for (;;) {
  try {
    await keel.removeRange({ signer, account, slot });
    break;
  } catch (error) {
    if (error.reason !== "RangeTooYoung") throw error;
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
}

// Ten tokens of the first bank of other collateral, and its price, without which they would count for nothing.
const [, bank] = await keel.banks();
const mint = toAddress(bank.mint);
await keel.deposit({ signer, account, mint, amount: toAtoms("10", bank.decimals) });
await keel.refreshBank({ signer, mint });
const [, holding] = await keel.holdings(account);
if (!(holding?.maintenance > 0n)) throw new Error("the other collateral counts for nothing");

const { number: request } = await keel.poolDeposit({ signer, account, amount: usdc(1_000) });

const [position] = (await keel.positions(account)).filter((position) => position.market === market);
const current = await keel.market(market);
const mark = priceToUsd(current.mark.bits, current.params.contractExponent);
const below = priceFromUsd(keel.network.engine, (mark * 0.8).toFixed(2), current.params.contractExponent);
const stop = { order: "trigger", side: "sell", amount: position.base, below, reduceOnly: true };
const { number } = await keel.placeOrder({ signer, account, market, ...stop });

const told = { account, position: position.base, order: number, request };
console.log(JSON.stringify(told, (_, field) => (typeof field === "bigint" ? String(field) : field)));
