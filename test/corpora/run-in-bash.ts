import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { findStillMounts } from "../../src/sandbox/os/still-mounts.ts";

const [PROGRAM, ...FIRST] = [...(await findStillMounts()), "bwrap"];

/** Whether commands can be run for real: bash in bubblewrap, with nothing writable but a folder in memory. */
export const canRunBash =
  spawnSync(PROGRAM, [...FIRST, "--ro-bind", "/", "/", "--unshare-all", "bash", "-c", "exit 7"]).status === 7;

/** Each stub only notes that it ran. The first is what corpora forbid. */
const STUBS = ["curl"];

/** How long a command may take, and what it left in the background. */
export interface Patience {
  /** @default 2 */
  readonly seconds?: number;
  /** Twentieths of a second. @default 1 */
  readonly looks?: number;
}

/**
 * Runs every command under real bash and tells which of them ran `curl`, a stub that only notes its call. No network, no
 * process outside, a read-only file system and an empty working folder in memory.
 */
export function runInBash(commands: readonly string[], patience: Patience = {}): readonly boolean[] {
  const folder = mkdtempSync(join(tmpdir(), "corpus-bash-"));
  try {
    return runAll(commands, folder, patience);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runAll(commands: readonly string[], folder: string, { seconds = 2, looks = 1 }: Patience): readonly boolean[] {
  const stubs = join(folder, "stubs");
  const log = join(folder, "log");
  mkdirSync(stubs);
  mkdirSync(log);
  mkdirSync(join(folder, "cases"));
  for (const stub of STUBS) {
    const file = join(stubs, stub);
    // No variable: a command may have cleared them all. The driver reads and empties the file after each case.
    writeFileSync(file, `#!/bin/sh\n: > '${log}/ran'\n`);
    chmodSync(file, 0o755);
  }
  for (const [at, command] of commands.entries()) writeFileSync(join(folder, "cases", String(at)), command);
  const driver = `
    export PATH='${stubs}':/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/tmp
    for ((n = 0; n < ${commands.length}; n++)); do
      # A trailing newline is lost in a substitution; a mark keeps it.
      code=$(cat '${folder}/cases/'$n; echo .); code=\${code%.}
      mkdir -p /tmp/w && cd /tmp/w
      timeout -k 1 ${seconds} bash --noprofile --norc -c "$code" < /dev/null > /dev/null 2>&1
      # What it left in the background may come a little later.
      case "$code" in
        *'&'*) for ((m = 0; m < ${looks}; m++)); do [ -e '${log}/ran' ] && break; sleep 0.05; done;;
        # bash does not wait for it, and a busy machine may start it late.
        *'>('*) for ((m = 0; m < ${20 * looks}; m++)); do [ -e '${log}/ran' ] && break; sleep 0.05; done;;
      esac
      if [ -e '${log}/ran' ]; then echo $n >> '${log}/all'; rm -f '${log}/ran'; fi
      cd / && rm -rf /tmp/w
    done`;
  const real = ["/usr/bin/curl", "/bin/curl"].filter((path) => existsSync(path));
  const confinement = `--ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --ro-bind ${folder} ${folder} --bind ${log} ${log}`;
  const flags = `${confinement} --unshare-all --die-with-parent --new-session`.split(" ");
  const stubbed = real.flatMap((path) => ["--ro-bind", join(stubs, "curl"), path]);
  const run = spawnSync(PROGRAM, [...FIRST, ...flags, ...stubbed, "bash", "--noprofile", "--norc", "-c", driver], {
    env: {},
    timeout: commands.length * (seconds + looks) * 1000,
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) throw new Error(`bash could not be run: ${run.stderr.toString()}`);
  const list = join(log, "all");
  const ran = new Set(existsSync(list) ? readFileSync(list, "utf8").trim().split("\n").map(Number) : []);
  return commands.map((_command, at) => ran.has(at));
}
