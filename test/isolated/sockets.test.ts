import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { describe, expect, it } from "vitest";

import { answerCall, answerText, openFaultServer } from "../stories/fault-server.ts";
import { openOtlpReceiver } from "../telemetry/otlp-receiver.ts";

const isThere = process.platform === "linux" && spawnSync("strace", ["-V"]).status === 0;
const isMissing = !isThere && process.env["HARNESS_REQUIRE_SERVICES"] !== "1";

/** Names of users are looked up by way of this; it is on the same machine, and no part of ours. */
const OF_THE_SYSTEM = ["unix:/var/run/nscd/socket", "unix:/run/systemd/userdb/io.systemd.DynamicUser"];

interface Watched {
  /** Where the process and everything that it started connected to or sent something: "127.0.0.1:1234", "unix:/path". */
  readonly peers: ReadonlySet<string>;
  /** Where it listened. */
  readonly bound: ReadonlySet<string>;
  readonly said: string;
}

/** Runs the host under strace: the kernel itself tells what was opened, by whichever thread, library or child. */
async function watch(mode: string, { env = {}, target = "" } = {}): Promise<Watched & { readonly provider: string }> {
  const tools = [
    answerCall("Bash", { command: "echo hi; cat /etc/hostname" }),
    answerCall("Glob", { pattern: "*" }),
    answerCall("Grep", { pattern: "x" }),
    answerCall("Write", { file_path: "note.txt", content: "x" }),
    answerCall("TodoWrite", { todos: [{ content: "look", status: "pending" }] }),
  ];
  const folder = await mkdtemp(join(tmpdir(), "harness-watched-"));
  await using server = await openFaultServer(...tools, answerText("Seen."));
  try {
    const log = join(folder, "strace.log");
    const host = join(import.meta.dirname, "socket-host.ts");
    const { stdout } = await promisify(execFile)(
      "strace",
      // Node uses io_uring for files and for waiting, never for sockets: whatever connects is one of these calls.
      ["-f", "-qq", "-s", "256", "-e", "trace=network", "-e", "signal=none", "-o", log].concat([
        process.execPath,
        host,
        server.url,
        mode,
        target,
      ]),
      { cwd: folder, env: { PATH: process.env["PATH"], HOME: folder, ...env }, timeout: 200_000 },
    );
    return { ...readLog(await readFile(log, "utf8")), said: stdout.trim(), provider: new URL(server.url).host };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function readLog(log: string): Pick<Watched, "peers" | "bound"> {
  const peers = new Set<string>();
  const bound = new Set<string>();
  for (const line of log.split("\n")) {
    const [, call = ""] = /\b(connect|sendto|sendmsg|sendmmsg|bind)\(/.exec(line) ?? [];
    if (call === "") continue;
    for (const address of readAddresses(line)) (call === "bind" ? bound : peers).add(address);
  }
  return { peers, bound };
}

function readAddresses(line: string): readonly string[] {
  const inet = /sin6?_port=htons\((\d+)\).*?(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"/g;
  const unix = /sun_path=@?"([^"]*)"/g;
  return [
    ...[...line.matchAll(inet)].map(([, port, host]) => `${host}:${port}`),
    ...[...line.matchAll(unix)].map(([, path]) => `unix:${path}`),
  ];
}

function strangers({ peers, bound }: Watched, known: readonly string[]): readonly string[] {
  return [...peers, ...bound].filter((address) => ![...known, ...OF_THE_SYSTEM].includes(address));
}

describe.skipIf(isMissing)("a harness under strace (needs strace)", () => {
  it.each(["untraced", "traced"])("opens sockets to its provider and to nobody else (%s)", async (mode) => {
    const watched = await watch(mode);
    expect(watched.said).toBe("Seen.");
    expect(watched.peers).toContain(watched.provider);
    expect(strangers(watched, [watched.provider])).toEqual([]);
  });

  it("opens sockets to the receiver that the environment names, and to no other", async () => {
    await using receiver = await openOtlpReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" };
    const watched = await watch("traced", { env });
    const named = new URL(receiver.url).host;
    expect(receiver.spans().length).toBeGreaterThan(10);
    expect(watched.peers).toContain(named);
    expect(strangers(watched, [watched.provider, named])).toEqual([]);
  });

  it("is seen when it calls somebody else, and when it asks for a name", async () => {
    await using other = await openOtlpReceiver();
    const called = await watch("calls-home", { target: other.url });
    expect(strangers(called, [called.provider])).toEqual([new URL(other.url).host]);
    const asked = await watch("asks-names");
    expect(strangers(asked, [asked.provider]).length).toBeGreaterThan(0);
  });
});
