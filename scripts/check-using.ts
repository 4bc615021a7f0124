/**
 * Fails when `using` stands in a loop. The bundler writes it down for older runtimes with variables that live as long as
 * the function: an error of one round would be thrown again at the end of the next one, in the package but not in its
 * source (esbuild 0.28). `node scripts/check-using.ts [root]`
 */
import ts from "typescript";
import { type Problems, runCheck } from "./run-check.ts";
import { listSources, readText } from "./source-files.ts";

export function checkUsing(root: string): Problems {
  return listSources(root).flatMap((file) => {
    const source = ts.createSourceFile(file, readText(root, file), ts.ScriptTarget.Latest, true);
    return findInLoops(source).map((node) => {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      return `${file}:${line + 1}: "using" in a loop is miscompiled for Node 22: move the loop's body to a function`;
    });
  });
}

function findInLoops(source: ts.SourceFile): readonly ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclarationList(node) && isUsing(node) && isInLoop(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isUsing({ flags }: ts.VariableDeclarationList): boolean {
  const kind = flags & ts.NodeFlags.BlockScoped;
  return kind === ts.NodeFlags.Using || kind === ts.NodeFlags.AwaitUsing;
}

/** Within one function: what a loop calls begins anew with every call. */
function isInLoop(from: ts.Node): boolean {
  for (let node = from; !ts.isSourceFile(node) && !ts.isFunctionLike(node); node = node.parent) {
    if (ts.isIterationStatement(node, false)) return true;
  }
  return false;
}

await runCheck(import.meta.url, checkUsing, "No using stands in a loop.");
