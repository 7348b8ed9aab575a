// Puts the module beside the compiled code, where `Engine.load` finds it.

import { copyFileSync } from "node:fs";
import { join } from "node:path";

import { built, packageFolder } from "./paths.mjs";

copyFileSync(built("wasm/keel.wasm"), join(packageFolder, "dist/src/keel.wasm"));
