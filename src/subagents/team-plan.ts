import { HarnessError } from "../errors/index.ts";

/** One part of a team's work. */
export interface TeamTask {
  readonly title: string;
  /** Everything that whoever does it must know. */
  readonly prompt: string;
  /** Positions of the tasks, from 0, whose results it needs. */
  readonly after: readonly number[];
}

/** The schema that a planner's answer must fit. The library is loaded when a team begins. */
export async function planSchema(maxTasks: number) {
  const { z } = await import("zod");
  const task = z.strictObject({
    title: z.string().min(1).max(200),
    prompt: z.string().min(1),
    after: z.array(z.int().min(0)).describe("Positions of the tasks, from 0, whose results this one needs; [] = none"),
  });
  return z.strictObject({ tasks: z.array(task).min(1).max(maxTasks) });
}

/** What a planner is asked. */
export function planPrompt(goal: string, maxTasks: number): string {
  return [
    "Divide this goal into tasks for a team. Look at what matters first; change nothing.",
    `At most ${maxTasks} tasks. Tasks without "after" are done at the same time, so they must not change the same files.`,
    "Whoever does a task sees only its prompt and the results of the tasks it comes after.",
    `# Goal\n\n${goal}`,
  ].join("\n");
}

/** Checks that tasks come after others only, so that each can begin some time. Throws code "output_invalid". */
export function checkPlan(tasks: readonly TeamTask[]): void {
  const done = new Set<number>();
  for (let before = -1; before < done.size;) {
    before = done.size;
    for (const [index, { after }] of tasks.entries()) if (after.every((one) => done.has(one))) done.add(index);
    if (done.size === before) break;
  }
  if (done.size === tasks.length) return;
  const stuck = tasks.filter((_, index) => !done.has(index)).map(({ title }) => title);
  throw new HarnessError(
    `These tasks of the plan wait for each other or for what does not exist: ${stuck.join(", ")}`,
    {
      code: "output_invalid",
    },
  );
}
