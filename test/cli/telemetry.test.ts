import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { describe, expect, it } from "vitest";

import { answerText, openFaultServer } from "../stories/fault-server.ts";
import { openOtlpReceiver } from "../telemetry/otlp-receiver.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Runs a task in a process of its own, with a configuration and variables beside what every process has. */
async function runTask(variables: Readonly<Record<string, string>>, config = "") {
  const home = await mkdtemp(join(tmpdir(), "harness-cli-"));
  await using server = await openFaultServer(answerText("Hello."));
  try {
    await mkdir(join(home, ".harness"));
    const provider = `[providers.anthropic]\nbase_url = "${server.url}"\n[defaults]\nprovider = "anthropic"\n`;
    await writeFile(join(home, ".harness", "config.toml"), provider + config);
    const env = { PATH: process.env["PATH"], HOME: home, ANTHROPIC_API_KEY: "test", ...variables };
    const options = { cwd: home, env, timeout: 200_000 };
    const running = promisify(execFile)(process.execPath, [MAIN, "Say hello"], options);
    running.child.stdin?.end();
    return await running;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

describe("harness TASK", () => {
  it("sends its trace to the receiver that the environment names, as part of the trace that started it", async () => {
    await using receiver = await openOtlpReceiver();
    const { stdout } = await runTask({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_METRICS_EXPORTER: "none",
      TRACEPARENT: `00-${"c".repeat(32)}-${"d".repeat(16)}-01`,
    });
    expect(stdout).toContain("Hello.");
    const spans = receiver.spans();
    expect(spans.map(({ name }) => name)).toContain("invoke_agent main");
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set(["c".repeat(32)]));
  });

  it("sends it where [observability] says", async () => {
    await using receiver = await openOtlpReceiver();
    const section = `[observability]\nenabled = true\nexporter = "otlp"\notlp_endpoint = "${receiver.url}"\nservice_name = "mine"\n`;
    await runTask({ OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" }, section);
    const [span] = receiver.spans();
    expect(span?.resource).toMatchObject({ "service.name": "mine" });
  });

  it("goes on without telemetry, and says so, when the environment cannot be meant", async () => {
    const { stdout, stderr } = await runTask({ OTEL_TRACES_EXPORTER: "jaeger" });
    expect(stdout).toContain("Hello.");
    expect(stderr).toMatch(/# Telemetry is off: OTEL_TRACES_EXPORTER must be of otlp/);
  });

  it("does not start when [observability] is enabled and names no place", async () => {
    await expect(runTask({}, "[observability]\nenabled = true\n")).rejects.toMatchObject({
      stderr: expect.stringContaining("set exporter or otlp_endpoint"),
    });
  });
});
