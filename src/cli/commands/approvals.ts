import { escapeControls } from "../../approval/index.ts";
import { systemClock } from "../../async/index.ts";
import { openApprovals, type Approvals } from "../../session/index.ts";
import type { ApprovalAnswer, PendingApproval } from "../../spec/index.ts";
import type { CliContext } from "../cli-context.ts";
import { runAction, type Command } from "../command.ts";
import { userName, withUserStore } from "../open-user-store.ts";
import { parseWords } from "../parse-words.ts";
import { UsageError } from "../usage-error.ts";

/** `harness approvals …`: answers questions of runs that wait, also of such whose process is gone. */
export const approvalsCommand: Command = (args, context) => runAction("approvals", ACTIONS, { args, context });

const ACTIONS: ReadonlyMap<string, Command> = new Map([
  ["list", list],
  ["show", show],
  ["decide", decide],
  ["revoke", revoke],
]);

const ANSWERS: ReadonlyMap<string, ApprovalAnswer> = new Map([
  ["approve", { decision: "approve" }],
  ["deny", { decision: "deny" }],
  ["done", { decision: "approve", resolution: "done" }],
  ["retry", { decision: "approve", resolution: "retry" }],
  ["abort", { decision: "deny", resolution: "abort" }],
]);

const OPTIONS = {
  store: { type: "string" },
  json: { type: "boolean", default: false },
  by: { type: "string" },
  feedback: { type: "string" },
} as const;

function parse(args: readonly string[], names: string) {
  return parseWords(args, { command: "approvals", names, options: OPTIONS });
}

interface Values {
  readonly store?: string | undefined;
  readonly json: boolean;
  readonly by?: string | undefined;
  readonly feedback?: string | undefined;
}

async function withApprovals<Value>({ store }: Values, work: (approvals: Approvals) => Promise<Value>): Promise<Value> {
  return await withUserStore(store, (opened) => work(openApprovals(opened, { clock: systemClock })));
}

/** `harness approvals list [--json] [--store FILE]` */
async function list(args: readonly string[], { out }: CliContext): Promise<number> {
  const { values } = parse(args, "");
  const waiting = await withApprovals(values, (approvals) => approvals.list());
  if (values.json) out(`${JSON.stringify(waiting)}\n`);
  else if (waiting.length === 0) out("Nothing waits for an answer\n");
  else for (const one of waiting) out(`${describeShort(one)}\n`);
  return 0;
}

/** `harness approvals show ID`: everything that an answer is bound to. */
async function show(args: readonly string[], { out }: CliContext): Promise<number> {
  const { values, words } = parse(args, "ID");
  const [id = ""] = words;
  const waiting = await withApprovals(values, (approvals) => approvals.list());
  const found = waiting.find(({ question }) => question.id === id);
  if (found === undefined)
    throw new UsageError(`No question with the id ${escapeControls(id)} waits: see harness approvals list`);
  out(values.json ? `${JSON.stringify(found)}\n` : describeLong(found));
  return 0;
}

/** `harness approvals decide ID approve|deny|done|retry|abort`: exit code 0 when the answer counts, 1 when another did. */
async function decide(args: readonly string[], { out }: CliContext): Promise<number> {
  const { values, words } = parse(args, "ID ANSWER");
  const [id = "", word = ""] = words;
  const answer = ANSWERS.get(word);
  if (answer === undefined) throw new UsageError(`An answer is ${[...ANSWERS.keys()].join(", ")}, not "${word}"`);
  const { by: approver = userName(), feedback } = values;
  const given = { ...answer, approver, ...(feedback === undefined ? {} : { feedback }) };
  const receipt = await withApprovals(values, (approvals) => approvals.decide(id, given));
  if (values.json) out(`${JSON.stringify(receipt)}\n`);
  else if (receipt.status === "counted") out(`Counted; ${receipt.missing} more must approve\n`);
  else if (receipt.status === "decided") out(`Decided: ${word}. The run goes on with: harness -s SESSION\n`);
  else
    out(
      `It was answered before: ${receipt.decision ?? "nothing"}${receipt.approver === undefined ? "" : ` by ${escapeControls(receipt.approver)}`}\n`,
    );
  return receipt.status === "closed" && receipt.decision !== answer.decision ? 1 : 0;
}

/** `harness approvals revoke ID`: takes an approval back that was not used yet. */
async function revoke(args: readonly string[], { out }: CliContext): Promise<number> {
  const { values, words } = parse(args, "ID");
  const [id = ""] = words;
  await withApprovals(values, (approvals) => approvals.revoke(id, values.by ?? userName()));
  out("Taken back\n");
  return 0;
}

function describeShort({ sessionId, question }: PendingApproval): string {
  const { id, name, risk, reason, about, agent } = question;
  const what = about === "outcome" ? "what became of " : "";
  return `${id}  ${what}${escapeControls(name)}  risk ${risk}  session ${sessionId}  agent ${escapeControls(agent)}: ${escapeControls(reason)}`;
}

function describeLong(pending: PendingApproval): string {
  const { args, argsDigest, policyVersion, expiresAt, quorum, requestedBy, about } = pending.question;
  const lines = [
    describeShort(pending),
    ...Object.entries(args).map(
      ([key, value]) =>
        `  ${escapeControls(key)}: ${escapeControls(typeof value === "string" ? value : JSON.stringify(value))}`,
    ),
    `  arguments  ${argsDigest}`,
    ...(policyVersion === undefined ? [] : [`  policy     ${policyVersion}`]),
    `  expires    ${expiresAt === undefined ? "never" : new Date(expiresAt).toISOString()}`,
    ...(quorum === undefined ? [] : [`  approvers  ${quorum}`]),
    ...(requestedBy === undefined ? [] : [`  asked by   ${escapeControls(requestedBy)}, who cannot approve`]),
    `  answer     harness approvals decide ${pending.question.id} ${about === "outcome" ? "done|retry|abort" : "approve|deny"}`,
  ];
  return `${lines.join("\n")}\n`;
}
