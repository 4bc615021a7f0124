/** A kind of task of a mixed workload. Tokens are estimates of what coding agents really use; shares add up to 1. */
export interface WorkloadTask {
  readonly prompt: string;
  /** Share of all tasks. */
  readonly share: number;
  readonly turns: number;
  /** Tokens of the first request: system prompt, tools, task. */
  readonly firstPrompt: number;
  /** Tokens that each turn adds: the answer and what tools gave back. */
  readonly perTurn: number;
  /** Tokens of one answer. */
  readonly answer: number;
}

/** From the tasks that the seeds name: questions, triage, reviews, fixes, features, scans. */
export const WORKLOAD: readonly WorkloadTask[] = [
  task("What does src/server.ts do?", 0.14, { turns: 2, perTurn: 3_000, answer: 250 }),
  task("Which version of zod do we use?", 0.08, { turns: 2, perTurn: 1_200, answer: 80 }),
  task("Summarise this issue in two sentences: login fails on Safari since Monday.", 0.12, {
    turns: 1,
    perTurn: 0,
    answer: 120,
  }),
  task("Label this ticket: the invoice shows the wrong currency.", 0.1, { turns: 1, perTurn: 0, answer: 40 }),
  task("Rename the variable userId to accountId in auth.ts", 0.06, { turns: 4, perTurn: 2_500, answer: 300 }),
  task("Write a changelog entry for the last commit", 0.06, { turns: 3, perTurn: 2_000, answer: 200 }),
  task("Review this pull request for bugs, security problems and missing tests.", 0.12, {
    turns: 8,
    perTurn: 4_500,
    answer: 700,
  }),
  task("Fix the failing test in test/cart.test.ts. Then run the suite, update the docs and commit.", 0.1, {
    turns: 14,
    perTurn: 3_500,
    answer: 600,
  }),
  task("Implement pagination for the orders API with a cursor and tests", 0.1, {
    turns: 25,
    perTurn: 4_000,
    answer: 900,
  }),
  task("Refactor the payment module so that providers can be exchanged", 0.06, {
    turns: 30,
    perTurn: 4_500,
    answer: 1_000,
  }),
  task("Investigate why memory grows after each deploy and tell the root cause", 0.03, {
    turns: 22,
    perTurn: 6_000,
    answer: 800,
  }),
  task("Audit the authentication flow for vulnerabilities", 0.03, { turns: 20, perTurn: 6_000, answer: 900 }),
];

function task(
  prompt: string,
  share: number,
  { turns, perTurn, answer }: Pick<WorkloadTask, "turns" | "perTurn" | "answer">,
): WorkloadTask {
  return { prompt, share, turns, perTurn, answer, firstPrompt: 6_000 };
}
