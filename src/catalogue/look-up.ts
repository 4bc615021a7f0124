import type { ModelInfo } from "../spec/index.ts";
import { type ModelTable, readRow } from "./model-row.ts";
import { MODELS } from "./models.generated.ts";
import { ALIASES, OWN_MODELS } from "./own-models.ts";

/** What a host added to the shipped tables. */
export interface AddedModels {
  /** By `keyOf`. */
  readonly models: ReadonlyMap<string, ModelInfo>;
  readonly aliases: ReadonlyMap<string, ModelInfo>;
}

/** Earlier tables go before later ones. */
const TABLES: readonly ModelTable[] = [MODELS, OWN_MODELS];

/** Names a model among those of all providers: no id holds a line break. */
export function keyOf({ provider, id }: { readonly provider: string; readonly id: string }): string {
  return `${provider}\n${id}`;
}

/** Finds a model by exact id, else by alias, else as `provider/id`; an id that several providers have is ambiguous. */
export function lookUp(id: string, provider: string | undefined, added: AddedModels): ModelInfo | undefined {
  const asked = provider === undefined ? providersOf(added) : [provider];
  const exact = asked.map((name) => at(id, name, added)).filter((model) => model !== undefined);
  if (exact.length > 0) return exact.length === 1 ? exact[0] : undefined;
  const own = added.aliases.get(id);
  if (own !== undefined && asked.includes(own.provider)) return own;
  const shipped = asked.map((name) => findAlias(id, name, added)).find((model) => model !== undefined);
  return shipped ?? findQualified(id, provider, added);
}

/** All models, or those of one provider, sorted by provider and id. */
export function listAll(provider: string | undefined, added: AddedModels): readonly ModelInfo[] {
  const shipped = TABLES.flatMap((table) =>
    Object.entries(table).flatMap(([name, rows]) => Object.keys(rows).map((id) => ({ provider: name, id }))),
  );
  const named = new Map([...shipped, ...added.models.values()].map((model) => [keyOf(model), model]));
  return [...named]
    .filter(([, model]) => provider === undefined || model.provider === provider)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, model]) => at(model.id, model.provider, added))
    .filter((model) => model !== undefined);
}

/** Every name under which a shipped model is found: ids, aliases, and the providers that have them. */
export function listNames(): readonly string[] {
  const tables = [...TABLES, ALIASES];
  return [...new Set(tables.flatMap((table) => [...Object.keys(table), ...Object.values(table).flatMap(Object.keys)]))];
}

function at(id: string, provider: string, added: AddedModels): ModelInfo | undefined {
  const own = added.models.get(keyOf({ provider, id }));
  return own ?? TABLES.map((table) => readRow(table, provider, id)).find((model) => model !== undefined);
}

function findAlias(id: string, provider: string, added: AddedModels): ModelInfo | undefined {
  const names = Object.hasOwn(ALIASES, provider) ? ALIASES[provider] : undefined;
  const target = names !== undefined && Object.hasOwn(names, id) ? names[id] : undefined;
  return target === undefined ? undefined : at(target, provider, added);
}

function findQualified(id: string, provider: string | undefined, added: AddedModels): ModelInfo | undefined {
  const slash = id.indexOf("/");
  const prefix = id.slice(0, Math.max(0, slash));
  if (!providersOf(added).includes(prefix) || (provider !== undefined && provider !== prefix)) return undefined;
  return lookUp(id.slice(slash + 1), prefix, added);
}

function providersOf(added: AddedModels): readonly string[] {
  const own = [...added.models.values()].map((model) => model.provider);
  return [...new Set([...TABLES.flatMap((table) => Object.keys(table)), ...own])];
}
