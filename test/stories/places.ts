import { z } from "zod";

import { defineTool, type Message, type RunOptions } from "../../src/index.ts";
import type { Check, Tool } from "../../src/spec/index.ts";
import { answerCall, HANG, openCall, openText, START, type FaultServer, type FaultStep } from "./fault-server.ts";

/** Seconds, in the commands of this process' tests: by it they are found whoever their parent is. */
export const COMMAND_MARK = `3601.${String(process.pid).padStart(8, "0")}`;

/** A tool that is at work until it is told to stop; it says when it began and keeps whether it stopped. */
export function patientTool(parts: { readonly cancel: Tool["cancel"] }): {
  readonly tool: Tool;
  readonly stopped: () => number;
} {
  let stopped = 0;
  const tool = defineTool({
    name: "Work",
    description: "Works for a long time",
    input: z.object({}),
    effect: "execute",
    cancel: parts.cancel,
    execute: (_input, { signal, emit }) =>
      new Promise((resolve) => {
        emit("at work\n".repeat(500));
        const stop = (): void => {
          stopped += 1;
          resolve("half of it");
        };
        signal.addEventListener("abort", stop, { once: true });
      }),
  });
  return { tool: tool as Tool, stopped: () => stopped };
}

/** A tool that is done at once. */
export const quickTool = defineTool({
  name: "Work",
  description: "Works at once",
  input: z.object({}),
  effect: "execute",
  execute: () => "done",
}) as Tool;

/** A place in a run at which somebody stops it. */
export interface Place {
  readonly where: string;
  readonly answers: readonly (readonly FaultStep[])[];
  readonly parts?: RunOptions;
  /** Called with everything that the run shows; tells when to stop. */
  readonly at?: (message: Message) => boolean;
  /** Stops it from somewhere else than its reader. */
  readonly begin?: (scene: { readonly server: FaultServer; readonly stop: () => void }) => void;
}

export const isPartial = (message: Message): boolean => message.type === "text" && message.isPartial;
const isSubtype = (subtype: string) => (message: Message) => message.type === "system" && message.subtype === subtype;
const busy: readonly FaultStep[] = [
  { type: "status", status: 429, headers: { "retry-after": "30" } },
  { type: "raw", text: '{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}' },
  { type: "end" },
];

/** A check that thinks until the run stops. */
function thinkingCheck(): { readonly check: Check; readonly asked: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const check: Check = {
    check() {
      resolve();
      return new Promise(() => {});
    },
  };
  return { check, asked: promise };
}

/** The steps of a run, made anew for each run. */
export function places(): readonly Place[] {
  const thinking = thinkingCheck();
  const hooked = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const never = (begun: PromiseWithResolvers<void>) => (): Promise<never> => {
    begun.resolve();
    return new Promise(() => {});
  };
  const call = answerCall("Work");
  const when = (begun: Promise<void>) => ({
    begin: ({ stop }: { readonly stop: () => void }) => void begun.then(stop),
  });
  const { tool: cooperative } = patientTool({ cancel: "cooperative" });
  const { tool: immediate } = patientTool({ cancel: "immediate" });
  const allowed = { permissionMode: "bypass" } as const;
  return [
    { where: "before it is read", answers: [[HANG]], begin: ({ stop }) => stop() },
    { where: "while it is set up", answers: [[HANG]], begin: ({ stop }) => queueMicrotask(stop) },
    { where: "at its first message", answers: [[HANG]], at: isSubtype("session_start") },
    {
      where: "while the provider connects",
      answers: [[HANG]],
      begin: ({ server, stop }) => void server.received(1).then(stop),
    },
    { where: "in the middle of a text", answers: [[START, ...openText(0, ["Half"]), HANG]], at: isPartial },
    {
      where: "in the middle of a tool's arguments",
      answers: [[START, ...openText(0, ["Half"]), ...openCall(1, "Work", ["{"]), HANG]],
      at: isPartial,
    },
    {
      where: "during an approval",
      answers: [call],
      at: ({ type }) => type === "approval_request",
      parts: { onApproval: never(asked), tools: [quickTool] },
    },
    {
      where: "while the approver thinks",
      answers: [call],
      ...when(asked.promise),
      parts: { onApproval: never(asked), tools: [quickTool] },
    },
    {
      where: "during a check",
      answers: [call],
      ...when(thinking.asked),
      parts: { policy: thinking.check, tools: [quickTool] },
    },
    {
      where: "during a hook",
      answers: [call],
      ...when(hooked.promise),
      parts: { hooks: [{ event: "beforeToolCall", run: never(hooked) }], tools: [quickTool] },
    },
    {
      where: "during a tool that stops when it is told",
      answers: [call],
      at: ({ type }) => type === "tool_progress",
      parts: { tools: [cooperative], ...allowed },
    },
    {
      where: "during a tool that nobody waits for",
      answers: [call],
      at: ({ type }) => type === "tool_progress",
      parts: { tools: [immediate], ...allowed },
    },
    {
      where: "during a command",
      answers: [answerCall("Bash", { command: `echo begun; sleep ${COMMAND_MARK}` })],
      at: ({ type }) => type === "tool_progress",
      parts: { tools: ["Bash"], ...allowed },
    },
    { where: "while it waits to try again", answers: [busy], at: isSubtype("model_retry") },
    {
      where: "after the last tool",
      answers: [call, [HANG]],
      at: ({ type }) => type === "tool_result",
      parts: { tools: [quickTool], ...allowed },
    },
    {
      where: "while the provider reads the results",
      answers: [call, [HANG]],
      begin: ({ server, stop }) => void server.received(2).then(stop),
      parts: { tools: [quickTool], ...allowed },
    },
  ];
}
