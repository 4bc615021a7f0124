/**
 * The architecture of src/, from the ground up. A folder may import from the floors below its own only; folders of one
 * floor never import each other; type imports count. ARCHITECTURE.md quotes this table. `index` is src/index.ts.
 */
export const FLOORS: readonly (readonly string[])[] = [
  ["spec"],
  ["errors", "async", "schema", "files", "net", "paths", "shell"],
  [
    ...["hooks", "policy", "permission", "risk", "approval", "budget", "catalogue", "sandbox", "filters"],
    ...["audit", "telemetry", "router", "providers", "tools", "mcp", "session", "memory", "testing"],
  ],
  ["tool-call"],
  ["agent"],
  ["subagents"],
  ["config"],
  ["harness"],
  ["index"],
  ["evals", "fleet", "cli", "ci"],
];
