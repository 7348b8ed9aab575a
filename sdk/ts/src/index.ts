/**
 * Keel for TypeScript.
 *
 * {@link KeelClient} trades, provides liquidity and reads over RPC; {@link KeelReader} only reads. Quotes, addresses and
 * instructions come out of the exchange's own code as WebAssembly ({@link Engine}). Generated decoders and bare
 * instructions are in `@keel/sdk/program`.
 *
 * @packageDocumentation
 */

export * from "./answers.js";
export type { AddressOf, Answers, Asks, Now, QuoteFields, Quotes, ToldInstruction, ToldUpdate } from "./asks.js";
export { type ClientOptions, type For, KeelClient } from "./client.js";
export { type Attempt, Engine } from "./engine.js";
export { KeelError, type KeelErrorDetails, type KeelErrorKind } from "./error.js";
export { type EventField, type ProgramEvent, eventsOf } from "./events.js";
export * from "./fields.js";
export type { AccountData } from "./frame.js";
export { HermesPrices, type HermesOptions } from "./hermes.js";
export { type Filter, type Found, Network, type Quoted } from "./network.js";
export { type PriceSource, type Priced, PushedPrices } from "./prices.js";
export { type Asked, type At, KeelReader, type TargetRequest, type TradeRequest } from "./reader.js";
export { type KeelInstruction, type Receipt, type SendOptions, sign } from "./send.js";
export { type Kind, decode, kinds, nameOf, toAddress } from "./state.js";
export * from "./units.js";
export type { Seen, WatchOptions } from "./watch.js";
