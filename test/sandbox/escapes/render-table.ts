// Run as a program with --write it puts the table into docs/sandboxes.md: node test/sandbox/escapes/render-table.ts --write
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { ESCAPES, MODES } from "./expectations.ts";

/** The page that shows the table. */
export const PAGE = fileURLToPath(new URL("../../../docs/sandboxes.md", import.meta.url));

const BEGIN = "<!-- escapes: begin -->";
const END = "<!-- escapes: end -->";
const WORDS = {
  holds: "held",
  open: "**open**",
  "unless root": "held, not for root",
  "by namespace": "held in a namespace",
} as const;

/** The table of what each mode holds, as Markdown. */
export function renderTable(): string {
  const head = [`| tried | ${MODES.join(" | ")} | |`, `| --- |${" --- |".repeat(MODES.length + 1)}`];
  const rows = ESCAPES.map(
    ({ name, expected, note = "" }) => `| ${name} | ${expected.map((word) => WORDS[word]).join(" | ")} | ${note} |`,
  );
  return [...head, ...rows].join("\n");
}

/** A page with the table in its place. */
export function insertTable(page: string): string {
  const [before = "", rest = ""] = page.split(BEGIN);
  const [, after = ""] = rest.split(END);
  return `${before}${BEGIN}\n\n${renderTable()}\n\n${END}${after}`;
}

if (process.argv.includes("--write")) writeFileSync(PAGE, insertTable(readFileSync(PAGE, "utf8")));
