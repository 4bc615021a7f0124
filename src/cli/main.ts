#!/usr/bin/env node
import { endWithReader } from "./end-with-reader.ts";
import { runCli } from "./run-cli.ts";

const reader = endWithReader(process.stdout, process.stderr);
process.exitCode = await runCli({
  argv: process.argv.slice(2),
  stdin: process.stdin,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isInteractive: process.stdin.isTTY && process.stderr.isTTY,
  onRun(run) {
    reader.holdRun(run);
    let interrupts = 0;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        interrupts += 1;
        // The second time the person means it.
        if (interrupts > 1) process.exit(130);
        run.abort(new DOMException(`Interrupted by ${signal}`, "AbortError"));
      });
    }
  },
});
// A pipe to stdin that nobody closes must not keep the program alive.
process.stdin.destroy();
