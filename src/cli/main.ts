#!/usr/bin/env node
import { endWithReader } from "./end-with-reader.ts";
import { runCli } from "./run-cli.ts";
import { writeTo } from "./write-to.ts";

const reader = endWithReader(process.stdout, process.stderr);
const code = await runCli({
  argv: process.argv.slice(2),
  stdin: process.stdin,
  out: writeTo(process.stdout),
  err: writeTo(process.stderr),
  isInteractive: process.stdin.isTTY && process.stderr.isTTY,
  onRun(run, { putAside }) {
    reader.holdRun(run);
    let interrupts = 0;
    const onSignal = (stop: () => void): void => {
      interrupts += 1;
      // The second time somebody means it.
      if (interrupts > 1) process.exit(130);
      stop();
    };
    // A person does not want the run any more; a machine that goes down says nothing about it.
    process.on("SIGINT", () => onSignal(() => run.abort(new DOMException("Interrupted by SIGINT", "AbortError"))));
    process.on("SIGTERM", () => onSignal(() => putAside("Interrupted by SIGTERM")));
  },
});
process.exitCode = reader.hasFailed ? 1 : code;
// A pipe to stdin that nobody closes must not keep the program alive.
process.stdin.destroy();
