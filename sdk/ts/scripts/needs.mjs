// Builds what the package needs of the rest of the repository, by the repository's own commands: each looks for itself
// whether there is anything to do.
//
//   node scripts/needs.mjs wasm idl network
//
// `wasm`: target/wasm/keel.wasm. `idl`: target/idl/keel.json. `network`: the local network and the program that it runs;
// KEEL_LOCALNET and KEEL_SO name others that are to be used instead.

import { spawnSync } from "node:child_process";

import { root } from "./paths.mjs";

const cargo = (folder, ...args) => {
  const { status, error } = spawnSync("cargo", args, { cwd: root + folder, stdio: "inherit" });
  if (error) throw new Error(`cannot start cargo: install Rust first (${error.message})`);
  if (status !== 0) process.exit(status ?? 1);
};

const builds = {
  wasm: () => cargo("", "xtask", "wasm"),
  idl: () => cargo("", "xtask", "idl"),
  network: () => {
    if (!process.env.KEEL_SO) cargo("", "xtask", "build");
    // With a test of its crate and the features of the whole workspace: else every dependency would be built once more.
    if (!process.env.KEEL_LOCALNET)
      cargo("tests", "test", "--quiet", "--workspace", "--no-run", "--test", "localnet_process");
  },
};

for (const name of process.argv.slice(2)) {
  if (!builds[name]) throw new Error(`nothing builds "${name}": give ${Object.keys(builds).join(", ")}`);
  builds[name]();
}
