import { raceSignal } from "../async/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { ApprovalAnswer, ApprovalQuestion, Approver } from "../spec/index.ts";
import { describeQuestion } from "./describe-question.ts";
import { checkSecret, refuseSignature, sign } from "./signature.ts";
import { openWaitingRoom } from "./waiting-room.ts";

const VERSION = "v1";
const TIME_HEADER = "x-harness-timestamp";
const SIGNATURE_HEADER = "x-harness-signature";
const MAX_ANSWER = 64 * 1024;

/** What a webhook approver is made from. */
export interface WebhookApproverOptions {
  /** Where questions are sent. */
  readonly url: string;
  /** Shared with the receiver; signs questions and answers. At least 16 characters. */
  readonly secret: string;
  /** @default the guarded fetch: private addresses are refused */
  readonly fetch?: typeof fetch;
  /** What the wait for an answer that comes later does: hold the run, or end it as paused. @default "wait" */
  readonly whenAccepted?: "wait" | "pause";
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

/** A request of the receiver with an answer. */
export interface WebhookAnswer {
  /** The body, byte for byte as it came. */
  readonly body: string;
  readonly headers: Headers | Readonly<Record<string, string | undefined>>;
}

/** An approver that asks by HTTP. */
export interface WebhookApprover extends Approver {
  /**
   * Takes an answer that comes later in a request of its own. Throws a `TypeError` that says what is wrong with one that
   * is not signed, too old, used already, or about no question that waits.
   */
  receive(answer: WebhookAnswer): void;
}

/**
 * Makes an approver that posts each question to a webhook, signed (`x-harness-signature`: `v1=` and HMAC-SHA256 of
 * `v1:<timestamp>:<body>`), as JSON `{ question, text }`. The receiver answers at once (200) with JSON
 * `{ id, decision, argsDigest, approver?, feedback?, scope?, editedArgs? }`, or takes the question (202) and sends the
 * same to `receive` later. Answers are signed over `v1:<timestamp>:<id>:<body>`, are bound to the question's arguments
 * and count once; whatever does not hold is a denial.
 */
export function webhookApprover(options: WebhookApproverOptions): WebhookApprover {
  const { url, whenAccepted = "wait", now = Date.now } = options;
  const secret = checkSecret(options.secret, "webhookApprover: secret");
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new TypeError(`webhookApprover: url must be an address with http or https, not ${JSON.stringify(url)}`);
  }
  const room = openWaitingRoom();

  const read = (question: ApprovalQuestion, { body, headers }: WebhookAnswer): ApprovalAnswer => {
    const get = (name: string): string | undefined =>
      headers instanceof Headers ? (headers.get(name) ?? undefined) : headers[name];
    const parts = { version: VERSION, timestamp: get(TIME_HEADER) ?? "", parts: [question.id, body] };
    const problem = refuseSignature(secret, get(SIGNATURE_HEADER), { parts, nowMs: now() });
    if (problem !== undefined) throw new TypeError(`The answer of the webhook does not count: ${problem}`);
    return readBody(body, question);
  };
  return {
    async decide(question, { signal }) {
      const waiting = room.enter(question);
      try {
        const response = await post(question, { ...options, now, secret }, signal);
        if (response.status !== 202)
          return read(question, { body: await readText(response), headers: response.headers });
        await response.body?.cancel();
        if (whenAccepted === "pause") return { decision: "pause" };
        return await raceSignal(waiting.answer, signal);
      } finally {
        waiting.leave();
      }
    },
    receive(answer) {
      const question = room.find(idOf(answer.body));
      room.answer(question.id, read(question, answer));
    },
  };
}

async function post(
  question: ApprovalQuestion,
  { url, secret, now, ...options }: WebhookApproverOptions & { readonly now: () => number },
  signal: AbortSignal,
): Promise<Response> {
  const send = options.fetch ?? (await openGuardedFetch());
  const body = JSON.stringify({ question, text: describeQuestion(question) });
  const timestamp = String(Math.floor(now() / 1000));
  const headers = {
    "content-type": "application/json",
    [TIME_HEADER]: timestamp,
    [SIGNATURE_HEADER]: sign(secret, { version: VERSION, timestamp, parts: [body] }),
  };
  const response = await send(url, { method: "POST", body, headers, redirect: "error", signal });
  if (response.ok) return response;
  await response.body?.cancel();
  throw new HarnessError(`The approval webhook answered ${response.status}`, { code: "tool_failed" });
}

async function openGuardedFetch(): Promise<typeof fetch> {
  const { createGuardedFetch } = await import("../net/index.ts");
  return createGuardedFetch();
}

async function readText(response: Response): Promise<string> {
  const text = await response.text();
  if (text.length > MAX_ANSWER) throw new TypeError("The answer of the webhook is too long");
  return text;
}

function parse(body: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(body);
  if (typeof value !== "object" || value === null) throw new TypeError("The answer of the webhook is no JSON object");
  // Any object can be read by keys; the values stay unknown.
  return value as Readonly<Record<string, unknown>>;
}

function idOf(body: string): string {
  const { id } = parse(body);
  if (typeof id !== "string") throw new TypeError("The answer of the webhook names no question: id is missing");
  return id;
}

/** Only the known fields go on; their form is checked by the pipeline. */
function readBody(body: string, question: ApprovalQuestion): ApprovalAnswer {
  const { id, decision, scope, feedback, editedArgs, argsDigest, approver } = parse(body);
  if (id !== question.id) throw new TypeError("The answer of the webhook is about another question");
  if (argsDigest !== question.argsDigest) throw new TypeError("The answer of the webhook is about other arguments");
  const fields = { decision, argsDigest, approver: approver ?? "webhook", scope, feedback, editedArgs };
  // The pipeline refuses what is in no known form.
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as ApprovalAnswer;
}
