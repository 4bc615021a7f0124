export { type HookContext, type HookFunction } from "./call-hook.ts";
export { commandHook, type CommandHookOptions } from "./command-hook.ts";
export { resolveEvent, type HookEventAliases, type HookEventKey, type ResolvedEvent } from "./event-names.ts";
export { HookBus, type HookObserver, type HookOptions } from "./hook-bus.ts";
export { joinHooks } from "./join-hooks.ts";
export { type HookMatcher } from "./matcher.ts";
export type { HookEventName, HookEvents, HookOutcome, Hooks, HookScope, HookVerdict } from "../spec/index.ts";
