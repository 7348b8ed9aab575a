// A trader and a provider on a local network, over RPC alone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { type Address, type KeyPairSigner, createSolanaRpc } from "@solana/kit";

import {
  KeelClient,
  KeelError,
  type Receipt,
  contracts,
  kinds,
  nameOf,
  priceFromUsd,
  priceToUsd,
  toAddress,
  toAtoms,
  tokenPriceToUsd,
  usdc,
} from "../src/index.js";
import { LocalNetwork } from "./network.js";

let network: LocalNetwork;
let keel: KeelClient;
let lp: { signer: KeyPairSigner; account: Address };
let alice: { signer: KeyPairSigner; account: Address };
let btc: number;

const named = (receipt: Receipt, name: string) => receipt.events.find((event) => event.name === name);

before(async () => {
  network = await LocalNetwork.start();
  keel = await KeelClient.connect({ rpc: network.report.rpc_url, ws: network.report.ws_url });
  btc = network.market("BTC");
});

after(() => network.stop());

test("the exchange is there", async () => {
  const [exchange, markets, bank] = await Promise.all([keel.exchange(), keel.markets(), keel.bank()]);
  assert.equal(exchange.markets, network.report.markets.length);
  assert.deepEqual(
    markets.map(nameOf),
    network.report.markets.map((market) => market.name),
  );
  assert.equal(toAddress(bank.mint), network.report.mint);
  for (const { number, price_account } of network.report.markets) {
    assert.equal(await keel.priceAccount(number), price_account);
    assert.equal((await keel.marketNamed(nameOf(await keel.market(number))))?.indexNumber, number);
  }
  const now = await keel.now();
  assert.ok(now.unix > 1_700_000_000n && now.slot > 0n);
});

test("accounts are opened and funded", async () => {
  const open = async (name: string, amount: bigint) => {
    const signer = await network.signer(name);
    const { account, ...opened } = await keel.openAccount({ signer });
    assert.ok(named(opened, "AccountOpened"));
    const deposited = await keel.deposit({ signer, account, amount });
    assert.equal(named(deposited, "Deposited")?.fields["account"], account);
    assert.ok(deposited.units > 0n && deposited.slot > 0n);
    assert.equal((await keel.account(account)).capital[0], amount);
    return { signer, account };
  };
  [lp, alice] = await Promise.all([open("lp", usdc(5_000_000)), open("alice", usdc(20_000))]);
  assert.deepEqual(
    (await keel.accountsOf(alice.signer.address)).map(({ address }) => address),
    [alice.account],
  );
});

test("a range is quoted, added, and deep", async () => {
  const terms = { market: btc, lower: -400, upper: 400, liquidity: 10_000_000_000_000n };
  const { answer: first } = await keel.quoteAddRange({ ...terms, account: lp.account });
  assert.deepEqual(
    [first.slot, first.opensRanges, first.creates.filter((index) => index !== null).length > 0],
    [0, true, true],
  );
  const beyond = keel.addRange({ ...lp, ...terms, liquidity: 10n ** 30n });
  await assert.rejects(beyond, (error: KeelError) => error.kind === "program");
  const receipt = await keel.addRange({ ...lp, ...terms });
  for (const event of ["RangesOpened", "TickArrayCreated", "RangeAdded"]) assert.ok(named(receipt, event), event);
  const ranges = await keel.ranges(lp.account);
  assert.deepEqual([...ranges.keys()], [0]);
  assert.equal(ranges.get(0)?.liquidity, terms.liquidity);
  const quote = await keel.quoteAddRange({ ...terms, lower: -100, upper: 100, account: lp.account });
  assert.deepEqual([quote.answer.slot, quote.answer.opensRanges], [1, false]);
  const { buy, sell } = await keel.depth(btc, { steps: 4, widthPpm: 10_000 });
  assert.equal(buy.length, 4);
  assert.ok(buy.at(-1)!.base > 0n && sell.at(-1)!.base > 0n);
  assert.ok(buy.at(-1)!.price > sell.at(-1)!.price);
});

