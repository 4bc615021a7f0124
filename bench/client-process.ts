/** One client, one scenario, one fresh process: prints what it cost as a line of JSON. */
import { openHarnessClient, fetchClient, sdkClient, type Client, type Seen, type Watch } from "./clients.ts";

const [name = "", scenario = "", url = "", repeats = "1"] = process.argv.slice(2);
const harness = name === "harness" ? await openHarnessClient() : undefined;
const clients = new Map<string, Client>([
  ["fetch", fetchClient],
  ["sdk", sdkClient],
]);
const client = harness?.client ?? clients.get(name);
if (client === undefined) throw new Error(`Unknown client ${name}`);
const base = `${url}/${scenario}`;

let firstTextAt: number | undefined;
let turns = 0;
/** Processor time at turn 100, 200, 900 and 1 000. */
const marks = new Map<number, number>();
const watch: Watch = {
  onText() {
    firstTextAt ??= performance.timeOrigin + performance.now();
  },
  onTurn() {
    turns += 1;
    if (![100, 200, 900, 1000].includes(turns)) return;
    const { user, system } = process.cpuUsage();
    marks.set(turns, user + system);
  },
};

interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

async function measure(
  work: () => Promise<readonly Seen[]>,
): Promise<{ readonly cost: Cost; readonly seen: readonly Seen[] }> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  const seen = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cost: { cpuMs: (user + system) / 1000, wallMs: performance.now() - from }, seen };
}

async function sessions(count: number): Promise<readonly Seen[]> {
  return await Promise.all(Array.from({ length: count }, () => client?.(base, watch) ?? Promise.reject(new Error())));
}

const rssBefore = process.memoryUsage.rss();
const count = scenario === "sessions" ? 500 : 1;
const costs: Cost[] = [];
let seen: readonly Seen[] = [];
for (let round = 0; round < Number(repeats); round += 1) {
  const done = await measure(() => sessions(count));
  costs.push(done.cost);
  seen = done.seen;
}
const peakRssMb = process.resourceUsage().maxRSS / 1024;
const sum = seen.reduce(
  (total, one) => ({ characters: total.characters + one.characters, toolCalls: total.toolCalls + one.toolCalls }),
  { characters: 0, toolCalls: 0 },
);
console.log(
  JSON.stringify({
    costs,
    peakRssMb,
    grownMb: peakRssMb - rssBefore / 1024 / 1024,
    firstTextAt,
    growth: growthOf(marks),
    ...sum,
  }),
);
await harness?.close();
process.exit(0);

/** How much dearer the last hundred of a thousand turns were than the second hundred. */
function growthOf(at: ReadonlyMap<number, number>): number | undefined {
  const [a, b, c, d] = [100, 200, 900, 1000].map((turn) => at.get(turn));
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  return (d - c) / (b - a);
}
