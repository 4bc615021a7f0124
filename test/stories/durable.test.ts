import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { runsSources } from "../runs-sources.ts";

const AGENT = fileURLToPath(new URL("pay-agent.ts", import.meta.url));
const CLI = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

let folder = "";
let bank: Server;
/** What was charged, by the key that the agent sent. */
let charges: Map<string, string>;
let requests = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-durable-"));
  charges = new Map();
  requests = 0;
  bank = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const known = charges.get(request.url?.split("/")[2] ?? "");
      if (request.method === "GET") {
        response.statusCode = known === undefined ? 404 : 200;
        return response.end(known ?? "");
      }
      requests += 1;
      const key = String(request.headers["idempotency-key"]);
      const receipt = charges.get(key) ?? `R-${charges.size + 1} for ${body}`;
      charges.set(key, receipt);
      return response.end(receipt);
    });
  });
  bank.listen(0, "127.0.0.1");
  await once(bank, "listening");
});
afterEach(async () => {
  bank.closeAllConnections();
  bank.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(
  args: readonly string[],
  fault?: string,
): Promise<{ code: number | null; signal: string | null; output: string }> {
  const faults = fault === undefined ? {} : { HARNESS_FAULT: fault, HARNESS_ALLOW_FAULTS: "1" };
  const env = { ...process.env, ...faults, HOME: folder, NODE_NO_WARNINGS: "1" };
  const child = spawn(process.execPath, [...args], { stdio: ["ignore", "pipe", "pipe"], env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (output += data.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal, output: output.trim() };
}

const agent = (kind: string, mode: "begin" | "resume", fault?: string) => {
  const { port } = bank.address() as AddressInfo;
  return start([AGENT, folder, `http://127.0.0.1:${port}`, kind, mode], fault);
};
/** Another terminal. */
const harness = (...args: readonly string[]) => start([CLI, ...args, "--store", join(folder, "harness.db")]);

async function waitingId(): Promise<string> {
  const { output } = await harness("approvals", "list");
  return output.split(/\s+/)[0] ?? "";
}

describe.skipIf(!runsSources)("durable runs (skipped on Node 22, which does not know `using`)", () => {
  it("are approved from another terminal after their process is gone", async () => {
    expect(await agent("asks", "begin")).toMatchObject({ code: 0, output: "paused:" });
    const id = await waitingId();
    const shown = await harness("approvals", "show", id);
    for (const part of ["INV-7", "120", "session invoice-7", "arguments"]) expect(shown.output).toContain(part);
    // Nobody has decided yet: going on changes nothing, and asks nothing anew.
    expect((await agent("asks", "resume")).output).toBe("paused:");
    expect(await waitingId()).toBe(id);
    expect(requests).toBe(0);

    expect((await harness("approvals", "decide", id, "approve", "--by", "ada")).output).toContain("Decided");
    expect(await harness("approvals", "decide", id, "deny", "--by", "eve")).toMatchObject({ code: 1 });
    expect((await agent("asks", "resume")).output).toBe("end_turn: Paid INV-7.");
    expect(requests).toBe(1);
    expect((await harness("approvals", "list")).output).toBe("Nothing waits for an answer");
    expect((await harness("sessions", "show", "invoice-7")).output).toContain("last words: Paid INV-7.");
  });

  it("that are refused from another terminal do not pay", async () => {
    await agent("asks", "begin");
    await harness("approvals", "decide", await waitingId(), "deny", "--feedback", "Not this month");
    expect((await agent("asks", "resume")).output).toBe("end_turn: Paid INV-7.");
    expect(requests).toBe(0);
  });

  it("that crash between charge and receipt ask a person, and never pay twice", async () => {
    expect((await agent("once", "begin", "before-result:kill")).signal).toBe("SIGKILL");
    expect(charges.size).toBe(1);
    expect((await agent("once", "resume")).output).toBe("paused:");
    const { output } = await harness("approvals", "list");
    expect(output).toContain("what became of Pay");
    await harness("approvals", "decide", await waitingId(), "done");
    expect((await agent("once", "resume")).output).toBe("end_turn: Paid INV-7.");
    expect([requests, charges.size]).toEqual([1, 1]);
  });

  it("whose tool can ask the bank find the receipt by themselves", async () => {
    expect((await agent("reconciles", "begin", "before-result:kill")).signal).toBe("SIGKILL");
    expect((await agent("reconciles", "resume")).output).toBe("end_turn: Paid INV-7.");
    expect([requests, charges.size]).toEqual([1, 1]);
  });

  it("whose bank knows the key may ask again, and are charged once", async () => {
    expect((await agent("idempotent", "begin", "before-result:kill")).signal).toBe("SIGKILL");
    expect((await agent("idempotent", "resume")).output).toBe("end_turn: Paid INV-7.");
    expect([requests, charges.size]).toEqual([2, 1]);
  });
});
