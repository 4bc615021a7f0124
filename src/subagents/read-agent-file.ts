import { ConfigError } from "../errors/index.ts";
import { readFrontMatter, settingValues } from "../front-matter/index.ts";
import type { BudgetLimits } from "../spec/index.ts";
import type { AgentDefinition, AgentSandbox } from "./agent-definition.ts";
import { checkAgentName } from "./agent-name.ts";

/** The settings that the head of an agent's file may have. */
const KEYS = [
  "name",
  "description",
  "tools",
  "read_only",
  "sandbox_network",
  "sandbox_files",
  "permission_mode",
  "model",
  "max_turns",
  "max_tokens",
  "max_cost",
  "timeout_ms",
] as const;

/** From the strictest to the loosest. */
const MODES = ["plan", "default", "accept_edits", "bypass"] as const;

/** A definition of a file, and the name of its type. */
export interface NamedAgent {
  readonly name: string;
  readonly definition: AgentDefinition;
}

/**
 * Reads `.harness/agents/*.md`: settings in the head, the system prompt below. `fileName` is the name without ".md".
 * Throws a `ConfigError` with file and line for whatever cannot be meant.
 */
export async function readAgentFile(
  text: string,
  { file, fileName }: { readonly file: string; readonly fileName: string },
): Promise<NamedAgent> {
  const document = await readFrontMatter(text, { file, keys: KEYS });
  const values = settingValues(document, file);
  const name = values.text("name") ?? fileName;
  const description = values.text("description");
  const line = document.settings.get("name")?.line ?? 1;
  checkAgentName(name, { file, line });
  if (description === undefined) {
    throw new ConfigError("description is missing: it tells the model what the agent is for", { file, line: 1 });
  }
  if (document.body === "") throw new ConfigError("The prompt is missing: write it below the head", { file });
  const budget = definedOf<BudgetLimits>({ maxTokens: values.count("max_tokens"), maxCost: values.amount("max_cost") });
  const sandbox = definedOf<AgentSandbox>({
    network: values.oneOf("sandbox_network", ["none"]),
    files: values.oneOf("sandbox_files", ["read-only"]),
  });
  const definition = definedOf<AgentDefinition>({
    description,
    systemPrompt: document.body,
    tools: values.texts("tools"),
    isReadOnly: values.yesOrNo("read_only"),
    sandbox: Object.keys(sandbox).length === 0 ? undefined : sandbox,
    permissionMode: values.oneOf("permission_mode", MODES),
    model: values.text("model"),
    maxTurns: values.count("max_turns"),
    budget: Object.keys(budget).length === 0 ? undefined : budget,
    timeoutMs: values.count("timeout_ms"),
  });
  return { name, definition };
}

/** Without the settings that nobody wrote. */
function definedOf<Options extends object>(given: {
  readonly [Key in keyof Options]: Options[Key] | undefined;
}): Options {
  // What is left out of `Options` is what is undefined here.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Options;
}
