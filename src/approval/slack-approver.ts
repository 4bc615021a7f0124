import { raceSignal } from "../async/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { ApprovalAnswer, ApprovalQuestion, ApprovalScope, Approver } from "../spec/index.ts";
import { describeQuestion } from "./describe-question.ts";
import { checkSecret, refuseSignature } from "./signature.ts";
import { openWaitingRoom } from "./waiting-room.ts";
import type { WebhookAnswer } from "./webhook-approver.ts";

/** Slack takes no more in one block. */
const MAX_BLOCK = 2900;

/** What a Slack approver is made from. */
export interface SlackApproverOptions {
  /** The address of an incoming webhook of a channel. */
  readonly url: string;
  /** The app's signing secret: callbacks are checked by it. */
  readonly signingSecret: string;
  /** User ids that may answer. @default everybody who can press the button */
  readonly allowedUsers?: readonly string[];
  /** @default the guarded fetch */
  readonly fetch?: typeof fetch;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

/** An approver that asks in a channel. */
export interface SlackApprover extends Approver {
  /** Takes the request that Slack sends when a button is pressed. Throws a `TypeError` when it does not count. */
  receive(request: WebhookAnswer): void;
}

/**
 * Makes an approver that posts a message with buttons to a Slack channel and waits for the button's callback, which the
 * host's server hands to `receive`. Callbacks are checked by Slack's signature (`v0`), five minutes of age at most, and
 * count once; the button holds the digest of the arguments that were shown.
 */
export function slackApprover(options: SlackApproverOptions): SlackApprover {
  const { url, allowedUsers, now = Date.now } = options;
  const secret = checkSecret(options.signingSecret, "slackApprover: signingSecret");
  const room = openWaitingRoom();
  return {
    async decide(question, { signal }) {
      const waiting = room.enter(question);
      try {
        const send = options.fetch ?? (await openGuardedFetch());
        const body = JSON.stringify(slackMessage(question));
        const headers = { "content-type": "application/json" };
        const response = await send(url, { method: "POST", body, headers, redirect: "error", signal });
        await response.body?.cancel();
        if (!response.ok) throw new HarnessError(`Slack answered ${response.status}`, { code: "tool_failed" });
        return await raceSignal(waiting.answer, signal);
      } finally {
        waiting.leave();
      }
    },
    receive({ body, headers }) {
      const get = (name: string): string | undefined =>
        headers instanceof Headers ? (headers.get(name) ?? undefined) : headers[name];
      const parts = { version: "v0", timestamp: get("x-slack-request-timestamp") ?? "", parts: [body] };
      const problem = refuseSignature(secret, get("x-slack-signature"), { parts, nowMs: now() });
      if (problem !== undefined) throw new TypeError(`The callback does not count: ${problem}`);
      const { user, pressed } = readCallback(body);
      if (allowedUsers !== undefined && !allowedUsers.includes(user)) {
        throw new TypeError(`The user ${JSON.stringify(user)} may not answer`);
      }
      const question = room.find(pressed.id);
      if (pressed.argsDigest !== question.argsDigest) throw new TypeError("The button is about other arguments");
      room.answer(question.id, toAnswer(pressed, user));
    },
  };
}

/** What a button holds. */
interface Pressed {
  readonly id: string;
  readonly argsDigest: string;
  readonly choice: ApprovalScope | "deny";
}

function toAnswer({ choice, argsDigest }: Pressed, user: string): ApprovalAnswer {
  const approver = `slack:${user}`;
  return choice === "deny"
    ? { decision: "deny", argsDigest, approver }
    : { decision: "approve", argsDigest, approver, scope: choice };
}

/** The message of a question: plain text, so that nothing in it becomes a link, a mention or markup. */
function slackMessage(question: ApprovalQuestion): object {
  const { id, argsDigest, scopes } = question;
  const text = describeQuestion(question);
  const button = (label: string, choice: Pressed["choice"], style?: string): object => ({
    type: "button",
    action_id: `harness_${choice}`,
    text: { type: "plain_text", text: label },
    value: JSON.stringify({ id, argsDigest, choice } satisfies Pressed),
    ...(style === undefined ? {} : { style }),
  });
  const blocks = (text.match(new RegExp(`[\\s\\S]{1,${MAX_BLOCK}}`, "g")) ?? []).map((part) => ({
    type: "section",
    text: { type: "plain_text", text: part, emoji: false },
  }));
  const elements = [
    button("Allow once", "once", "primary"),
    ...(scopes.includes("session") ? [button("Allow for this session", "session")] : []),
    ...(scopes.includes("always") ? [button("Always allow", "always")] : []),
    button("Deny", "deny", "danger"),
  ];
  return {
    text: `Approval needed: ${question.name}`.slice(0, 150),
    blocks: [...blocks, { type: "actions", elements }],
  };
}

function readCallback(body: string): { readonly user: string; readonly pressed: Pressed } {
  const payload: unknown = JSON.parse(new URLSearchParams(body).get("payload") ?? "null");
  const user = read(read(payload, "user"), "id");
  const actions = read(payload, "actions");
  const value = read(Array.isArray(actions) ? actions[0] : undefined, "value");
  const pressed: unknown = typeof value === "string" ? JSON.parse(value) : undefined;
  if (typeof user === "string" && isPressed(pressed)) return { user, pressed };
  throw new TypeError("The callback is none of ours");
}

function isPressed(value: unknown): value is Pressed {
  const choice = read(value, "choice");
  return (
    typeof read(value, "id") === "string" &&
    typeof read(value, "argsDigest") === "string" &&
    (choice === "once" || choice === "session" || choice === "always" || choice === "deny")
  );
}

function read(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

async function openGuardedFetch(): Promise<typeof fetch> {
  const { createGuardedFetch } = await import("../net/index.ts");
  return createGuardedFetch();
}
