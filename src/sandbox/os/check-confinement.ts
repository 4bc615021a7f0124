import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { SandboxError } from "../../errors/index.ts";
import type { Sandbox } from "../../spec/index.ts";

/** Prints "ok" when the workspace can be written and, on Linux, no privilege can be gained and a filter is on. */
const SCRIPT = `
probe="./.harness-probe-$$"
echo x > "$probe" || { echo "the workspace cannot be written"; exit 0; }
rm -f "$probe"
echo x > "$TMPDIR/probe" || { echo "the temporary folder cannot be written"; exit 0; }
if [ -e /proc/self/status ]; then
  grep -q '^NoNewPrivs:[[:space:]]*1' /proc/self/status || { echo "privileges can be gained"; exit 0; }
  if ( : >> /proc/sys/kernel/core_pattern ); then echo "settings of the kernel can be written"; exit 0; fi
  grep -q '^Seccomp:[[:space:]]*2' /proc/self/status || { echo "no filter of system calls is on"; exit 0; }
fi
echo x > "$1/escaped"
echo ok
`;

/** Tries whether the confinement holds; what a system silently does not apply must be known before anything runs. */
export async function checkConfinement(sandbox: Sandbox, cwd: string): Promise<void> {
  const outside = await mkdtemp(join(tmpdir(), "harness-outside-"));
  try {
    const argv = ["sh", "-c", `{ ${SCRIPT}\n} 2>/dev/null`, "probe", outside];
    const { stdout, stderr, exitCode } = await sandbox.exec(argv, { cwd, timeoutMs: 30_000 });
    const answer = stdout.trim() || stderr.trim() || `the probe ended with exit code ${String(exitCode)}`;
    const problem = existsSync(join(outside, "escaped")) ? "it lets commands write anywhere" : answer;
    if (problem === "ok") return;
    throw new SandboxError(`The confinement by the operating system does not work here: ${problem.slice(0, 500)}`, {
      code: "sandbox_unavailable",
    });
  } finally {
    await rm(outside, { recursive: true, force: true });
  }
}
