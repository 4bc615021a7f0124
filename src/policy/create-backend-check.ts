import { openSignalScope, raceSignal } from "../async/index.ts";
import { describeError } from "../errors/index.ts";
import type { Check, CheckAnswer, CheckScope, PolicyBackend, PreparedCall } from "../spec/index.ts";

/** How another policy engine is asked. */
export interface BackendCheckOptions {
  /** Milliseconds after which its silence is a denial. @default 1000 */
  readonly timeoutMs?: number;
}

const EFFECTS: readonly CheckAnswer["effect"][] = ["allow", "ask", "deny", "none"];
const STRICTNESS = { none: 0, allow: 1, ask: 2, deny: 3 } as const;

/**
 * Makes another policy engine (Cedar, OPA …) a question of the gate. A throw, a time-out and an answer in an unknown
 * form are denials that say so.
 *
 * @example
 * const cedar: PolicyBackend = { name: "cedar", decide: ({ tool }) => ({ effect: tool === "Read" ? "allow" : "deny" }) };
 * await run("…", { policy: createBackendCheck(cedar) }).text();
 */
export function createBackendCheck(backend: PolicyBackend, { timeoutMs = 1000 }: BackendCheckOptions = {}): Check {
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0) {
    throw new RangeError(`timeoutMs must be a number of milliseconds above 0, not ${String(timeoutMs)}`);
  }
  return {
    version: backend.version,
    check: async (call, scope) => await ask(backend, call, { scope, timeoutMs }),
  };
}

async function ask(
  backend: PolicyBackend,
  call: PreparedCall,
  { scope, timeoutMs }: { readonly scope: CheckScope; readonly timeoutMs: number },
): Promise<CheckAnswer> {
  const { tool, args } = call;
  const { cwd, agent, sessionId, labels } = scope;
  const { isTainted, hasPrivateData, dataLabels } = labels;
  using limit = openSignalScope([scope.signal], { timeoutMs });
  try {
    const question = {
      tool: tool.name,
      effect: tool.effect,
      args,
      cwd,
      agent,
      sessionId,
      isTainted,
      hasPrivateData,
      dataLabels,
    };
    const decided = backend.decide(question, limit.signal);
    const answer: unknown = await raceSignal(Promise.resolve(decided), limit.signal);
    return readAnswer(answer, backend.name);
  } catch (error) {
    return denial(`The policy of ${backend.name} failed: ${describeError(error)}`);
  }
}

function readAnswer(answer: unknown, name: string): CheckAnswer {
  if (typeof answer !== "object" || answer === null) return denial(`The policy of ${name} gave no answer`);
  const { effect: given, rule, reason } = answer as Readonly<Record<string, unknown>>;
  const effect = EFFECTS.find((one) => one === given);
  const isText = (value: unknown): value is string | undefined => value === undefined || typeof value === "string";
  if (effect === undefined || !isText(rule) || !isText(reason)) {
    return denial(`The policy of ${name} gave an answer in an unknown form`);
  }
  return {
    effect,
    basis: "rule",
    reason: reason ?? `The policy of ${name} answers "${effect}"`,
    ...(rule === undefined ? {} : { rule }),
  };
}

/** Makes one question of several, of which the strictest answer counts: deny, then ask, then allow. All are asked. */
export function strictestCheck(first: Check, ...others: readonly Check[]): Check {
  const checks = [first, ...others];
  const versions = checks.flatMap(({ version }) => version ?? []);
  return {
    version: versions.length === 0 ? undefined : versions.join("+"),
    async check(call, scope) {
      const answers = await Promise.all(checks.map(async (check) => await check.check(call, scope)));
      // All of the answers are there: the first is, since one check is required.
      return answers.reduce((left, right) => (strictnessOf(right) > strictnessOf(left) ? right : left));
    },
  };
}

/** An answer in an unknown form counts as the strictest: the gate then makes it a denial. */
function strictnessOf({ effect }: CheckAnswer): number {
  return STRICTNESS[effect] ?? Number.POSITIVE_INFINITY;
}

function denial(reason: string): CheckAnswer {
  return { effect: "deny", basis: "rule", reason };
}
