import type { Tool } from "../spec/index.ts";
import { defineTool } from "./define-tool.ts";
import { INPUT_SCHEMAS } from "./input-schemas.generated.ts";
import type { BuiltinInput } from "./inputs.ts";
import { lazyInput } from "./lazy-input.ts";
import { cutText } from "./number-lines.ts";
import { toolError } from "./tool-error.ts";
import type { ToolSession } from "./tool-session.ts";

const MAX_RESULTS = 5;
const MAX_DESCRIPTION_LENGTH = 500;

const DESCRIPTION = `Finds further tools by words of their names and descriptions. The best 5 are shown, and you can call them from the next turn on.`;

/** Makes the tool that finds deferred tools and has them offered. */
export function createToolSearchTool({ deferred, activate }: ToolSession): Tool<BuiltinInput<"ToolSearch">> {
  return defineTool({
    name: "ToolSearch",
    description: DESCRIPTION,
    input: lazyInput("ToolSearch"),
    inputSchema: INPUT_SCHEMAS.ToolSearch,
    effect: "read",
    durability: "idempotent",
    execute({ query }) {
      const words = query.trim().toLowerCase();
      if (words === "") return toolError("The query is empty");
      const scored = deferred().map((tool) => ({ tool, score: scoreTool(tool, words) }));
      const best = scored
        .filter(({ score }) => score > 0)
        .sort((left, right) => right.score - left.score)
        .slice(0, MAX_RESULTS)
        .map(({ tool }) => tool);
      if (best.length === 0) return "No further tool matches";
      activate(best.map(({ name }) => name));
      return best.map(describeTool).join("\n\n");
    },
  });
}

/** The whole query in the name counts 10, each word in the name 5, in the description 2. */
function scoreTool({ name, description }: Tool, query: string): number {
  const inName = name.toLowerCase();
  const inDescription = description.toLowerCase();
  let score = inName.includes(query) ? 10 : 0;
  for (const word of query.split(/\s+/u)) {
    if (inName.includes(word)) score += 5;
    if (inDescription.includes(word)) score += 2;
  }
  return score;
}

function describeTool({ name, description, inputSchema }: Tool): string {
  const { properties } = inputSchema;
  const names = typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
  return `${name}(${names.join(", ")}): ${cutText(description, MAX_DESCRIPTION_LENGTH)}`;
}
