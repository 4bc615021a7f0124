import { describe, expect, test } from "vitest";

import { AuditLogger } from "../../src/audit/index.ts";
import { allowed, makeCall, readLines, temporaryDir, verifyByHand } from "./audit-files.ts";

const scope = { sessionId: "s1", agent: "main" };

describe("AuditLogger.openCall()", () => {
  async function callOnce(options: ConstructorParameters<typeof AuditLogger>[0], made = makeCall()) {
    const audit = new AuditLogger({ dir: temporaryDir(), sessionId: "s1", ...options });
    {
      await using entry = await audit.openCall(made.call, { ...scope, parentToolUseId: "parent" });
      await entry.effect(made.prepared, allowed);
      await entry.close(made.result, [{ filter: "secrets", kind: "jwt", count: 1 }]);
    }
    await audit.close();
    verifyByHand(audit.path);
    return readLines(audit.path);
  }

  test("writes intent, effect and outcome", async () => {
    const [intent, effect, outcome] = await callOnce({});
    expect(intent).toMatchObject({
      event_type: "tool_intent",
      call_id: "call-1",
      tool: "Bash",
      data: { parentToolUseId: "parent" },
      content: { args: { command: "ls" } },
    });
    const { reason, ...decision } = allowed;
    expect(effect).toMatchObject({
      event_type: "tool_effect",
      data: { effect: "execute", decision },
      content: { reason },
    });
    expect(outcome).toMatchObject({
      event_type: "tool_outcome",
      data: {
        outcome: "completed",
        isError: false,
        decision,
        contentBytes: 10,
        durationMs: 12.346,
        isolation: { mode: "none", limits: [] },
        findings: [{ filter: "secrets", kind: "jwt", count: 1 }],
      },
      content: { reason },
    });
    expect(JSON.stringify(outcome)).not.toContain("the output");
  });

  test("has the intent on the disk before the effect of what is not reading", async () => {
    const audit = new AuditLogger({ dir: temporaryDir(), sessionId: "s1" });
    const { call, prepared } = makeCall();
    await using entry = await audit.openCall(call, scope);
    await entry.effect(prepared, allowed);
    expect(readLines(audit.path).map(({ event_type: type }) => type)).toEqual(["tool_intent", "tool_effect"]);
  });

  test("shares the sync of calls at the same time", async () => {
    const audit = new AuditLogger({ dir: temporaryDir(), sessionId: "s1" });
    const { call, prepared } = makeCall();
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        await using entry = await audit.openCall(call, scope);
        await entry.effect(prepared, allowed);
      }),
    );
    await audit.close();
    expect(verifyByHand(audit.path)).toBe(150);
  });

  test("writes abandoned when nobody closes it", async () => {
    const audit = new AuditLogger({ dir: temporaryDir(), sessionId: "s1" });
    {
      await using _entry = await audit.openCall(makeCall().call, scope);
    }
    await audit.close();
    expect(readLines(audit.path)[1]).toMatchObject({ event_type: "tool_outcome", data: { outcome: "abandoned" } });
  });

  test("rejects a second close()", async () => {
    await using audit = new AuditLogger({ dir: temporaryDir(), sessionId: "s1" });
    const { call, result } = makeCall();
    const entry = await audit.openCall(call, scope);
    await entry.close(result, []);
    expect(() => entry.close(result, [])).toThrow(TypeError);
  });

  test("writes only a digest with logToolArgs: false", async () => {
    const [intent] = await callOnce({ logToolArgs: false });
    expect(Object.keys(intent?.["content"] ?? {})).not.toContain("args");
    expect(intent?.["content"]).toMatchObject({ argsDigest: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown });
  });

  test("writes changed arguments with the effect", async () => {
    const made = makeCall();
    const changed = { ...made, prepared: { ...made.prepared, args: { command: "ls -l" } } };
    const [, effect] = await callOnce({}, changed);
    expect(effect?.["content"]).toMatchObject({ args: { command: "ls -l" } });
  });

  test("redacts secrets in values, keys, names and reasons before anything is written", async () => {
    const secret = "s3cr3t-value";
    const made = makeCall({ command: `curl -H ${secret}`, [secret]: [{ deep: secret }] });
    const named = { ...made, call: { ...made.call, name: `Bash-${secret}`, invalidArgs: secret } };
    const lines = await callOnce({ redact: (text) => text.replaceAll(secret, "[x]") }, named);
    expect(JSON.stringify(lines)).not.toContain(secret);
    expect(lines[0]?.["content"]).toMatchObject({ args: { command: "curl -H [x]" } });
  });

  test("writes no text whose key names a secret", async () => {
    const [intent] = await callOnce(
      {},
      makeCall({ password: "abc", nested: { apiKey: "x", max_tokens: 5, token: "" } }),
    );
    expect(intent?.["content"]).toMatchObject({
      args: {
        password: "[REDACTED:named_secret]",
        nested: { apiKey: "[REDACTED:named_secret]", max_tokens: 5, token: "" },
      },
    });
  });

  test("takes personal data out with scanPii, and notes its kinds, also of results", async () => {
    const made = makeCall({ command: "mail jane.doe@example.com, 4111 1111 1111 1111" });
    const found = { ...made, result: { ...made.result, content: "Call 212-555-0123" } };
    const lines = await callOnce({ scanPii: true }, found);
    expect(JSON.stringify(lines)).not.toMatch(/jane|4111|0123"/);
    expect(lines[0]).toMatchObject({
      data: { pii: { email: 1, credit_card: 1 } },
      content: { args: { command: "mail [PII:email], [PII:credit_card]" } },
    });
    expect(lines[2]?.["data"]).toMatchObject({ contentPii: ["phone_us"] });
  });

  test("manages arguments that did not parse, and content with bytes", async () => {
    const made = makeCall();
    const odd = {
      call: { ...made.call, args: undefined, invalidArgs: "{" },
      prepared: made.prepared,
      result: { ...made.result, content: [{ type: "image" as const, data: new Uint8Array(1000) }] },
    };
    const lines = await callOnce({}, odd);
    expect(lines[0]?.["content"]).toMatchObject({ args: { invalid: "{" } });
    expect(JSON.stringify(lines[2]).length).toBeLessThan(1500);
  });
});
