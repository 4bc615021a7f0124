import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { escapeControls } from "../../approval/index.ts";
import { findModel } from "../../harness/open-model.ts";
import { openPrices } from "../../harness/open-modules.ts";
import { loadSettings } from "../../harness/settings.ts";
import {
  describeReport,
  readRecording,
  replaySession,
  type ReplayOptions,
  type ReplayReport,
} from "../../replay/index.ts";
import { sqliteStore } from "../../session/index.ts";
import type { Command } from "../command.ts";
import { UsageError } from "../usage-error.ts";

const USAGE =
  "harness replay {SESSION … | --last N} [--policy FILE …] [--permission MODE] [--max-cost USD] [--max-tokens N] [--model NAME] [--provider NAME] [--cwd DIR] [--store FILE] [--json]";

const OPTIONS = {
  last: { type: "string" },
  policy: { type: "string", multiple: true },
  permission: { type: "string" },
  "max-cost": { type: "string" },
  "max-tokens": { type: "string" },
  model: { type: "string" },
  provider: { type: "string" },
  cwd: { type: "string" },
  store: { type: "string" },
  json: { type: "boolean" },
} as const;

/**
 * `harness replay SESSION …`: replays recorded sessions without any effect, as they were or against another policy, mode,
 * budget or model (which is really asked). Exit code 0 when everything came as it is recorded, 1 when something went another way.
 */
export const replayCommand: Command = async (args, { out }) => {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const last = readNumber("--last", values.last);
  if ((positionals.length === 0) === (last === undefined)) {
    throw new UsageError(`Sessions are needed, by their ids or by --last: ${USAGE}`);
  }
  const options = { ...readOptions(values), ...(await openModel(values)) };
  const path = values.store ?? join(process.env["HOME"] || homedir(), ".harness", "harness.db");
  const store = await sqliteStore(path);
  try {
    const sessions =
      last === undefined ? positionals : (await store.list({ limit: last })).map(({ sessionId }) => sessionId);
    let isSame = true;
    for (const session of sessions) {
      const report = await replaySession(await readRecording(store, session), options);
      isSame &&= report.isSame;
      out(values.json === true ? `${JSON.stringify(report)}\n` : toLines(report));
    }
    return isSame ? 0 : 1;
  } finally {
    await store.close();
  }
};

/** What models and tools wrote stands in the report, and must not move the cursor of whoever reads it. */
function toLines(report: ReplayReport): string {
  return `${describeReport(report).trimEnd().split("\n").map(escapeControls).join("\n")}\n`;
}

/** The model that answers in the place of the recorded one, found as a run finds it. */
async function openModel({ model, provider }: { readonly model?: string; readonly provider?: string }) {
  if (model === undefined && provider === undefined) return {};
  const named = { ...(model === undefined ? {} : { model }), ...(provider === undefined ? {} : { provider }) };
  const settings = await loadSettings(named);
  const prices = await openPrices(settings);
  return { model: (await findModel(settings, settings.options, prices)).model, prices };
}

interface GivenOptions {
  readonly policy?: readonly string[];
  readonly permission?: string;
  readonly "max-cost"?: string;
  readonly "max-tokens"?: string;
  readonly cwd?: string;
}

function readOptions({ policy, permission, cwd, ...limits }: GivenOptions): ReplayOptions {
  const maxCost = readNumber("--max-cost", limits["max-cost"]);
  const maxTokens = readNumber("--max-tokens", limits["max-tokens"]);
  const budget = {
    ...(maxCost === undefined ? {} : { maxCost }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
  };
  const given = {
    policy,
    permissionMode: permission,
    cwd,
    budget: Object.keys(budget).length === 0 ? undefined : budget,
  };
  // Values are checked where they are used, which knows the valid ones.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as ReplayOptions;
}

function readNumber(name: string, written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  const value = Number(written);
  if (written.trim() !== "" && Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`${name} must be a number above 0, not "${written}"`);
}
