import { describe, expect, it } from "vitest";

import { PROVIDER_SETTINGS, SETTINGS } from "../../src/config/settings-table.ts";
import { toSnakeCase } from "../../src/config/find-setting.ts";
import { openWorkspace } from "./workspace.ts";

type Row = readonly [key: string, user: string | undefined, project: string, expected: unknown];

/** What an untrusted project gets: `ignored` = the user's value holds and the key is reported. */
const ignored = Symbol("ignored");
const ROWS: readonly Row[] = [
  ["defaults.provider", '"openai"', '"google"', "google"],
  ["defaults.model", undefined, '"m"', "m"],
  ["router.strategy", '"manual"', '"quality_first"', "quality_first"],
  ["router.fallback_chain", '["a"]', '["b"]', ["b"]],
  ["router.simple_task_model", undefined, '"m"', "m"],
  ["router.max_cost_per_session", undefined, "5.0", 5],
  ["router.max_cost_per_session", "5.0", "4.0", 4],
  ["router.max_cost_per_session", "5.0", "6.0", ignored],
  ["router.max_tokens_per_session", "100", "101", ignored],
  ["router.max_tokens_per_session", "100", "99", 99],
  ["budget.max_cost_per_run", "5.0", "6.0", ignored],
  ["budget.max_cost_per_run", undefined, "5.0", 5],
  ["budget.max_cost_per_day", "5.0", "6.0", ignored],
  ["budget.max_cost_per_day", undefined, "5.0", 5],
  ["budget.max_cost_per_month", "5.0", "6.0", ignored],
  ["budget.max_cost_per_month", undefined, "5.0", 5],
  ["budget.max_tokens_per_run", "5", "6", ignored],
  ["budget.max_tokens_per_run", "5", "4", 4],
  ["budget.max_turns_per_run", "5", "6", ignored],
  ["budget.max_turns_per_run", "5", "4", 4],
  ["budget.max_tool_calls_per_run", "5", "6", ignored],
  ["budget.max_tool_calls_per_run", "5", "4", 4],
  ["budget.max_wall_ms_per_run", "5", "6", ignored],
  ["budget.max_wall_ms_per_run", "5", "4", 4],
  ["budget.max_tokens_per_day", "5", "6", ignored],
  ["budget.max_tokens_per_day", "5", "4", 4],
  ["budget.max_tokens_per_month", "5", "6", ignored],
  ["budget.max_tokens_per_month", "5", "4", 4],
  ["budget.tenant", '"a"', '"b"', ignored],
  ["budget.tenant", '"a"', '"a"', "a"],
  ["budget.ledger", undefined, '"/tmp/other.db"', ignored],
  ["budget.ledger", '"/var/b.db"', '"/var/b.db"', "/var/b.db"],
  ["budget.on_limit", undefined, '"ask"', ignored],
  ["budget.on_limit", '"ask"', '"stop"', "stop"],
  ["budget.degrade_at", "0.5", "0.9", 0.9],
  ["budget.warn_at", undefined, "0.5", 0.5],
  ["budget.tell_model", undefined, "true", true],
  ["permissions.mode", undefined, '"accept_edits"', ignored],
  ["permissions.mode", undefined, '"bypass"', ignored],
  ["permissions.mode", undefined, '"plan"', "plan"],
  ["permissions.mode", '"bypass"', '"accept_edits"', "accept_edits"],
  ["permissions.mode", '"plan"', '"default"', ignored],
  ["constraints.domains", '["finance"]', '["healthcare"]', ["finance", "healthcare"]],
  ["constraints.domains", '["finance"]', "[]", ["finance"]],
  ["constraints.code", undefined, "true", true],
  ["constraints.code", "true", "false", ignored],
  ["constraints.large_amount", undefined, "500", 500],
  ["constraints.large_amount", undefined, "50000", ignored],
  ["permissions.allow", undefined, '["Bash"]', ignored],
  ["permissions.allow", '["Bash", "Write"]', '["Bash"]', ["Bash"]],
  ["permissions.allow", '["Bash"]', '["Bash", "Write"]', ignored],
  ["permissions.deny", '["Bash"]', '["Write"]', ["Bash", "Write"]],
  ["permissions.deny", '["Bash"]', "[]", ["Bash"]],
  ["permissions.ask", undefined, '["Write"]', ["Write"]],
  ["policy.policy_paths", undefined, '["/x.yml"]', ignored],
  ["policy.policy_paths", '["/a.yml", "/b.yml"]', '["/a.yml"]', ignored],
  ["policy.policy_paths", '["/a.yml"]', "[]", ignored],
  ["policy.policy_paths", '["/a.yml"]', '["/a.yml"]', ["/a.yml"]],
  ["policy.simulation_mode", undefined, "true", ignored],
  ["policy.simulation_mode", "true", "false", false],
  ["audit.enabled", undefined, "false", ignored],
  ["audit.enabled", "false", "true", true],
  ["audit.scan_pii", "true", "false", ignored],
  ["audit.scan_pii", "false", "true", true],
  ["audit.log_tool_args", undefined, "false", ignored],
  ["audit.log_prompts", undefined, "true", ignored],
  ["audit.log_prompts", "true", "false", false],
  ["audit.pii_action", '"mask"', '"mask"', "mask"],
  ["audit.signing_key", '"/k.pem"', '"/k.pem"', "/k.pem"],
  ["audit.signer_name", '"a"', '"a"', "a"],
  ["audit.anchor_file", '"/a"', '"/a"', "/a"],
  ["audit.team", '"a"', '"a"', "a"],
  ["audit.pii_action", undefined, '"mask"', ignored],
  ["audit.signing_key", undefined, '"/tmp/key.pem"', ignored],
  ["audit.signer_name", '"a"', '"b"', ignored],
  ["audit.anchor_file", '"/var/a"', '"/tmp/b"', ignored],
  ["audit.team", '"a"', '"b"', ignored],
  ["audit.log_tool_args", "false", "false", false],
  ["audit.retention_days", undefined, "1", ignored],
  ["audit.retention_days", "90", "89", ignored],
  ["audit.retention_days", "90", "365", 365],
  ["audit.retention_max_size_mb", "10.0", "1.0", ignored],
  ["audit.retention_max_size_mb", "10.0", "11.0", 11],
  ["audit.dir", undefined, '"/tmp/x"', ignored],
  ["audit.dir", '"/var/x"', '"/var/x"', "/var/x"],
  ["sandbox.enabled", undefined, "false", ignored],
  ["sandbox.enabled", "false", "true", true],
  ["sandbox.mode", undefined, '"none"', ignored],
  ["sandbox.mode", undefined, '"docker"', "docker"],
  ["sandbox.mode", '"docker"', '"process"', ignored],
  ["sandbox.max_memory_mb", undefined, "64", 64],
  ["sandbox.max_memory_mb", "64", "65", ignored],
  ["sandbox.max_memory_mb", undefined, "4096", ignored],
  ["sandbox.max_memory_mb", "8192", "4096", 4096],
  ["sandbox.max_processes", undefined, "513", ignored],
  ["sandbox.max_processes", undefined, "64", 64],
  ["sandbox.max_file_size_mb", "64", "65", ignored],
  ["sandbox.max_file_size_mb", undefined, "65", 65],
  ["sandbox.max_open_files", undefined, "1025", ignored],
  ["sandbox.max_open_files", "4096", "2000", 2000],
  ["sandbox.max_disk_mb", "64", "65", ignored],
  ["sandbox.max_disk_mb", undefined, "65", 65],
  ["sandbox.max_output_bytes", undefined, "1048577", ignored],
  ["sandbox.max_output_bytes", undefined, "1000", 1000],
  ["sandbox.timeout_ms", "64", "65", ignored],
  ["sandbox.timeout_ms", undefined, "65", 65],
  ["sandbox.grace_ms", undefined, "251", ignored],
  ["sandbox.grace_ms", undefined, "1", 1],
  ["sandbox.private_processes", undefined, "false", ignored],
  ["sandbox.private_processes", "false", "true", true],
  ["sandbox.private_processes", "false", "false", false],
  ["sandbox.read_paths", undefined, '["/root"]', ignored],
  ["sandbox.read_paths", '["/data", "/more"]', '["/data"]', ["/data"]],
  ["sandbox.docker_pull", undefined, '"missing"', ignored],
  ["sandbox.docker_pull", '"missing"', '"never"', "never"],
  ["sandbox.docker_runtime", '"runsc"', '"runc"', ignored],
  ["sandbox.docker_runtime", undefined, '"runc"', ignored],
  ["sandbox.docker_workspace", undefined, '"copy"', "copy"],
  ["sandbox.docker_workspace", '"copy"', '"mount"', ignored],
  ["sandbox.docker_user", undefined, '"0:0"', ignored],
  ["sandbox.docker_user", '"1:1"', '"1:1"', "1:1"],
  ["sandbox.docker_runtime", '"runsc"', '"runsc"', "runsc"],
  ["sandbox.docker_socket", '"/run/d.sock"', '"/run/d.sock"', "/run/d.sock"],
  ["sandbox.docker_cpus", "1.5", "2.0", ignored],
  ["sandbox.docker_cpus", undefined, "0.5", 0.5],
  ["sandbox.docker_socket", undefined, '"/tmp/docker.sock"', ignored],
  ["sandbox.max_cpu_seconds", "64", "65", ignored],
  ["sandbox.max_cpu_seconds", "64", "63", 63],
  ["sandbox.network_access", undefined, "true", ignored],
  ["sandbox.network_access", "true", "false", false],
  ["sandbox.docker_image", undefined, '"x"', "x"],
  ["sandbox.allowed_domains", undefined, '["evil.example"]', ignored],
  ["sandbox.allowed_domains", '["a.example", "b.example"]', '["a.example"]', ["a.example"]],
  ["sandbox.allowed_paths", undefined, '["/data"]', ignored],
  ["sandbox.allowed_paths", '["/data", "/more"]', '["/data"]', ["/data"]],
  ["sandbox.blocked_commands", '["curl"]', '["nc"]', ["curl", "nc"]],
  ["run.max_turns", undefined, "100", 100],
  ["run.max_turns", undefined, "101", ignored],
  ["run.max_turns", "500", "200", 200],
  ["run.max_output_tokens", undefined, "999999", ignored],
  ["run.max_output_tokens", undefined, "100", 100],
  ["run.system_prompt", undefined, '"Obey"', ignored],
  ["run.system_prompt", '"Obey"', '"Obey"', "Obey"],
  ["timeouts.first_chunk_ms", undefined, "300001", ignored],
  ["timeouts.first_chunk_ms", undefined, "300000", 300_000],
  ["timeouts.chunk_ms", undefined, "1", 1],
  ["timeouts.chunk_ms", undefined, "120001", ignored],
  ["timeouts.turn_ms", "5", "6", ignored],
  ["timeouts.turn_ms", "5", "4", 4],
  ["timeouts.tool_ms", undefined, "600001", ignored],
  ["timeouts.tool_ms", "900000", "700000", 700_000],
  ["timeouts.run_ms", undefined, "5", 5],
  ["timeouts.run_ms", "5", "6", ignored],
  ["timeouts.approval_ms", "5", "6", ignored],
  ["timeouts.approval_ms", undefined, "6", 6],
  ["timeouts.close_ms", undefined, "5001", ignored],
  ["timeouts.close_ms", "9000", "8000", 8000],
  ["tools.enabled", undefined, '["Read"]', ["Read"]],
  ["tools.enabled", '["Read"]', '["Read", "Bash"]', ignored],
  ["tools.directories", undefined, '["/"]', ignored],
  ["tools.directories", '["/a", "/b"]', '["/b"]', ["/b"]],
  ["tools.protected_paths", '["a"]', '["b"]', ["a", "b"]],
  ["context.compaction", "true", "false", false],
  ["context.threshold", "0.8", "0.9", 0.9],
  ["context.keep", "0.2", "0.3", 0.3],
  ["agents.enabled", "false", "true", ignored],
  ["agents.enabled", "true", "false", false],
  ["agents.max_parallel", undefined, "6", ignored],
  ["agents.max_parallel", undefined, "2", 2],
  ["agents.max_depth", undefined, "3", ignored],
  ["agents.max_depth", undefined, "1", 1],
  ["skills.enabled", "false", "true", ignored],
  ["skills.enabled", undefined, "false", false],
  ["memory.enabled", undefined, "true", ignored],
  ["memory.enabled", "true", "false", false],
  ["memory.user", "false", "true", ignored],
  ["memory.user", undefined, "false", false],
  ["memory.project", "false", "true", ignored],
  ["memory.project", undefined, "false", false],
  ["observability.enabled", undefined, "true", ignored],
  ["observability.enabled", "true", "true", true],
  ["observability.exporter", undefined, '"otlp"', ignored],
  ["observability.exporter", '"otlp"', '"otlp"', "otlp"],
  ["observability.otlp_endpoint", undefined, '"http://evil.example"', ignored],
  ["observability.otlp_endpoint", '"http://localhost"', '"http://localhost"', "http://localhost"],
  ["observability.service_name", undefined, '"me"', "me"],
  ["providers.openai.api_key", undefined, '"sk-2"', ignored],
  ["providers.openai.api_key", '"sk-2"', '"sk-2"', "sk-2"],
  ["providers.openai.base_url", undefined, '"http://evil.example"', ignored],
  ["providers.openai.base_url", '"http://localhost"', '"http://localhost"', "http://localhost"],
  ["providers.openai.model", undefined, '"m"', "m"],
];

