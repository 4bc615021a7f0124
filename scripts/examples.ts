/** Code in documentation: `@example` blocks of doc comments and fenced `ts` blocks of Markdown. */
import ts from "typescript";
import { listSources, readText } from "./source-files.ts";

export interface Example {
  /** Where its first line of code stands. */
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

/** A fence with its language; what follows the language ("ts ignore") marks code that is not to be compiled. */
const FENCE = /^```(?:ts|typescript)[^\S\n]*\n([\s\S]*?)^```/gm;

/** All examples in the doc comments of src/. */
export function readSourceExamples(root: string): readonly Example[] {
  return listSources(root).flatMap((file) => {
    const text = readText(root, file);
    const comments = [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].filter(([comment]) => comment.includes("@example"));
    return comments.flatMap((comment) => readComment(file, comment[0], lineAt(text, comment.index)));
  });
}

/** All TypeScript blocks of a Markdown file. */
export function readMarkdownExamples(root: string, file: string): readonly Example[] {
  return ts.sys.fileExists(`${root}/${file}`) ? readFences(file, readText(root, file), 1) : [];
}

function readComment(file: string, comment: string, start: number): readonly Example[] {
  const bare = comment.replace(/^[^\S\n]*\* ?/gm, "");
  return [...bare.matchAll(/@example\b([\s\S]*?)(?=^@|(?![\s\S]))/gm)].flatMap((block) =>
    readFences(file, block[1] ?? "", start + lineAt(bare, block.index) - 1),
  );
}

function readFences(file: string, text: string, start: number): readonly Example[] {
  return [...text.matchAll(FENCE)].map((fence) => ({
    file,
    line: start + lineAt(text, fence.index) - 1,
    code: fence[1] ?? "",
  }));
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
