/** One client, one scenario, one fresh process: prints what it cost as a line of JSON. */
import { openHarnessClient, fetchClient, sdkClient, type Client, type Seen } from "./clients.ts";

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
const onText = (): void => {
  firstTextAt ??= performance.timeOrigin + performance.now();
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
  return await Promise.all(Array.from({ length: count }, () => client?.(base, onText) ?? Promise.reject(new Error())));
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
    ...sum,
  }),
);
await harness?.close();
process.exit(0);
