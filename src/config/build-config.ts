import type { HarnessConfig, ProviderConfig } from "./harness-config.ts";
import type { SettingValue } from "./setting-kinds.ts";

/** Makes the typed configuration of checked values, by the names of the file: `max_turns` becomes `maxTurns`. */
export function buildConfig(values: ReadonlyMap<string, SettingValue>): HarnessConfig {
  const sections = new Map<string, Record<string, SettingValue>>();
  const providers = new Map<string, Record<string, SettingValue>>();
  for (const [key, value] of values) {
    const [section = "", ...rest] = key.split(".");
    const [name = "", last] = rest;
    const target = last === undefined ? openSection(sections, section) : openSection(providers, name);
    target[toCamelCase(last ?? name)] = value;
  }
  const section = (name: string): Record<string, SettingValue> => sections.get(name) ?? {};
  // Each value passed the check of its key in the setting table, which has the keys of these types.
  return {
    defaults: section("defaults"),
    providers: providers as ReadonlyMap<string, ProviderConfig>,
    router: section("router") as HarnessConfig["router"],
    permissions: section("permissions") as HarnessConfig["permissions"],
    policy: section("policy") as HarnessConfig["policy"],
    audit: section("audit") as HarnessConfig["audit"],
    sandbox: section("sandbox") as HarnessConfig["sandbox"],
    run: section("run") as HarnessConfig["run"],
    timeouts: section("timeouts") as HarnessConfig["timeouts"],
    tools: section("tools") as HarnessConfig["tools"],
  } as HarnessConfig;
}

function openSection(sections: Map<string, Record<string, SettingValue>>, name: string): Record<string, SettingValue> {
  const found = sections.get(name) ?? {};
  sections.set(name, found);
  return found;
}

function toCamelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
