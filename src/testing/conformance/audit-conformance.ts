import assert from "node:assert/strict";

import type { Audit, PreparedCall, ToolCallResult } from "../../spec/index.ts";
import { fakeTool } from "../fake-tool.ts";
import { FAKE_ISOLATION } from "../fakes.ts";
import type { ConformanceCase } from "./conformance-case.ts";

/** An audit log under test. */
export interface OpenedAudit {
  readonly audit: Audit;
  /** What can be read of the log now, in order, as somebody else would: from the disk, not from the writer's memory. */
  read(): readonly unknown[] | Promise<readonly unknown[]>;
}

/** What the suite needs besides. */
export interface AuditConformanceOptions {
  /** Gives a log that cannot be written (a full disk, a dead server). @default that rule is left out */
  readonly openBroken?: () => Audit | Promise<Audit>;
}

/** What an audit log promises. `open` gives a new and empty log for each case. */
export function auditConformance(
  open: () => OpenedAudit | Promise<OpenedAudit>,
  { openBroken }: AuditConformanceOptions = {},
): readonly ConformanceCase[] {
  return [
    { name: "record() appends records in order", run: async () => checkRecords(await open()) },
    { name: "record() has the record written when it resolves", run: async () => checkWritten(await open()) },
    {
      name: "append() keeps its place among records, and is written with flush() at the latest",
      run: async () => checkAppended(await open()),
    },
    {
      name: "note() of an entry is written with the call's next record, once",
      run: async () => checkNoted(await open()),
    },
    {
      name: "openCall() has the intent on record before effect() resolves, and the effect",
      run: async () => checkEffect(await open()),
    },
    {
      name: "close() of an entry records the outcome, and disposal adds nothing to it",
      run: async () => checkOutcome(await open()),
    },
    {
      name: 'disposal of an entry without close() records "abandoned", once',
      run: async () => checkAbandoned(await open()),
    },
    ...(openBroken === undefined
      ? []
      : [
          {
            name: "a call does not get to its effect when the log cannot be written",
            run: async () => checkBroken(await openBroken()),
          },
        ]),
  ];
}

const SCOPE = { sessionId: "conformance", agent: "main" };
const CALL = { id: "call_1", name: "Note", args: { text: "hello" } };
const DECISION = { effect: "allow", layer: "permission", reason: "conformance" } as const;
// What only reads need not be on the disk before it happens; this writes.
const PREPARED: PreparedCall = { ...CALL, tool: fakeTool({ name: "Note", effect: "write" }), input: CALL.args };
const RESULT: ToolCallResult = {
  call: CALL,
  name: "Note",
  content: "noted",
  isError: false,
  outcome: "completed",
  decision: DECISION,
  durationMs: 1,
  isolation: FAKE_ISOLATION,
};

async function checkRecords({ audit, read }: OpenedAudit): Promise<void> {
  for (const number of [1, 2, 3]) await audit.record({ ...SCOPE, type: `host_step_${number}`, data: { number } });
  await audit.flush();
  const expected = ["step_1", "step_2", "step_3"];
  assert.deepEqual(await findWords(read, /step_\d/), expected, "after flush() the records must be there, in order");
  await audit.record({ ...SCOPE, type: "host_step_4", data: {} });
  await audit.close();
  assert.deepEqual(await findWords(read, /step_\d/), [...expected, "step_4"], "close() must write what waits");
}

async function checkWritten({ audit, read }: OpenedAudit): Promise<void> {
  await audit.record({ ...SCOPE, type: "host_step_1", data: {} });
  assert.deepEqual(await findWords(read, /step_\d/), ["step_1"], "what record() resolved for must be there");
  await audit.close();
}

async function checkAppended({ audit, read }: OpenedAudit): Promise<void> {
  audit.append({ ...SCOPE, type: "host_step_1", data: {} });
  await audit.record({ ...SCOPE, type: "host_step_2", data: {} });
  audit.append({ ...SCOPE, type: "host_step_3", data: {} });
  await audit.flush();
  const expected = ["step_1", "step_2", "step_3"];
  assert.deepEqual(await findWords(read, /step_\d/), expected, "append() and record() must keep their order");
  await audit.close();
}

async function checkNoted({ audit, read }: OpenedAudit): Promise<void> {
  const entry = await audit.openCall(CALL, SCOPE);
  entry.note({ layer: "policy", effect: "allow", rule: "noted-rule" });
  await entry.effect(PREPARED, DECISION);
  await entry.close(RESULT, []);
  await audit.close();
  assert.equal((await findWords(read, /noted-rule/)).length, 1, "an answer of the gate must be on record once");
}

async function checkEffect({ audit, read }: OpenedAudit): Promise<void> {
  const entry = await audit.openCall(CALL, SCOPE);
  await entry.effect(PREPARED, DECISION);
  const records = await findWords(read, /call_1/);
  assert(
    records.length >= 2,
    `intent and effect must be on record before the effect, there are ${records.length} records`,
  );
  await entry.close(RESULT, []);
  await audit.close();
}

async function checkOutcome({ audit, read }: OpenedAudit): Promise<void> {
  const entry = await audit.openCall(CALL, SCOPE);
  await entry.close(RESULT, [{ filter: "secrets", kind: "github_token", count: 1 }]);
  await entry[Symbol.asyncDispose]();
  await audit.close();
  assert.equal((await findWords(read, /completed/)).length, 1, "the outcome must be on record once");
  assert.equal((await findWords(read, /abandoned/)).length, 0, "a closed entry is not abandoned");
}

async function checkAbandoned({ audit, read }: OpenedAudit): Promise<void> {
  const entry = await audit.openCall(CALL, SCOPE);
  await entry[Symbol.asyncDispose]();
  await entry[Symbol.asyncDispose]();
  await audit.close();
  assert.equal((await findWords(read, /abandoned/)).length, 1, 'the outcome "abandoned" must be on record once');
}

async function checkBroken(audit: Audit): Promise<void> {
  await assert.rejects(async () => {
    const entry = await audit.openCall(CALL, SCOPE);
    await entry.effect(PREPARED, DECISION);
  }, "openCall() or effect() must throw when nothing can be written");
}

/** The first match in each record that has one. A record's form is its log's own: words are looked for in its JSON. */
async function findWords(read: OpenedAudit["read"], word: RegExp): Promise<readonly string[]> {
  const records = await read();
  return records.flatMap((record) => word.exec(JSON.stringify(record))?.[0] ?? []);
}
