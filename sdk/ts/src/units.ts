/**
 * Between what people write and what the exchange counts in: USDC has 6 decimals, base 9 (a contract is a billion base
 * atoms), prices and rates have 48 fraction bits.
 */

import type { Engine } from "./engine.js";
import { KeelError } from "./error.js";

const USDC_DECIMALS = 6;
const BASE_DECIMALS = 9;
const ONE = 2 ** 48;
/** A price is in quote atoms per base atom: a thousandth of USD per contract. */
const USD_PER_UNIT = 10 ** (BASE_DECIMALS - USDC_DECIMALS);

/** Quote atoms of an amount in USD, such as `"1000.50"`. */
export function usdc(amount: string | number | bigint): bigint {
  return atoms(amount, USDC_DECIMALS);
}

/** Base atoms of a number of contracts, such as `"0.25"`. */
export function contracts(amount: string | number | bigint): bigint {
  return atoms(amount, BASE_DECIMALS);
}

/** Atoms of an amount of a token that has so many decimals. */
export function toAtoms(amount: string | number | bigint, decimals: number): bigint {
  return atoms(amount, decimals);
}

/** An amount of atoms as text, exactly. */
export function formatAtoms(amount: bigint, decimals: number): string {
  const sign = amount < 0n ? "-" : "";
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, "0");
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return `${sign}${digits.slice(0, digits.length - decimals)}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Quote atoms as USD, exactly. */
export function formatUsdc(amount: bigint): string {
  return formatAtoms(amount, USDC_DECIMALS);
}

/** Base atoms as contracts, exactly. */
export function formatContracts(amount: bigint): string {
  return formatAtoms(amount, BASE_DECIMALS);
}

/**
 * A price's bits from USD per unit of the feed's asset, as the exchange scales an oracle's price: rounded down.
 *
 * @param contractExponent - Of the market's parameters: a contract is ten to that power of units.
 */
export function priceFromUsd(engine: Engine, usd: string | number, contractExponent = 0): bigint {
  const { value, decimals } = decimal(usd);
  return engine.ask("scale", { value, exponent: -decimals, contractExponent });
}

/** A price's bits as USD per unit of the feed's asset, for showing: a `number` has 53 bits of them. */
export function priceToUsd(bits: bigint, contractExponent = 0): number {
  return ((Number(bits) / ONE) * USD_PER_UNIT) / 10 ** contractExponent;
}

/** The bits of a bank's price as USD per token, for showing. */
export function tokenPriceToUsd(bits: bigint, decimals: number): number {
  return (Number(bits) / ONE) * 10 ** (decimals - USDC_DECIMALS);
}

/** A rate's bits as a number, for showing: 1 is 100%. */
export function rateToNumber(bits: bigint): number {
  return Number(bits) / ONE;
}

function atoms(amount: string | number | bigint, decimals: number): bigint {
  if (typeof amount === "bigint") return amount * 10n ** BigInt(decimals);
  const parsed = decimal(amount);
  if (parsed.decimals > decimals) {
    throw new KeelError("request", `"${amount}" has more than ${decimals} decimals: round it first`);
  }
  return parsed.value * 10n ** BigInt(decimals - parsed.decimals);
}

function decimal(amount: string | number): { value: bigint; decimals: number } {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(amount));
  if (parts === null) throw new KeelError("request", `"${amount}" is no decimal number: write it like 1000.5`);
  const [, sign = "", whole = "", fraction = ""] = parts;
  const value = BigInt(whole + fraction);
  return { value: sign === "" ? value : -value, decimals: fraction.length };
}
