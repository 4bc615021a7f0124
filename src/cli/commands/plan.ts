import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { planCapacity, type CapacityPlan, type PlannedTask } from "../../catalogue/index.ts";
import { describeError } from "../../errors/index.ts";
import type { CliContext } from "../cli-context.ts";
import type { Command } from "../command.ts";
import { UsageError } from "../usage-error.ts";
import { SEED_PLAN, TODAY } from "./seed-plan.ts";

/**
 * `harness plan [FILE] [--task …] [--simple-model ID] [--days N] [--json]`: what tasks will cost a day and a month. The
 * file is a JSON list of tasks; without any task the table of the tutorial is planned, with today's prices beside.
 */
export const planCommand: Command = async (args, context) => {
  const { values, positionals } = parse(args);
  const [file] = positionals;
  if (positionals.length > 1) throw new UsageError("harness plan takes one file at most");
  const tasks = [...(file === undefined ? [] : await readTasks(file)), ...(values.task ?? []).map(readTask)];
  const days = values.days === undefined ? 30 : Number(values.days);
  const simpleModel = values["simple-model"];
  const options = { days, ...(simpleModel === undefined ? {} : { simpleModel }) };
  if (tasks.length === 0) return printSeed(context, { days, isJson: values.json });
  const plan = planOrRefuse(tasks, options);
  context.out(values.json ? `${JSON.stringify(plan)}\n` : showPlan(plan, days));
  return plan.daily.plain === undefined ? 1 : 0;
};

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        task: { type: "string", multiple: true },
        "simple-model": { type: "string" },
        days: { type: "string" },
        json: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(describeError(error));
  }
}

function planOrRefuse(tasks: readonly PlannedTask[], options: Parameters<typeof planCapacity>[1]): CapacityPlan {
  try {
    return planCapacity(tasks, options);
  } catch (error) {
    throw new UsageError(describeError(error));
  }
}

const NUMBERS = ["perDay", "inputTokens", "outputTokens", "turns", "simpleShare", "cachedShare"] as const;

/** `name=PR reviews,perDay=10,inputTokens=4000,outputTokens=1000,model=sonnet,turns=8,simpleShare=0.3` */
function readTask(text: string): PlannedTask {
  const fields = new Map(
    text.split(",").map((part) => [part.split("=")[0]?.trim() ?? "", part.slice(part.indexOf("=") + 1).trim()]),
  );
  return toTask(
    Object.fromEntries([...fields].map(([key, value]) => [key, isNumber(key) ? Number(value) : value])),
    text,
  );
}

async function readTasks(file: string): Promise<readonly PlannedTask[]> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${file} cannot be read as JSON: ${describeError(error)}`);
  }
  if (!Array.isArray(parsed)) throw new UsageError(`${file} must hold a list of tasks`);
  return parsed.map((each: unknown, index) => toTask(each, `task ${index + 1} of ${file}`));
}

function toTask(value: unknown, where: string): PlannedTask {
  if (typeof value !== "object" || value === null) throw new UsageError(`${where}: a task must be an object`);
  const task = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(task)) {
    if (key !== "name" && key !== "model" && !isNumber(key)) throw new UsageError(`${where}: unknown field "${key}"`);
  }
  for (const key of ["name", "model"]) {
    if (typeof task[key] !== "string") throw new UsageError(`${where}: "${key}" must be a text`);
  }
  for (const key of NUMBERS) {
    const isNeeded = key === "perDay" || key === "inputTokens" || key === "outputTokens";
    const { [key]: given } = task;
    if (given === undefined ? isNeeded : typeof given !== "number" || Number.isNaN(given)) {
      throw new UsageError(`${where}: "${key}" must be a number`);
    }
  }
  // Every field was looked at.
  return task as unknown as PlannedTask;
}

function isNumber(key: string): boolean {
  return NUMBERS.some((name) => name === key);
}

function printSeed({ out }: CliContext, { days, isJson }: { readonly days: number; readonly isJson: boolean }): number {
  const then = planOrRefuse(
    SEED_PLAN.map(({ task }) => task),
    { days },
  );
  const today = planOrRefuse(
    SEED_PLAN.map(({ task }) => ({ ...task, model: TODAY.get(task.model) ?? task.model })),
    { days },
  );
  const claimed = SEED_PLAN.reduce((sum, row) => sum + row.claimed, 0);
  if (isJson) {
    out(`${JSON.stringify({ claimed: { daily: claimed, monthly: claimed * days }, byItsPrices: then, today })}\n`);
    return 0;
  }
  const rows = SEED_PLAN.map(({ task, claimed: usd }, index) => [
    task.name,
    String(task.perDay),
    String(task.inputTokens + task.outputTokens),
    task.model,
    showUsd(usd),
    showUsd(then.rows[index]?.daily.plain),
    today.rows[index]?.model ?? "",
    showUsd(today.rows[index]?.daily.plain),
  ]);
  const head = ["task", "a day", "tokens", "model", "claimed", "by its price", "today's model", "today"];
  const total = ["total", "", "", "", showUsd(claimed), showUsd(then.daily.plain), "", showUsd(today.daily.plain)];
  const month = [
    "month",
    "",
    "",
    "",
    showUsd(claimed * days),
    showUsd(then.monthly.plain),
    "",
    showUsd(today.monthly.plain),
  ];
  out(showTable([head, ...rows, total, month]));
  out(
    "\nUSD a day. Four fifths of the tokens are taken as prompt. Plan your own: harness plan --task name=…,perDay=…\n",
  );
  return 0;
}

function showPlan({ rows, daily, monthly, savings }: CapacityPlan, days: number): string {
  const head = ["task", "a day", "model", "plain", "routed", "cached", "both"];
  const cells = (cost: CapacityPlan["daily"]): readonly string[] =>
    [cost.plain, cost.routed, cost.cached, cost.routedAndCached].map(showUsd);
  const saved = ["saved", "", "", "", ...[savings.routed, savings.cached, savings.both].map(showShare)];
  return `${showTable([
    head,
    ...rows.map((row) => [row.name, String(row.perDay), row.model ?? "not known", ...cells(row.daily)]),
    ["total", "", "", ...cells(daily)],
    [`${days} days`, "", "", ...cells(monthly)],
    saved,
  ])}\nUSD a day.\n`;
}

function showTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function showUsd(usd: number | undefined): string {
  return usd === undefined ? "not known" : usd.toFixed(2);
}

function showShare(share: number | undefined): string {
  return share === undefined ? "" : `${Math.round(share * 100)} %`;
}
