// Run by sqlite-store.test.ts in a process of its own: appends pairs of events until it is killed or has written enough.
import { sqliteStore } from "../../src/session/sqlite-store.ts";

const [, , path, sessionId, count] = process.argv;
const store = await sqliteStore(path);
for (let index = 0; index < Number(count); index += 1) {
  const pair = ["first", "second"].map((type) => ({ v: 1, type, at: index, data: { index, text: "x".repeat(2000) } }));
  await store.append(sessionId, index * 2, pair);
  process.stdout.write(`${index + 1}\n`);
}
await store.close();
