import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";

import { slackApprover, webhookApprover, type WebhookAnswer } from "../../src/approval/index.ts";
import { createGuardedFetch } from "../../src/net/index.ts";
import { openServer } from "../net/loopback-server.ts";
import { question, quiet } from "./questions.ts";

const SECRET = "a secret of sixteen";
const NOW = 1_700_000_000_000;
const asked = question({ argsDigest: "digest-1" });

function signed(
  body: string,
  { id = "q1", secret = SECRET, at = NOW }: { id?: string; secret?: string; at?: number } = {},
): WebhookAnswer {
  const timestamp = String(Math.floor(at / 1000));
  const signature = `v1=${createHmac("sha256", secret).update(`v1:${timestamp}:${id}:${body}`).digest("hex")}`;
  return { body, headers: { "x-harness-timestamp": timestamp, "x-harness-signature": signature } };
}
const yes = (parts: object = {}): string =>
  JSON.stringify({ id: "q1", decision: "approve", argsDigest: "digest-1", approver: "ada", ...parts });

/** A receiver on this machine: `reply` gives status and answer. */
async function openReceiver(reply: (body: string, headers: Headers) => { status: number; answer?: WebhookAnswer }) {
  const seen: { body: string; headers: Headers }[] = [];
  const fetchNow: typeof fetch = async (_url, init) => {
    const body = String(init?.body);
    const headers = new Headers(init?.headers);
    seen.push({ body, headers });
    const { status, answer } = reply(body, headers);
    return new Response(status === 202 ? null : (answer?.body ?? ""), {
      status,
      headers: new Headers(answer?.headers as Record<string, string>),
    });
  };
  return { seen, fetch: fetchNow };
}

async function approver(reply: Parameters<typeof openReceiver>[0], parts: object = {}) {
  const receiver = await openReceiver(reply);
  const made = webhookApprover({
    url: "https://approvals.example/ask",
    secret: SECRET,
    fetch: receiver.fetch,
    now: () => NOW,
    ...parts,
  });
  return { ...receiver, made };
}

describe("webhookApprover() refuses", () => {
  it.each([
    ["no signature", { body: yes(), headers: {} }],
    ["another secret", signed(yes(), { secret: "another secret of 16" })],
    ["a signature for another question", signed(yes(), { id: "q2" })],
    ["an old answer", signed(yes(), { at: NOW - 301_000 })],
    ["one from the future", signed(yes(), { at: NOW + 301_000 })],
    ["a body that was changed", { ...signed(yes()), body: yes({ decision: "approve", approver: "eve" }) }],
    ["the answer to another question", signed(yes({ id: "q9" }))],
    ["the answer to other arguments", signed(yes({ argsDigest: "digest-2" }))],
    ["an answer without the digest", signed(JSON.stringify({ id: "q1", decision: "approve" }))],
    ["no JSON", signed("approve")],
    ["null", signed("null")],
    ["an answer that is too long", signed(yes({ feedback: "x".repeat(70_000) }))],
  ])("%s", async (_name, answer) => {
    const { made } = await approver(() => ({ status: 200, answer }));
    await expect(made.decide(asked, quiet())).rejects.toThrow();
  });

  it.each([400, 401, 500, 302])("status %d", async (status) => {
    const { made } = await approver(() => ({ status, answer: signed(yes()) }));
    await expect(made.decide(asked, quiet())).rejects.toThrow();
  });

  it("a secret that could be guessed, and an address that is none", () => {
    expect(() => webhookApprover({ url: "https://x", secret: "short" })).toThrow(TypeError);
    expect(() => webhookApprover({ url: "file:///x", secret: SECRET })).toThrow(TypeError);
  });

  it("private addresses unless the host's own fetch permits them", async () => {
    await using server = await openServer((response) => void response.end());
    const made = webhookApprover({ url: server.url, secret: SECRET });
    await expect(made.decide(asked, quiet())).rejects.toThrow(/refused/i);
    expect(server.requests).toEqual([]);
  });
});

