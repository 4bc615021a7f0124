/** Writes numbers into a database, one transaction each: `node writer.ts PATH FIRST COUNT`. */
import { openSqliteFile } from "../../src/sqlite/index.ts";

const [, , path = "", first = "", count = ""] = process.argv;
const file = await openSqliteFile(path, {
  schema: "CREATE TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY) STRICT",
  errorCode: "session_invalid",
  what: "test file",
});
const insert = file.database.prepare("INSERT INTO numbers (n) VALUES (?)");
for (let n = Number(first); n < Number(first) + Number(count); n += 1) {
  await file.transact(() => insert.run(n), { durable: n % 10 === 0 });
}
file.close();
