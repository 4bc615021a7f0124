import { importPeer, SandboxError } from "../../errors/index.ts";
import type { Sandbox } from "../../spec/index.ts";
import { CODE_ISOLATION } from "./run-code.ts";

/** A place that runs JavaScript and no commands. A missing interpreter is an error here and not at the first call. */
export async function openWasmSandbox(): Promise<Sandbox & { readonly reset: () => Promise<void> }> {
  await importPeer("quickjs-emscripten-core", () => import("quickjs-emscripten-core"));
  await importPeer("@jitl/quickjs-wasmfile-release-sync", () => import("@jitl/quickjs-wasmfile-release-sync"));
  return {
    mode: "wasm",
    isolation: CODE_ISOLATION,
    exec() {
      const message = 'Sandbox mode "wasm" runs JavaScript by the tool RunCode and no commands';
      return Promise.reject(new SandboxError(message, { code: "command_blocked" }));
    },
    async reset() {},
    async [Symbol.asyncDispose]() {},
  };
}
