import { describeError, suggestName } from "../errors/index.ts";
import type { HookEventKey } from "../hooks/index.ts";
import { BadValue } from "./bad-value.ts";

/**
 * Judges a value that was read by what only its module knows, and throws a `BadValue`. Asked where the key is written and
 * nowhere else: the module is loaded for it, as it will be for the run.
 */
export type ValueCheck<Value> = (value: Value) => Promise<void>;

/** Lines of business. */
export const domains: ValueCheck<readonly string[]> = async (value) => {
  const { CONSTRAINT_DOMAINS } = await import("../constraints/index.ts");
  assertKnown(value, "domain of constraints", CONSTRAINT_DOMAINS);
};

/** Tools that a configuration can name: the host's own come with its options. */
export const toolNames: ValueCheck<readonly string[]> = async (value) => {
  const { BUILTIN_TOOL_NAMES, OPTIONAL_TOOL_NAMES, TOOL_NAMES_OF_OTHERS } = await import("../tools/index.ts");
  assertKnown(value, "built-in tool", [...BUILTIN_TOOL_NAMES, ...TOOL_NAMES_OF_OTHERS, ...OPTIONAL_TOOL_NAMES]);
};

/** The name of an event of hooks. */
export const hookEvent: ValueCheck<string> = async (value) => {
  const { resolveEvent } = await import("../hooks/index.ts");
  // Any other name is what it refuses.
  refuseBy(() => resolveEvent(value as HookEventKey));
};

/** A program that can be a hook, and its arguments. */
export const hookCommand: ValueCheck<readonly string[]> = async (command) => {
  const { commandHook } = await import("../hooks/index.ts");
  refuseBy(() => commandHook("beforeToolCall", { command }));
};

/** Milliseconds that a hook may take. */
export const hookTimeout: ValueCheck<number> = async (timeoutMs) => {
  const { HookBus } = await import("../hooks/index.ts");
  refuseBy(() => new HookBus().on("beforeToolCall", () => {}, { timeoutMs }));
};

/** Hosts: "example.com", or "*.example.com" for all below it. Mode "os" takes one with a port, too. */
export const hosts: ValueCheck<readonly string[]> = async (value) => {
  const { createGuardedFetch } = await import("../net/index.ts");
  refuseBy(() => createGuardedFetch({ allow: value.map((host) => host.replace(/^([^:]+):\d+$/u, "$1")) }));
};

/** Commands that can be blocked: a program and its arguments. */
export const blockedCommands: ValueCheck<readonly string[]> = async (value) => {
  const { createCommandBlocker } = await import("../sandbox/index.ts");
  refuseBy(() => createCommandBlocker(value));
};

/** Patterns of paths, none of which could never match. */
export const protectedPaths: ValueCheck<readonly string[]> = async (value) => {
  const { createProtection } = await import("../files/index.ts");
  refuseBy(() => createProtection(value));
};

function assertKnown(names: readonly string[], what: string, known: readonly string[]): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new BadValue(
      `cannot be used: there is no ${what} "${name}".${suggestName(name, known)} Known: ${known.join(", ")}`,
    );
  }
}

/** Whoever will use the value says what is wrong with it. */
function refuseBy(use: () => unknown): void {
  try {
    use();
  } catch (problem) {
    throw new BadValue(`cannot be used: ${describeError(problem)}`);
  }
}
