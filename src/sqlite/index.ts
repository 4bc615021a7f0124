export { openSqliteFile, type SqliteFile, type SqliteFileOptions, type TransactOptions } from "./sqlite-file.ts";
