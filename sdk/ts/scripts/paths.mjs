// Where the repository's own builds are: in its target folders, or in the one that CARGO_TARGET_DIR names.

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
export const packageFolder = fileURLToPath(new URL("..", import.meta.url));

const chosen = process.env.CARGO_TARGET_DIR;

/** A file that `cargo xtask` makes. */
export const built = (path) => resolve(root, chosen ?? "target", path);

/** A binary of the workspace in `tests/`. */
export const binary = (name) => resolve(root, chosen ?? "tests/target", "debug", name);
