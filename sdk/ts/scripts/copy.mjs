// Puts the module beside the compiled code, where `Engine.load` finds it.

import { copyFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
copyFileSync(path("../../../target/wasm/keel.wasm"), path("../dist/src/keel.wasm"));
