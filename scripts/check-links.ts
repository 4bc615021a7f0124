/**
 * Fails when a document of the project points to a file, a folder or a heading that is not there.
 * `node scripts/check-links.ts [root]`
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { type Problems, runCheck } from "./run-check.ts";
import { readText } from "./source-files.ts";

/** Where documents are looked for; those below `docs/api` are made by typedoc. */
const FOLDERS = [".", "docs", "deploy", "examples", "test/corpora"];

export function checkLinks(root: string): Problems {
  return FOLDERS.flatMap((folder) => listDocuments(root, folder)).flatMap((file) => {
    const text = withoutCode(readText(root, file));
    return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
      const problem = judgeLink(root, file, link);
      return problem === undefined ? [] : [`${file}: the link to "${link}" leads nowhere: ${problem}`];
    });
  });
}

function listDocuments(root: string, folder: string): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: folder !== ".", encoding: "utf8" })
    .map((name) => posix.join(folder, name.replaceAll("\\", "/")))
    .filter((name) => name.endsWith(".md") && !name.startsWith("docs/api/"))
    .toSorted();
}

function judgeLink(root: string, file: string, link: string): string | undefined {
  if (/^[a-z]+:/i.test(link)) return undefined;
  const [path = "", heading] = link.split("#");
  const target = path === "" ? file : posix.join(dirname(file), path);
  if (!existsSync(join(root, target))) return "there is no such file";
  if (heading === undefined || !target.endsWith(".md") || !statSync(join(root, target)).isFile()) return undefined;
  return headingsOf(readText(root, target)).includes(heading) ? undefined : "there is no such heading";
}

/** Headings as GitHub names them. */
function headingsOf(text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/^#+ +(.+)$/gm)].map(([, title = ""]) =>
    title
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-"),
  );
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, "");
}

await runCheck(import.meta.url, checkLinks, "Every link of the documents leads somewhere.");
