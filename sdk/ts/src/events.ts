/** The program's events: one for each instruction that changed something, in the transaction's log. */

import { type Address, getBase64Encoder } from "@solana/kit";

import type { Engine } from "./engine.js";

/** An event. */
export interface ProgramEvent {
  /** Such as `Traded`. */
  name: string;
  /** Which account counts it, and its number there: a gap is an event that was missed. */
  counter: { of: "exchange" | "bank" | "market" | "pool"; which: number | null; number: bigint } | null;
  /** Its fields, as the IDL names them; 64 bits and more are `bigint`, addresses text. */
  fields: Record<string, EventField>;
}

/** A field of an event. */
export type EventField = number | bigint | string | number[] | { [name: string]: EventField };

const INVOKE = /^Program (\w+) invoke \[(\d+)\]$/;
const END = /^Program (\w+) (success|failed)/;
const DATA = "Program data: ";
const base64 = getBase64Encoder();

/**
 * The events in a transaction's log lines, in order. Only what the program itself logged counts: any program may log the
 * same bytes.
 */
export function eventsOf(engine: Engine, program: Address, logs: readonly string[]): ProgramEvent[] {
  const events: ProgramEvent[] = [];
  const running: string[] = [];
  for (const line of logs) {
    const begun = INVOKE.exec(line)?.[1];
    if (begun !== undefined) running.push(begun);
    else if (END.test(line)) running.pop();
    else if (line.startsWith(DATA) && running.at(-1) === program) {
      const data = line.slice(DATA.length).split(" ")[0] ?? "";
      const event = engine.ask("event", { data: toHex(base64.encode(data)) });
      if (event !== null) events.push(event);
    }
  }
  return events;
}

/** Bytes in hexadecimal. */
export function toHex(bytes: ArrayLike<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes of a hexadecimal text. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
