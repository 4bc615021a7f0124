/**
 * What must not be loaded when a door is opened, by door; "*" holds for every one. A name that starts with "src/" is a
 * folder or file of ours, any other a package or a module of Node. What is imported dynamically is not loaded yet.
 */
export const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  // Optional peers are added to this list by the check itself.
  "*": ["ai", "@modelcontextprotocol/sdk"],
  // What the first message of a run does not need.
  ".": ["zod", "undici", "yaml", "execa", "toml-eslint-parser", "node:sqlite", "src/testing", "src/cli"],
  // Judges: they look at data and must not be able to act.
  "./policy": [
    "node:child_process",
    "node:net",
    "node:http",
    "node:https",
    "execa",
    "undici",
    "src/sandbox",
    "src/providers",
  ],
  "./permission": ["node:child_process", "node:net", "node:http", "node:https", "execa", "undici"],
  "./constraints": ["node:child_process", "node:net", "node:http", "node:https", "execa", "undici"],
  "./taint": ["node:child_process", "node:net", "node:http", "node:https", "execa", "undici"],
  "./risk": ["node:child_process", "node:net", "node:http", "node:https", "execa", "undici"],
  "./filters": ["node:child_process", "node:net", "node:http", "node:https", "node:fs", "execa", "undici"],
  "./budget": ["node:child_process", "node:net", "node:http", "node:https", "node:fs", "execa", "undici", "zod"],
  "./subagents": ["node:child_process", "node:net", "node:http", "node:https", "execa", "undici", "src/providers"],
  "./skills": ["node:child_process", "node:net", "node:http", "node:https", "execa", "undici", "zod", "yaml"],
  "./memory": ["node:child_process", "node:net", "node:http", "node:https", "execa", "undici", "zod", "yaml"],
  "./checkpoints": ["node:child_process", "node:net", "node:http", "node:https", "execa", "undici"],
  "./guards": ["node:child_process", "node:net", "node:http", "node:https", "node:fs", "execa", "undici", "zod"],
  "./catalogue": ["node:child_process", "node:net", "node:http", "node:https", "node:fs", "execa", "undici", "zod"],
  "./errors": ["node:child_process", "node:net", "node:http", "node:https", "node:fs", "execa", "undici", "zod"],
  "./hooks": ["node:child_process", "execa", "undici"],
  "./audit": ["node:child_process", "node:net", "node:http", "node:https", "execa", "undici"],
  "./telemetry": ["node:child_process", "node:net", "node:http", "node:https", "node:fs", "execa", "undici"],
  "./telemetry/node": ["node:child_process", "execa", "undici"],
  "./router": ["node:child_process", "execa", "undici", "src/providers"],
};
