// A local network of its own for a test file: the program `keel-localnet`, with real RPC and WebSocket, on free ports.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { type Interface, createInterface } from "node:readline";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { type KeyPairSigner, createKeyPairSignerFromBytes } from "@solana/kit";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const target = process.env["CARGO_TARGET_DIR"];
const built = resolve(root, target ?? "tests/target", "debug/keel-localnet");
const program = resolve(root, target ?? "target", "deploy/keel.so");

/** What the network says of itself. */
interface Report {
  rpc_url: string;
  ws_url: string;
  mint: string;
  banks: { number: number; name: string; mint: string; decimals: number; price_account: string }[];
  markets: { number: number; name: string; price_account: string; usd: number }[];
  keys: { name: string; address: string; file: string }[];
}

export class LocalNetwork {
  private constructor(
    readonly report: Report,
    readonly process: ChildProcessWithoutNullStreams,
    readonly lines: AsyncIterator<string>,
    readonly reader: Interface,
  ) {}

  static async start(...further: string[]): Promise<LocalNetwork> {
    const file = process.env["KEEL_LOCALNET"] ?? built;
    const env = { ...process.env, KEEL_SO: process.env["KEEL_SO"] ?? program };
    const child = spawn(file, ["--json", "--stdin", "--port", "0", "--ws-port", "0", ...further], { env });
    let said = "";
    child.stderr.on("data", (text: Buffer) => (said += text.toString()));
    const gone = new Promise<never>((_, reject) => {
      child.once("error", (error) => reject(new Error(`cannot start ${file}: ${error.message}`)));
      child.once("exit", (code) => reject(new Error(`the local network ended (${code}): ${said}`)));
    });
    gone.catch(() => undefined);
    const reader = createInterface(child.stdout);
    const lines = reader[Symbol.asyncIterator]();
    const first = await Promise.race([lines.next(), gone]);
    return new LocalNetwork(JSON.parse(String(first.value)) as Report, child, lines, reader);
  }

  /** Tells the network something, such as `price BTC 45000`, and waits until it is done. */
  async tell(line: string): Promise<void> {
    this.process.stdin.write(`${line}\n`);
    const { value } = await this.lines.next();
    if (value !== "ok") throw new Error(`"${line}": ${String(value)}`);
  }

  /** A key that the network has funded. */
  async signer(name: string): Promise<KeyPairSigner> {
    const key = this.report.keys.find((key) => key.name === name);
    if (key === undefined) throw new Error(`the local network has no key "${name}"`);
    return createKeyPairSignerFromBytes(Uint8Array.from(JSON.parse(readFileSync(key.file, "utf8")) as number[]));
  }

  /** A market's number. */
  market(name: string): number {
    const found = this.report.markets.find((market) => market.name === name);
    if (found === undefined) throw new Error(`the local network has no market "${name}"`);
    return found.number;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    await ended;
    this.reader.close();
  }
}
