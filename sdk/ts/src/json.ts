/**
 * JSON in which integers of any size survive: the engine writes those that may be large as strings that end in `n`.
 *
 * @internal
 */

const LARGE = /^-?\d+n$/;

/** Writes a value; a `bigint` becomes such a string. */
export function stringify(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => (typeof field === "bigint" ? `${field}n` : field));
}

/** Reads a value; such a string becomes a `bigint`. */
export function parse(text: string): unknown {
  return JSON.parse(text, (_, field: unknown) =>
    typeof field === "string" && LARGE.test(field) ? BigInt(field.slice(0, -1)) : field,
  );
}