describe("webhookApprover()", () => {
  it("signs the question and takes a signed answer at once", async () => {
    const { made, seen } = await approver(() => ({ status: 200, answer: signed(yes({ feedback: "fine" })) }));
    expect(await made.decide(asked, quiet())).toEqual({
      decision: "approve",
      argsDigest: "digest-1",
      approver: "ada",
      feedback: "fine",
    });
    const [{ body, headers } = { body: "", headers: new Headers() }] = seen;
    const timestamp = headers.get("x-harness-timestamp") ?? "";
    expect(headers.get("x-harness-signature")).toBe(
      `v1=${createHmac("sha256", SECRET).update(`v1:${timestamp}:${body}`).digest("hex")}`,
    );
    expect(JSON.parse(body)).toMatchObject({ question: { id: "q1", argsDigest: "digest-1" } });
  });

  it("asks over real HTTP", async () => {
    await using server = await openServer((response) => {
      const answer = signed(yes());
      response.writeHead(200, answer.headers as Record<string, string>).end(answer.body);
    });
    const send = createGuardedFetch({ allowPrivate: true });
    const made = webhookApprover({ url: server.url, secret: SECRET, fetch: send, now: () => NOW });
    expect(await made.decide(asked, quiet())).toMatchObject({ decision: "approve", approver: "ada" });
    expect(JSON.parse(server.requests[0]?.text ?? "")).toMatchObject({ question: { id: "q1" } });
  });

  it("waits for an answer that comes in a request of its own, which counts once", async () => {
    const { made } = await approver(() => ({ status: 202 }));
    const pending = made.decide(asked, quiet());
    await Promise.resolve();
    expect(() => made.receive({ ...signed(yes()), headers: {} })).toThrow(/does not count/);
    expect(() => made.receive(signed(yes({ argsDigest: "digest-2" })))).toThrow(/other arguments/);
    made.receive(signed(yes()));
    expect(await pending).toMatchObject({ decision: "approve", approver: "ada" });
    expect(() => made.receive(signed(yes()))).toThrow(/waits/);
  });

  it("pauses where the host wants no run to wait, and ends with the signal", async () => {
    const pausing = await approver(() => ({ status: 202 }), { whenAccepted: "pause" });
    expect(await pausing.made.decide(asked, quiet())).toEqual({ decision: "pause" });
    const { made } = await approver(() => ({ status: 202 }));
    const control = new AbortController();
    const pending = made.decide(asked, control);
    control.abort("over");
    await expect(pending).rejects.toBe("over");
    expect(() => made.receive(signed(yes()))).toThrow(/waits/);
  });
});

describe("slackApprover()", () => {
  const callback = (value: object | string, { secret = SECRET, at = NOW, user = "U1" } = {}): WebhookAnswer => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const payload = JSON.stringify({ user: { id: user }, actions: [{ value: text }] });
    const body = new URLSearchParams({ payload }).toString();
    const timestamp = String(Math.floor(at / 1000));
    const signature = `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
    return { body, headers: { "x-slack-request-timestamp": timestamp, "x-slack-signature": signature } };
  };
  const pressed = { id: "q1", argsDigest: "digest-1", choice: "once" };

  async function open(allowedUsers?: readonly string[]) {
    const { seen, fetch: send } = await openReceiver(() => ({ status: 200 }));
    const options = { url: "https://hooks.example/x", signingSecret: SECRET, fetch: send, now: () => NOW };
    const made = slackApprover(allowedUsers === undefined ? options : { ...options, allowedUsers });
    return { made, seen };
  }

  it("posts plain text with buttons and takes the pressed one", async () => {
    const { made, seen } = await open();
    const pending = made.decide(
      { ...asked, args: { command: "<!channel> *x* \u202E" }, scopes: ["once", "session"] },
      quiet(),
    );
    await Promise.resolve();
    const message = seen[0]?.body ?? "";
    expect(message).not.toContain("mrkdwn");
    expect(message).not.toContain("\u202E");
    expect(message).toContain("harness_session");
    expect(message).not.toContain("harness_always");
    made.receive(callback({ ...pressed, choice: "session" }));
    expect(await pending).toEqual({
      decision: "approve",
      argsDigest: "digest-1",
      approver: "slack:U1",
      scope: "session",
    });
    expect(() => made.receive(callback(pressed))).toThrow(/waits/);
  });

  it.each([
    ["another secret", callback(pressed, { secret: "another secret of 16" })],
    ["an old callback", callback(pressed, { at: NOW - 400_000 })],
    ["a user who may not", callback(pressed, { user: "U9" })],
    ["other arguments", callback({ ...pressed, argsDigest: "x" })],
    ["an unknown choice", callback({ ...pressed, choice: "forever" })],
    ["no JSON in the button", callback("{")],
  ])("does not count %s", async (_name, request) => {
    const { made } = await open(["U1"]);
    const control = new AbortController();
    const pending = made.decide(asked, control);
    await Promise.resolve();
    expect(() => made.receive(request)).toThrow();
    control.abort("end");
    await expect(pending).rejects.toBe("end");
  });
});
