// Writes src/generated from the program's IDL: accounts, instructions, addresses, errors. Nothing there is edited or
// committed.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { rootNodeFromAnchor } from "@codama/nodes-from-anchor";
import { renderVisitor } from "@codama/renderers-js";
import { createFromRoot } from "codama";

import { built, packageFolder } from "./paths.mjs";

const idlFile = process.env.KEEL_IDL ?? built("idl/keel.json");

const codama = createFromRoot(rootNodeFromAnchor(JSON.parse(readFileSync(idlFile, "utf8"))));
await codama.accept(
  renderVisitor(packageFolder, {
    formatCode: false,
    // One dependency: the packages under it come with it.
    kitImportStrategy: "rootOnly",
    syncPackageJson: false,
  }),
);

// The generator writes imports for bundlers; modules of Node and of browsers name files.
const folder = join(packageFolder, "src/generated");
const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
for (const entry of entries.filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))) {
  const file = join(entry.parentPath ?? entry.path, entry.name);
  const isIndex = entry.name === "index.ts";
  const named = readFileSync(file, "utf8").replace(/(from\s+['"])(\.[^'"]*)(['"])/g, (_, before, path, after) => {
    const isFolder =
      path === "." || path === ".." || path.startsWith("../") || (isIndex && folder === join(file, ".."));
    return `${before}${path}${isFolder ? "/index.js" : ".js"}${after}`;
  });
  writeFileSync(file, named);
}
