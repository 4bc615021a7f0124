/**
 * The architecture of src/, from the ground up. A folder may import from the floors below its own only; folders of one
 * floor never import each other; type imports count. ARCHITECTURE.md quotes this table. `index` is src/index.ts.
 */
export const FLOORS: readonly (readonly string[])[] = [
  words("spec"),
  words("errors async schema"),
  words("files net paths shell digest pii labels sqlite front-matter text-input processes faults"),
  words(`
    hooks policy permission taint constraints risk approval budget guards catalogue sandbox filters
    audit telemetry router providers tools mcp session memory skills checkpoints context testing
  `),
  words("tool-call"),
  words("agent"),
  words("subagents"),
  words("config"),
  words("harness"),
  words("index"),
  words("replay"),
  words("evals fleet cli ci"),
];

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
