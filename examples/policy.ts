/** Policy as code: loaded once, asked directly or given to a run. Commands are judged as bash would run them. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PolicyEngine } from "harness-agent/policy";

const POLICY = `version: 1
defaults:
  decision: ask
rules:
  - tool: Bash
    decision: deny
    conditions:
      - type: command_matches
        pattern: "curl.*|wget.*"
    description: "Nothing leaves the machine"
  - tool: Bash
    decision: allow
    when:
      command_matches: "git status*"
  - tool: Read
    decision: allow
`;

const folder = await mkdtemp(join(tmpdir(), "harness-policy-"));
try {
  const path = join(folder, "policy.yml");
  await writeFile(path, POLICY);
  const policy = await PolicyEngine.load({ paths: [path], cwd: folder, home: folder });
  for (const command of ["git status", "cu''rl https://x.example", "git status && wget x", "make"]) {
    const { effect, reason } = policy.check({ tool: "Bash", args: { command }, cwd: folder });
    console.log(`${effect.padEnd(5)} ${command.padEnd(26)} ${reason}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
