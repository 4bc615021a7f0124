import { addLabels, NO_LABELS } from "../labels/index.ts";
import type {
  Approver,
  ApprovalAnswer,
  ApprovalQuestion,
  Check,
  CheckAnswer,
  ExecResult,
  Gate,
  Isolation,
  Labeller,
  LabelSource,
  PreparedCall,
  Random,
  Sandbox,
} from "../spec/index.ts";

/** A check that always answers the same. */
export function fakeCheck(effect: CheckAnswer["effect"], answer: Partial<CheckAnswer> = {}): Check {
  return { check: () => ({ effect, basis: "rule", reason: `fake check: ${effect}`, ...answer }) };
}

/** A gate whose permission check gives one answer; policy and risk have no opinion. Parts can be replaced. */
export function fakeGate(effect: CheckAnswer["effect"] = "allow", parts: Partial<Gate> = {}): Gate {
  const silent = fakeCheck("none");
  return {
    policy: silent,
    permission: fakeCheck(effect, { basis: "default" }),
    taint: silent,
    constraints: silent,
    risk: silent,
    ...parts,
  };
}

/** An approver that gives the answers in order and keeps the questions; denies when it has no more answers. */
export function fakeApprover(
  answers: readonly (ApprovalAnswer | boolean)[] = [],
): Approver & { readonly questions: readonly ApprovalQuestion[] } {
  const questions: ApprovalQuestion[] = [];
  const left = [...answers];
  return {
    questions,
    async decide(question) {
      questions.push(question);
      return left.shift() ?? false;
    },
  };
}

/** The isolation of a place that confines nothing. */
export const FAKE_ISOLATION: Isolation = {
  mode: "fake",
  filesystem: "unconfined",
  network: "unconfined",
  environment: "inherited",
  limits: [],
};

/** A sandbox that runs nothing: `answer` says what a command would have printed. */
export function fakeSandbox(
  answer: (command: string | readonly string[]) => Partial<ExecResult> = () => ({}),
): Sandbox & { readonly commands: readonly (string | readonly string[])[] } {
  const commands: (string | readonly string[])[] = [];
  return {
    mode: "fake",
    isolation: FAKE_ISOLATION,
    commands,
    async exec(command, options = {}) {
      options.signal?.throwIfAborted();
      commands.push(command);
      const { stdout = "", stderr = "", ...rest } = answer(command);
      const base = { exitCode: 0, signal: undefined, timedOut: false, oomKilled: false, truncated: false };
      return { ...base, isolation: FAKE_ISOLATION, stdout, stderr, output: stdout + stderr, ...rest };
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** A labeller that keeps what it is told and finds nothing by itself, unless `found` says what a call brings in. */
export function fakeLabeller(found: (call: PreparedCall) => readonly LabelSource[] = () => []): Labeller {
  let labels = NO_LABELS;
  const add = (sources: readonly LabelSource[]): readonly LabelSource[] => {
    const grown = addLabels(labels, sources);
    labels = grown.labels;
    return grown.added;
  };
  return { current: () => labels, label: (call) => add(found(call)), add };
}

/** Randomness that always comes out the same: ids "id-1", "id-2" … */
export function fakeRandom(): Random {
  let count = 0;
  return { next: () => 0.5, id: () => `id-${(count += 1)}` };
}
