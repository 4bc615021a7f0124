/**
 * What Harness costs, as ratios within this run: `npm run bench [scenario …] [--rounds N]`. The mock provider has a process of its
 * own; every measurement is a fresh process; clients take turns inside a round and the median over rounds counts.
 */
import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";

import { measureAudit } from "./audit.ts";
import { measureGovernance } from "./governance.ts";
import { measureImport } from "./import-time.ts";
import { measureSessions } from "./sessions.ts";
import { measureSandboxes } from "./sandboxes.ts";
import { measurePolicy } from "./policy.ts";
import { measureMoney } from "./money.ts";
import { measureTelemetry } from "./telemetry.ts";

const CLIENTS = ["fetch", "sdk", "harness"] as const;

interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Sessions in one process; the first is warm-up where there are several. */
  readonly repeats: number;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "deltas", title: "S1  one turn, 20 000 text deltas", repeats: 5 },
  { name: "turns200", title: "S2  200 turns with a tool call each", repeats: 4 },
  { name: "turns1000", title: "S3  1 000 turns, growing history", repeats: 1 },
  { name: "sessions", title: "S4  500 sessions at once, 5 turns each", repeats: 1 },
  { name: "parallel", title: "S6  one turn with 50 parallel calls", repeats: 20 },
  { name: "first", title: "S5  first text in a fresh process", repeats: 1 },
];

interface Measured {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakRssMb: number;
  readonly grownMb: number;
  readonly firstTextMs: number;
  readonly characters: number;
  readonly toolCalls: number;
  /** Turns 901–1 000 against turns 101–200. */
  readonly growth?: number;
}

/** What a client's process prints. */
interface Printed extends Omit<Measured, "cpuMs" | "wallMs" | "firstTextMs"> {
  readonly costs: readonly { readonly cpuMs: number; readonly wallMs: number }[];
  /** Milliseconds since the epoch. */
  readonly firstTextAt: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "3" }, records: { type: "string", default: "200000" } },
});
const wanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name);

const server = fork(new URL("./mock-server.ts", import.meta.url).pathname, { stdio: "inherit" });
try {
  const [url] = await once(server, "message");
  console.log(`Node ${process.version}, ${process.platform} ${process.arch}; medians of ${values.rounds} rounds\n`);
  for (const scenario of SCENARIOS) {
    if (wanted(scenario.name)) await runScenario(scenario, String(url), Number(values.rounds));
  }
  if (wanted("import")) await measureImport();
  if (wanted("governance")) await measureGovernance();
  if (wanted("journal")) await measureSessions();
  if (wanted("sandboxes")) await measureSandboxes();
  if (wanted("policy")) await measurePolicy();
  if (wanted("telemetry")) await measureTelemetry();
  if (wanted("money")) await measureMoney();
  if (wanted("audit")) await measureAudit(Number(values.records));
} finally {
  server.disconnect();
}

async function runScenario(scenario: Scenario, url: string, rounds: number): Promise<void> {
  const measured = new Map<string, Measured[]>(CLIENTS.map((client) => [client, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const client of CLIENTS) measured.get(client)?.push(await measureClient(client, scenario, url));
  }
  checkSame(measured);
  console.log(scenario.title);
  console.log("  client        CPU ms   × fetch   × SDK   wall ms   × SDK   peak MB   grown MB   first text ms");
  for (const client of CLIENTS) console.log(formatRow(client, measured));
  const grown = measured.get("harness")?.map(({ growth }) => growth ?? Number.NaN) ?? [];
  if (scenario.name === "turns1000")
    console.log(`  harness: turns 901–1 000 cost ${middle(grown).toFixed(2)} × turns 101–200`);
  console.log();
}

async function measureClient(client: string, { name, repeats }: Scenario, url: string): Promise<Measured> {
  const script = new URL("./client-process.ts", import.meta.url).pathname;
  const spawnedAt = Date.now();
  const child = spawn(process.execPath, [script, client, name, url, String(repeats)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = await readAll(child);
  // Printed by client-process.ts.
  const { costs, firstTextAt, ...rest } = JSON.parse(output) as Printed;
  const warm = repeats > 1 ? costs.slice(1) : costs;
  const median = (key: "cpuMs" | "wallMs"): number => middle(warm.map((cost) => cost[key]));
  return { ...rest, cpuMs: median("cpuMs"), wallMs: median("wallMs"), firstTextMs: firstTextAt - spawnedAt };
}

async function readAll(child: ChildProcess): Promise<string> {
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`A client ended with exit code ${String(code)}`);
  return output;
}

/** A client that saw less than the others did less work: its figures would mean nothing. */
function checkSame(measured: ReadonlyMap<string, readonly Measured[]>): void {
  const seen = new Set([...measured.values()].flat().map(({ characters, toolCalls }) => `${characters}/${toolCalls}`));
  if (seen.size !== 1) throw new Error(`The clients saw different amounts: ${[...seen].join(", ")}`);
}

function formatRow(client: string, measured: ReadonlyMap<string, readonly Measured[]>): string {
  const rows = measured.get(client) ?? [];
  const ratio = (key: "cpuMs" | "wallMs", other: string): string => {
    const others = measured.get(other) ?? [];
    return middle(rows.map((row, round) => row[key] / (others[round]?.[key] ?? Number.NaN))).toFixed(2);
  };
  const value = (key: Exclude<keyof Measured, "growth">, digits = 0): string =>
    middle(rows.map((row) => row[key])).toFixed(digits);
  const cells = [
    value("cpuMs", 1).padStart(9),
    ratio("cpuMs", "fetch").padStart(9),
    ratio("cpuMs", "sdk").padStart(7),
    value("wallMs", 1).padStart(9),
    ratio("wallMs", "sdk").padStart(7),
    value("peakRssMb").padStart(9),
    value("grownMb").padStart(10),
    value("firstTextMs").padStart(15),
  ];
  return `  ${client.padEnd(10)} ${cells.join(" ")}`;
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
