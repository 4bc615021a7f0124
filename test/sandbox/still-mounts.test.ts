import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { runsSources } from "../runs-sources.ts";

/** System calls by their numbers: a program for each mount would take too long to be in anybody's way. */
const CALLS: Readonly<Record<string, readonly [mount: number, unmount: number]>> = { x64: [165, 166], arm64: [40, 39] };
const calls = CALLS[process.arch];
const isThere = existsSync("/usr/bin/bwrap") && existsSync("/usr/bin/socat");
const canMount = spawnSync("unshare", ["--mount", "true"]).status === 0 && calls !== undefined;
const isSkipped = (!isThere && process.env["HARNESS_REQUIRE_SERVICES"] !== "1") || !canMount || !runsSources;

describe.skipIf(isSkipped)(
  "os where mounts come and go (skipped without root, bubblewrap and socat, and on Node 22)",
  () => {
    it("starts every command", async () => {
      const folder = await realpath(await mkdtemp(join(tmpdir(), "harness-mounts-")));
      await mkdir(join(folder, "mounted"));
      await mkdir(join(folder, "workspace"));
      const [mount, unmount] = calls ?? [];
      // As an engine does that starts and ends containers.
      const moving = `my ($t, $p) = ("tmpfs", "${folder}/mounted"); while (1) { syscall(${mount}, $t, $p, $t, 0, 0); syscall(${unmount}, $p, 0) }`;
      const program = `
      const { createSandbox } = await import(${JSON.stringify(new URL("../../src/sandbox/index.ts", import.meta.url).href)});
      await using sandbox = await createSandbox({ mode: "os", cwd: "${folder}/workspace" });
      for (let count = 0; count < 15; count += 1) console.log((await sandbox.exec("echo started")).output.trim());`;
      // In a namespace of its own, which is a host to what is in it: nobody else sees these mounts.
      const host = `mount --make-rshared /; perl -e '${moving}' & "$0" --input-type=module -e "$1"; code=$?; kill $!; exit $code`;
      const child = spawn(
        "unshare",
        ["--mount", "--propagation", "private", "sh", "-c", host, process.execPath, program],
        {
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => (output += String(chunk)));
      const [code] = await once(child, "close");
      expect({ code, output }).toEqual({ code: 0, output: "started\n".repeat(15) });
      await rm(folder, { recursive: true });
    });
  },
);
