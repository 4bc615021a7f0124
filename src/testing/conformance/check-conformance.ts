import assert from "node:assert/strict";

import { NO_LABELS } from "../../labels/index.ts";
import type { Check, CheckScope, JsonObject, PreparedCall, ToolEffect } from "../../spec/index.ts";
import { fakeTool } from "../fake-tool.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { deepFreeze } from "./deep-freeze.ts";

/** What a question of the gate promises: an answer in a known form about every call, and nothing changed by asking. */
export function checkConformance(open: () => Check | Promise<Check>): readonly ConformanceCase[] {
  return CALLS.flatMap((call) => [
    {
      name: `check() answers in a known form: ${describeCall(call)}`,
      async run() {
        const { effect, basis, reason } = await (await open()).check(call, scopeOf());
        assert(["allow", "ask", "deny", "none"].includes(effect), `unknown effect ${JSON.stringify(effect)}`);
        assert(["rule", "default"].includes(basis), `unknown basis ${JSON.stringify(basis)}`);
        assert.equal(typeof reason, "string", "an answer gives its reason");
      },
    },
    {
      name: `check() changes nothing and answers the same again: ${describeCall(call)}`,
      async run() {
        const check = await open();
        const before = JSON.stringify(call);
        const first = await check.check(call, scopeOf());
        assert.deepEqual(await check.check(call, scopeOf()), first);
        assert.equal(JSON.stringify(call), before, "the call was changed");
      },
    },
  ]);
}

const CALLS: readonly PreparedCall[] = [
  prepare("Read", "read", { file_path: "notes.md" }),
  prepare("Write", "write", { file_path: "../outside", content: "" }),
  prepare("Bash", "execute", { command: "rm -rf / ; echo $(cat /etc/passwd)" }),
  prepare("WebFetch", "network", { url: "http://169.254.169.254/" }),
  prepare("mcp__unknown__tool", "network", {}),
  prepare("constructor", "execute", { nested: [null, { deep: true }], "\0": "\uD83D" }),
];

function prepare(name: string, effect: ToolEffect, args: JsonObject): PreparedCall {
  return deepFreeze({ id: "call_1", tool: fakeTool({ name, effect }), args, input: args });
}

function describeCall({ tool, args }: PreparedCall): string {
  return `${tool.name} ${JSON.stringify(args)}`;
}

function scopeOf(): CheckScope {
  const { signal } = new AbortController();
  return { cwd: "/work", sessionId: "conformance", agent: "main", labels: NO_LABELS, canAsk: true, signal };
}
