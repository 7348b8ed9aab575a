/**
 * Requests to the engine and its answers as bytes: `u32` length of the JSON, the JSON, then accounts until the end, each 32
 * bytes of address, `u32` length (all ones where there is no account) and the data. Little-endian.
 *
 * @internal
 */

import { type Address, getAddressDecoder, getAddressEncoder } from "@solana/kit";

import { parse, stringify } from "./json.js";

/** An account's data, or `null` where there is no account. */
export type AccountData = Uint8Array | null;

const ADDRESS = 32;
const LENGTH = 4;
const ABSENT = 0xffff_ffff;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const addressEncoder = getAddressEncoder();
const addressDecoder = getAddressDecoder();

/** Writes a request. */
export function compose(value: object, accounts: Iterable<readonly [Address, AccountData]>): Uint8Array {
  const json = encoder.encode(stringify(value));
  const known = [...accounts];
  const size = known.reduce((sum, [, data]) => sum + ADDRESS + LENGTH + (data?.length ?? 0), LENGTH + json.length);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, json.length, true);
  bytes.set(json, LENGTH);
  let at = LENGTH + json.length;
  for (const [address, data] of known) {
    bytes.set(addressEncoder.encode(address), at);
    view.setUint32(at + ADDRESS, data === null ? ABSENT : data.length, true);
    at += ADDRESS + LENGTH;
    if (data !== null) bytes.set(data, at);
    at += data?.length ?? 0;
  }
  return bytes;
}

/** Reads an answer. */
export function read(bytes: Uint8Array): { value: Record<string, unknown>; accounts: Map<Address, AccountData> } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const value = parse(decoder.decode(bytes.subarray(LENGTH, LENGTH + length))) as Record<string, unknown>;
  const accounts = new Map<Address, AccountData>();
  let at = LENGTH + length;
  while (at < bytes.length) {
    const address = addressDecoder.decode(bytes.subarray(at, at + ADDRESS));
    const size = view.getUint32(at + ADDRESS, true);
    at += ADDRESS + LENGTH;
    accounts.set(address, size === ABSENT ? null : bytes.slice(at, at + size));
    at += size === ABSENT ? 0 : size;
  }
  return { value, accounts };
}
