import type {
  Approver,
  ApprovalAnswer,
  ApprovalQuestion,
  Budget,
  BudgetSnapshot,
  Check,
  CheckAnswer,
  ExecResult,
  Files,
  Gate,
  Isolation,
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
  return { policy: silent, permission: fakeCheck(effect, { basis: "default" }), risk: silent, ...parts };
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

const NOTHING_USED: BudgetSnapshot = {
  tokensUsed: 0,
  inputTokensUsed: 0,
  outputTokensUsed: 0,
  costUsed: 0,
  tokensReserved: 0,
  costReserved: 0,
  maxTokens: undefined,
  maxCost: undefined,
  tokensRemaining: undefined,
  costRemaining: undefined,
};

/** A budget without limits that keeps nothing. */
export function fakeBudget(): Budget {
  return {
    reserve: () => ({ settle() {}, [Symbol.dispose]() {} }),
    snapshot: () => NOTHING_USED,
    takeWarning: () => undefined,
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

/** Files in memory, below `cwd`. */
export function fakeFiles(cwd = "/work", initial: Readonly<Record<string, string>> = {}): Files {
  const contents = new Map(Object.entries(initial).map(([path, text]) => [toPath(cwd, path), Buffer.from(text)]));
  const stateOf = (path: string, bytes: Uint8Array) => ({
    path,
    size: bytes.byteLength,
    mtimeMs: 0,
    ino: 1,
    mode: 0o644,
    links: 1,
  });
  return {
    cwd,
    roots: [cwd],
    resolve: async (path) => toPath(cwd, path),
    async read(path) {
      const bytes = contents.get(toPath(cwd, path));
      if (bytes === undefined) throw new Error(`There is no file ${path}`);
      return { bytes, state: stateOf(toPath(cwd, path), bytes), isTruncated: false };
    },
    async write(path, data) {
      const bytes = Buffer.from(data);
      contents.set(toPath(cwd, path), bytes);
      return stateOf(toPath(cwd, path), bytes);
    },
    async stat(path) {
      const bytes = contents.get(toPath(cwd, path));
      return bytes === undefined ? undefined : stateOf(toPath(cwd, path), bytes);
    },
    async list(path) {
      const folder = `${toPath(cwd, path)}/`;
      const names = [...contents.keys()].filter((key) => key.startsWith(folder)).map((key) => key.slice(folder.length));
      return names.filter((name) => !name.includes("/")).map((name) => ({ name, type: "file" }));
    },
    async remove(path) {
      contents.delete(toPath(cwd, path));
    },
  };
}

function toPath(cwd: string, path: string): string {
  return path.startsWith("/") ? path : `${cwd}/${path}`;
}

/** Randomness that always comes out the same: ids "id-1", "id-2" … */
export function fakeRandom(): Random {
  let count = 0;
  return { next: () => 0.5, id: () => `id-${(count += 1)}` };
}
