import type { HookConfig } from "../config/index.ts";
import type { HookEventKey } from "../hooks/index.ts";
import type { Hooks } from "../spec/index.ts";
import { definedOf } from "./defined-of.ts";
import { noHooks } from "./no-hooks.ts";
import type { HookEntry } from "./run-options.ts";
import { settingError } from "./setting-error.ts";
import type { Settings } from "./settings.ts";

/**
 * Opens the hooks: programs of the configuration, which enclose those of the host's options. What cannot be a hook throws: a
 * hook that never runs protects nobody.
 */
export async function openHooks(settings: Settings): Promise<Hooks> {
  const {
    options: { hooks },
    config,
    env,
  } = settings;
  if (config.hooks.size === 0 && hooks === undefined) return noHooks;
  if (config.hooks.size === 0 && hooks !== undefined && !("length" in hooks)) return hooks;
  const { HookBus, joinHooks } = await import("../hooks/index.ts");
  const own = hooks === undefined || "length" in hooks ? new HookBus() : hooks;
  if (hooks !== undefined && "length" in hooks) for (const entry of hooks) await addEntry(own, entry, env);
  if (config.hooks.size === 0) return own;
  const configured = new HookBus();
  for (const [name, hook] of config.hooks) await addConfigured(configured, { name, hook, settings });
  return joinHooks(configured, own);
}

type Bus = InstanceType<typeof import("../hooks/index.ts").HookBus>;

async function addEntry(bus: Hooks, entry: HookEntry, env: Settings["env"]): Promise<void> {
  const { event, run, command, matcher, timeoutMs, onError } = entry;
  const { commandHook } = await import("../hooks/index.ts");
  const call = run ?? commandHook(event, { command: command ?? [], hostEnv: env });
  // Each entry pairs an event with a function for it; the union loses that link. The bus was made above.
  (bus as Bus).on(event, call as never, definedOf({ matcher, timeoutMs, onError }));
}

async function addConfigured(
  bus: Bus,
  { name, hook, settings }: { readonly name: string; readonly hook: HookConfig; readonly settings: Settings },
): Promise<void> {
  const { event, command = [], ...limits } = hook;
  const { commandHook, resolveEvent } = await import("../hooks/index.ts");
  // Reading the configuration refused every other name, and hooks that have none.
  const known = resolveEvent(event as HookEventKey);
  const at = <Value>(key: string, make: () => Value): Value => {
    try {
      return make();
    } catch (problem) {
      throw settingError(settings, `hooks.${name}.${key}`, problem);
    }
  };
  const call = at("command", () => commandHook(known, { command, hostEnv: settings.env }));
  // Everything else of it was judged when it was read.
  at("matcher", () => bus.on(known, call, definedOf(limits)));
}