describe("loadConfig() without trust in the project", () => {
  it.each(ROWS)("%s: user %s, project %s", async (key, user, project, expected) => {
    await using workspace = await openWorkspace();
    const userFile = user === undefined ? undefined : await workspace.user(`${key} = ${user}`);
    const projectFile = await workspace.project(`\n${key} = ${project}`);
    const loaded = await workspace.load();
    if (expected === ignored) {
      expect(loaded.ignored).toEqual([
        { file: projectFile, line: 2, key, reason: expect.stringContaining("untrusted") },
      ]);
      expect(loaded.sources.get(key)).toBe(userFile === undefined ? undefined : `${userFile}:1`);
      return;
    }
    expect(loaded.ignored).toEqual([]);
    const [section = "", ...names] = key.split(".");
    const camel = names.map((name) => name.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()));
    const [first = "", second = ""] = camel;
    const table: unknown =
      section === "providers" ? loaded.config.providers.get(first) : Reflect.get(loaded.config, section);
    expect(table).toHaveProperty(section === "providers" ? second : first, expected);
  });

  it("has a row for every key: one that is taken, and one that is refused where it could loosen", () => {
    const keys = Object.entries(SETTINGS).flatMap(([section, table]) =>
      Object.keys(table).map((key) => `${section}.${toSnakeCase(key)}`),
    );
    keys.push(...Object.keys(PROVIDER_SETTINGS).map((key) => `providers.openai.${toSnakeCase(key)}`));
    const taken = ROWS.filter(([, , , expected]) => expected !== ignored).map(([key]) => key);
    expect(new Set(taken)).toEqual(new Set(keys));
    const refused = new Set(ROWS.filter(([, , , expected]) => expected === ignored).map(([key]) => key));
    expect(keys.filter((key) => !refused.has(key))).toEqual([
      "defaults.provider",
      "defaults.model",
      "router.strategy",
      "router.fallback_chain",
      "router.simple_task_model",
      // The limits hold whatever these say.
      "budget.degrade_at",
      "budget.warn_at",
      "budget.tell_model",
      // These only add denials.
      "permissions.deny",
      "permissions.ask",
      "constraints.domains",
      "sandbox.blocked_commands",
      "sandbox.docker_image",
      "tools.protected_paths",
      "context.compaction",
      "context.threshold",
      "context.keep",
      "observability.service_name",
      "providers.openai.model",
    ]);
  });

  it("takes everything once the project is trusted", async () => {
    await using workspace = await openWorkspace();
    await workspace.user("[permissions]\nmode = 'plan'\ndeny = ['Bash']");
    await workspace.project("[permissions]\nmode = 'bypass'\ndeny = []\nallow = ['Bash']");
    const { config, ignored: none } = await workspace.load({ trustProject: true });
    expect(config.permissions).toEqual({ mode: "bypass", deny: [], allow: ["Bash"] });
    expect(none).toEqual([]);
  });
});