test("a trade is what was quoted", async () => {
  const order = { account: alice.account, market: btc, side: "buy", base: contracts("0.5"), ahead: 2 } as const;
  const { answer: quote } = await keel.quoteTrade(order);
  assert.equal(quote.fill.base, contracts("0.5"));
  const usd = priceToUsd(quote.meanPrice);
  assert.ok(usd > 59_000 && usd < 61_000, `${usd}`);
  assert.ok(quote.liquidationPrice !== null && quote.liquidationPrice.below < quote.meanPrice);
  const receipt = await keel.trade({ ...alice, ...order });
  const traded = named(receipt, "Traded");
  assert.equal(traded?.fields["base"], quote.fill.base);
  assert.equal(traded?.counter?.of, "market");
  const [position] = await keel.positions(alice.account);
  assert.equal(position?.market, btc);
  assert.equal(position?.base, contracts("0.5"));
  const health = await keel.health(alice.account);
  assert.ok(health.equity > 0n && BigInt(health.equity) > BigInt(health.maintenance));
  const liquidation = await keel.liquidationPrice(alice.account, btc);
  assert.ok(liquidation.below > 0n && liquidation.below < liquidation.mark);
  const funding = await keel.funding(btc, "buy", 12);
  assert.equal(funding.forecast.length, 12);
});

test("what the exchange refuses has code, name and sentence, in a quote and on the chain", async () => {
  const order = { account: alice.account, market: btc, side: "buy", base: contracts(100) } as const;
  const refused = (error: unknown) => {
    assert.ok(error instanceof KeelError);
    assert.equal(error.kind, "program");
    assert.equal(error.reason, "InsufficientMargin");
    assert.match(error.message, /deposit more or trade less/);
    return true;
  };
  await assert.rejects(keel.quoteTrade(order), refused);
  await assert.rejects(keel.trade({ ...alice, ...order }), (error) => {
    const { instruction, logs, signature } = error as KeelError;
    assert.equal(instruction, 0);
    assert.ok(logs.length > 0 && signature);
    return refused(error);
  });
  // Without a simulation in front it is executed, and fails there.
  await assert.rejects(keel.trade({ ...alice, ...order }, { skipPreflight: true }), refused);
});

