/**
 * Writes src/catalogue/models.generated.ts from the model data of a pinned release of @earendil-works/pi-ai (MIT).
 * The package is fetched with `npm pack`, and each data file is checked against the hashes of the package's manifest.
 *
 * node scripts/update-catalogue.ts [version]
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PACKAGE = "@earendil-works/pi-ai";
const VERSION = process.argv[2] ?? "1.5.2";
/** Providers that have an adapter. OpenRouter passes hundreds of models on under prices of its own: left out. */
const PROVIDERS = ["anthropic", "deepseek", "google", "groq", "mistral", "openai", "xai"];
const TARGET = new URL("../src/catalogue/models.generated.ts", import.meta.url);
/**
 * The source states the bound of the cheap tier as the context window of OpenAI's tiered models. The window itself is
 * 1,050,000: the source says so of their "-pro" twins, @pydantic/genai-prices of all of them.
 */
const OPENAI_WINDOW = 1_050_000;
/** Anthropic's page of prices: what is written to its cache for an hour costs twice the input. The source does not say. */
const HOUR_FACTOR = 2;

interface Prices {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

interface SourceModel {
  readonly id: string;
  readonly type: string;
  readonly provider: string;
  readonly reasoning?: boolean;
  readonly input?: readonly string[];
  readonly contextWindow: number;
  readonly maxTokens: number;
  readonly cost: Prices & { readonly tiers?: readonly (Prices & { readonly inputTokensAbove: number })[] };
}

interface Manifest {
  readonly generatedAt: string;
  readonly files: Readonly<Record<string, string>>;
}

const folder = mkdtempSync(join(tmpdir(), "harness-catalogue-"));
try {
  const integrity = fetchPackage(folder);
  const data = join(folder, "package/dist/providers/data");
  const manifest = JSON.parse(readFileSync(join(data, ".manifest.json"), "utf8")) as Manifest;
  const tables = PROVIDERS.map((provider) => renderProvider(provider, readChecked(data, `${provider}.json`, manifest)));
  writeFileSync(TARGET, renderFile(tables, { integrity, generatedAt: manifest.generatedAt }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function fetchPackage(cwd: string): string {
  const output = execFileSync("npm", ["pack", `${PACKAGE}@${VERSION}`, "--json", "--silent"], {
    cwd,
    encoding: "utf8",
  });
  const [packed] = JSON.parse(output) as readonly { readonly filename: string; readonly integrity: string }[];
  if (packed === undefined) throw new Error(`npm pack gave nothing for ${PACKAGE}@${VERSION}`);
  const bytes = readFileSync(join(cwd, packed.filename));
  const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  if (integrity !== packed.integrity) throw new Error(`${packed.filename} is not what npm says it is: ${integrity}`);
  execFileSync("tar", ["xzf", packed.filename], { cwd });
  return integrity;
}

function readChecked(data: string, name: string, manifest: Manifest): readonly SourceModel[] {
  const bytes = readFileSync(join(data, name));
  const hash = createHash("sha256").update(bytes).digest("hex");
  if (hash !== manifest.files[name]) throw new Error(`${name} does not have the hash that the manifest gives: ${hash}`);
  const groups = JSON.parse(bytes.toString("utf8")) as Record<string, Record<string, SourceModel>>;
  return Object.values(groups)
    .flatMap((group) => Object.values(group))
    .filter((model) => model.type === "chat");
}

function renderProvider(provider: string, models: readonly SourceModel[]): string {
  const rows = models
    .toSorted((left, right) => (left.id < right.id ? -1 : 1))
    .map((model) => `    ${JSON.stringify(model.id)}: ${renderRow(model)},`);
  return `  ${provider}: {\n${rows.join("\n")}\n  },`;
}

function renderRow(model: SourceModel): string {
  const { id, provider, contextWindow, maxTokens, cost } = model;
  const tiers = cost.tiers ?? [];
  const isCapped = provider === "openai" && tiers.some((tier) => tier.inputTokensAbove >= contextWindow);
  const limits = [isCapped ? OPENAI_WINDOW : contextWindow, maxTokens];
  if (!limits.every((limit) => Number.isSafeInteger(limit) && limit > 0))
    throw new Error(`${id}: limits ${String(limits)}`);
  // Zero means "free for now" or "not known" in the source; neither is a price to bill by.
  if (cost.input === 0 && cost.output === 0) return JSON.stringify([...limits, flags(model)]);
  return JSON.stringify([
    ...limits,
    flags(model),
    prices(model, cost),
    ...tiers.map((tier) => [tier.inputTokensAbove, ...prices(model, tier)]),
  ]);
}

/** What a model can do: "v" reads images, "r" reasons. */
function flags({ input = [], reasoning = false }: SourceModel): string {
  return `${input.includes("image") ? "v" : ""}${reasoning ? "r" : ""}`;
}

function prices({ id, provider }: SourceModel, { input, output, cacheRead, cacheWrite }: Prices): readonly number[] {
  const row = [input, output, cacheRead, cacheWrite];
  if (!row.every((price) => Number.isFinite(price) && price >= 0)) throw new Error(`${id}: prices ${String(row)}`);
  if (cacheWrite > 0 && cacheRead === 0) throw new Error(`${id}: writing to the cache has a price, reading has none`);
  if (cacheWrite > 0) return provider === "anthropic" ? [...row, input * HOUR_FACTOR] : row;
  return cacheRead > 0 ? row.slice(0, 3) : row.slice(0, 2);
}

function renderFile(
  tables: readonly string[],
  source: { readonly integrity: string; readonly generatedAt: string },
): string {
  return `// Generated by scripts/update-catalogue.ts: do not edit.
// Source: ${PACKAGE} ${VERSION}, dist/providers/data, generated ${source.generatedAt}
// Integrity: ${source.integrity}
// License of the data: MIT, by the authors of ${PACKAGE}.
import type { ModelTable } from "./model-row.ts";

/**
 * Chat models by provider: [context window, most output tokens, what it can do, [input, output, cache read, cache write,
 * cache write for an hour], [above, …prices] …].
 */
export const MODELS: ModelTable = {
${tables.join("\n")}
};
`;
}