test("events are heard as they happen", async () => {
  const stop = new AbortController();
  const heard = keel.watch({ signal: stop.signal });
  const first = heard.next();
  // The subscription is on its way: the first trade may come before it, so there are more.
  let seen: Awaited<typeof first> | undefined;
  void first.then((result) => (seen = result));
  for (let tries = 0; seen === undefined && tries < 20; tries += 1) {
    const order = { market: btc, side: tries % 2 ? "sell" : "buy", base: contracts("0.001") + BigInt(tries) } as const;
    await keel.trade({ ...alice, ...order });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  stop.abort();
  assert.ok(seen?.value, "nothing was heard");
  assert.equal(seen.value.events[0].name, "Traded");
  const mute = await KeelClient.connect({ rpc: network.report.rpc_url, engine: keel.network.engine });
  assert.throws(() => mute.watch({ signal: stop.signal }), /give `ws`/);
});

test("another's account is not the signer's to trade", async () => {
  const order = { account: lp.account, market: btc, side: "sell", base: contracts("0.1") } as const;
  await assert.rejects(
    keel.trade({ signer: alice.signer, ...order }),
    (error: KeelError) => error.reason === "Unauthorized" && error.kind === "program",
  );
});

test("a network's own refusal is told apart", async () => {
  const refusal = keel.deposit({ ...alice, amount: usdc(1_000_000_000) });
  await assert.rejects(refusal, (error: KeelError) => error.kind === "transaction" || error.kind === "program");
  const nobody = "11111111111111111111111111111112" as Address;
  await assert.rejects(
    keel.account(nobody),
    (error: KeelError) => error.kind === "missing" && error.address === nobody,
  );
  const wrong = keel.state(kinds.market, alice.account);
  await assert.rejects(wrong, (error: KeelError) => error.kind === "wrongKind" && error.address === alice.account);
  const deaf = await KeelClient.connect({ rpc: createSolanaRpc("http://127.0.0.1:9"), engine: keel.network.engine });
  await assert.rejects(deaf.exchange());
});

test("a stop is placed, quoted and taken back", async () => {
  const { indexNumber, params } = (await keel.marketNamed("BTC"))!;
  const below = priceFromUsd(keel.network.engine, "48000", params.contractExponent);
  const terms = { order: "trigger", side: "sell", amount: contracts("0.5"), below, reduceOnly: true } as const;
  const quote = await keel.quotePlaceOrder({ ...terms, account: alice.account, market: indexNumber });
  assert.ok("refused" in quote.answer.execution && quote.answer.execution.refused.name === "OrderNotDue");
  const { number, ...receipt } = await keel.placeOrder({ ...alice, ...terms, market: indexNumber });
  assert.ok(named(receipt, "OrderPlaced"));
  const [order] = await keel.ordersOf(alice.account);
  assert.equal(order?.number, number);
  assert.equal(order?.below.bits, below);
  const second = await keel.placeOrder({ ...alice, ...terms, market: indexNumber });
  assert.equal(second.number, number + 1n);
  assert.ok(named(await keel.cancelOrder({ ...alice, number: second.number }), "OrderClosed"));
  assert.equal((await keel.ordersOf(alice.account)).length, 1);
});

test("other collateral is brought in, counted, traded on and taken out", async () => {
  const [told] = network.report.banks;
  const mint = told!.mint as Address;
  const banks = await keel.banks();
  assert.deepEqual(
    banks.map((bank) => toAddress(bank.mint)),
    [network.report.mint, ...network.report.banks.map((bank) => bank.mint)],
  );
  assert.equal((await keel.bankPriceAccounts(mint)).price, told!.price_account);
  const { account } = await keel.openAccount({ signer: alice.signer, subAccount: 5 });
  const brought = { account, market: btc, side: "sell", base: contracts("0.05"), mint, deposit: toAtoms("40", 9) } as const;
  await assert.rejects(
    keel.depositAndTrade({ signer: alice.signer, ...brought, base: contracts(50) }),
    (error: KeelError) => error.reason === "InsufficientMargin",
  );
  assert.equal((await keel.account(account)).capital[1], 0n);
  const receipt = await keel.depositAndTrade({ signer: alice.signer, ...brought });
  for (const event of ["BankRefreshed", "Deposited", "Traded"]) assert.ok(named(receipt, event), event);
  // The next one is quoted at the price that the bank has now.
  const { answer: quote } = await keel.quoteDepositAndTrade({ ...brought, deposit: 1n });
  assert.equal(quote.fill.base, -contracts("0.05"));
  assert.ok(quote.healthBefore.collateral > 0n && quote.healthBefore.capital === 0n);

  const [holding] = await keel.holdings(account);
  assert.deepEqual([holding?.bank, holding?.amount, holding?.mint], [1, toAtoms("40", 9), mint]);
  assert.ok(holding!.initial <= holding!.maintenance && holding!.maintenance < holding!.value);
  const { collateral } = await keel.health(account);
  assert.equal(collateral, holding!.maintenance);
  const value = await keel.bankValue(mint);
  assert.deepEqual([value.weightPpm, value.initialWeightPpm, value.stale], [800_000, 800_000, false]);
  const usd = tokenPriceToUsd((await keel.bank(mint)).latest.bits, 9);
  assert.ok(Math.abs(Number(holding!.value) / 1e6 / 40 - usd) < 0.01, `${usd}`);
  const notForSale = keel.quoteBuyCollateral({ buyer: alice.account, account, mint });
  await assert.rejects(notForSale, (error: KeelError) => error.reason === "NotForSale");

  await keel.tradeTo({ signer: alice.signer, account, market: btc, target: 0n });
  await network.tell("advance 120");
  assert.equal((await keel.bankValue(mint)).stale, true);
  // Losses are paid in USDC: with a dollar of it nothing is owed.
  await keel.deposit({ signer: alice.signer, account, amount: usdc(50) });
  const out = await keel.withdraw({ signer: alice.signer, account, amount: toAtoms("30", 9), mint });
  assert.ok(named(out, "Withdrawn"));
  assert.equal((await keel.account(account)).capital[1], toAtoms("10", 9));
});

test("a trade is whole within its bound, or to a target, or nothing", async () => {
  const { account } = await keel.openAccount({ signer: alice.signer, subAccount: 6 });
  await keel.deposit({ signer: alice.signer, account, amount: usdc(2_000) });
  const order = { account, market: btc, side: "buy", base: contracts("0.1") } as const;
  const { answer: quote } = await keel.quoteTrade(order);
  const cost = -quote.fill.quote + quote.fill.fee;
  const dear = (error: KeelError) => error.reason === "BoundNotMet";
  await assert.rejects(keel.quoteTradeExact({ ...order, bound: cost - 1n }), dear);
  await assert.rejects(keel.tradeExact({ signer: alice.signer, ...order, bound: cost / 2n }), dear);
  assert.deepEqual((await keel.quoteTradeExact({ ...order, bound: cost })).answer.fill, quote.fill);
  const bought = await keel.tradeExact({ signer: alice.signer, ...order, bound: (cost * 101n) / 100n });
  assert.equal(named(bought, "Traded")?.fields["base"], contracts("0.1"));

  const target = { account, market: btc, target: -contracts("0.02") };
  assert.equal((await keel.quoteTradeTo(target)).answer.fill.base, -contracts("0.12"));
  await keel.tradeTo({ signer: alice.signer, ...target });
  const { position, delta } = await keel.delta(account, btc);
  assert.deepEqual([position, delta], [-contracts("0.02"), -contracts("0.02")]);
  const near = keel.tradeTo({ signer: alice.signer, ...target, tolerance: 5n });
  await assert.rejects(near, (error: KeelError) => error.reason === "NearTarget");
});

test("a lien keeps a floor, and its holder takes it; an account passes on", async () => {
  const { account } = await keel.openAccount({ signer: alice.signer, subAccount: 7 });
  await keel.deposit({ signer: alice.signer, account, amount: usdc(500) });
  assert.equal(await keel.lienOf(account), undefined);
  const terms = { holder: lp.signer.address, floor: usdc(300), noticeSecs: 60 };
  assert.ok(named(await keel.placeLien({ signer: alice.signer, account, ...terms }), "LienPlaced"));
  assert.deepEqual(await keel.lienOf(account), { ...terms, calledAt: null, dueAt: null });
  assert.equal((await keel.health(account)).lienFloor, usdc(300));
  const deep = keel.withdraw({ signer: alice.signer, account, amount: usdc(201) });
  await assert.rejects(deep, (error: KeelError) => error.reason === "LienFloor");

  const holder = { signer: lp.signer, account };
  await keel.callLien(holder);
  await keel.callLien({ ...holder, withdraw: true });
  await keel.callLien(holder);
  const lien = await keel.lienOf(account);
  assert.equal(lien!.dueAt! - lien!.calledAt!, 60n);
  const seizure = { ...holder, receiver: lp.account, amount: usdc(120) };
  await assert.rejects(keel.seize(seizure), (error: KeelError) => error.reason === "LienNotDue");
  await network.tell("advance 61");
  assert.ok(named(await keel.seize(seizure), "LienSeized"));
  assert.equal((await keel.lienOf(account))?.floor, usdc(180));
  assert.ok(named(await keel.releaseLien(holder), "LienReleased"));

  assert.ok(named(await keel.giveAccount({ signer: alice.signer, account, newOwner: lp.signer.address }), "AccountGiven"));
  assert.equal(await keel.ownerOf(account), lp.signer.address);
  await keel.withdraw({ ...holder, amount: usdc(380) });
});

test("capital goes into the pool", async () => {
  const { number, ...receipt } = await keel.poolDeposit({ ...alice, amount: usdc(1_000) });
  assert.ok(named(receipt, "DepositRequested"));
  const [request] = await keel.requestsOf(alice.account);
  assert.equal(request?.address, keel.address({ of: "poolRequest", kind: 0, number }));
  const value = await keel.poolValue();
  assert.equal(value.depositsWaiting, usdc(1_000));
});

test("a position is closed and settled, a range is removed, capital comes back", async () => {
  const [held] = await keel.positions(alice.account);
  const close = { account: alice.account, market: btc, side: "sell", base: held!.base, reduceOnly: true } as const;
  const closed = await keel.trade({ ...alice, ...close }, { priorityFeeMicroLamports: 1n, computeUnits: 300_000 });
  assert.ok(closed.units < 300_000n);
  const base = (await keel.positions(alice.account)).find((position) => position.market === btc)?.base ?? 0n;
  assert.equal(base, 0n);
  // A range has to be some slots old.
  await network.tell("advance 300");
  const { answer: removal } = await keel.quoteRemoveRange(lp.account, 0);
  const folded = named(await keel.removeRange({ ...lp, slot: 0 }), "RangeFolded");
  assert.ok(removal.folded.fees > 0n);
  assert.equal(folded?.fields["fees"], removal.folded.fees);
  assert.equal((await keel.ranges(lp.account)).size, 0);
  const before = (await keel.account(lp.account)).capital[0]!;
  // By now the mark of what the range left behind is too old to withdraw on, and the client refreshes it.
  assert.equal((await keel.health(lp.account)).stale, 1);
  const withdrawn = await keel.withdraw({ ...lp, amount: usdc(1_000) });
  assert.ok(named(withdrawn, "Refreshed") && named(withdrawn, "Withdrawn"));
  assert.equal((await keel.account(lp.account)).capital[0], before - usdc(1_000));
});
