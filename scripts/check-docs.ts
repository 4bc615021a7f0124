/**
 * Fails when a symbol behind a door has no doc comment, or when an example does not compile.
 * `node scripts/check-docs.ts [root]`
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { readDoors } from "./doors.ts";
import { type Example, readMarkdownExamples, readSourceExamples } from "./examples.ts";
import { type Problems, runCheck } from "./run-check.ts";

/** Markdown whose examples people paste. */
const PAGES = ["README.md", "docs/testing.md"];

export function checkDocs(root: string): Problems {
  return [...checkComments(root), ...checkExamples(root)];
}

function checkComments(root: string): Problems {
  const doors = readDoors(root).filter(({ source }) => existsSync(join(root, source)));
  const program = ts.createProgram(
    doors.map(({ source }) => join(root, source)),
    readOptions(root),
  );
  const checker = program.getTypeChecker();
  const bare = new Map<string, string>();
  for (const { name, source } of doors) {
    const file = program.getSourceFile(join(root, source));
    const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
    for (const exported of module === undefined ? [] : checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const isForeign = symbol.declarations?.every((one) => one.getSourceFile().fileName.includes("/node_modules/"));
      // A name without declaration does not resolve: the type check's business.
      if (isForeign === true || symbol.declarations === undefined || symbol.getDocumentationComment(checker).length > 0)
        continue;
      bare.set(
        placeOf(root, symbol),
        `${exported.name} (door "${name}") has no doc comment: say in one sentence what it is`,
      );
    }
  }
  return [...bare].map(([place, problem]) => `${place}: ${problem}`);
}

function placeOf(root: string, symbol: ts.Symbol): string {
  const [declaration] = symbol.declarations ?? [];
  if (declaration === undefined) return symbol.name;
  const file = declaration.getSourceFile();
  return `${file.fileName.slice(root.length + 1)}:${file.getLineAndCharacterOfPosition(declaration.getStart()).line + 1}`;
}

/** Each example becomes a file of its own and is compiled as a consumer's program would be. */
function checkExamples(root: string): Problems {
  const examples = [...readSourceExamples(root), ...PAGES.flatMap((page) => readMarkdownExamples(root, page))];
  const folder = join(root, ".tmp", "examples");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = new Map(examples.map((example, index) => [join(folder, `example-${index + 1}.ts`), example]));
  // An example without imports is a module as well, else two of them would share their names.
  for (const [path, { code }] of files) writeFileSync(path, `${code}\nexport {};\n`);
  const program = ts.createProgram([...files.keys()], readOptions(root));
  const problems = [...files.keys()].flatMap((path) => {
    const source = program.getSourceFile(path);
    const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return diagnostics.flatMap((diagnostic) => describe(diagnostic, files));
  });
  rmSync(folder, { recursive: true, force: true });
  return problems;
}

function describe({ file, start = 0, messageText }: ts.Diagnostic, files: ReadonlyMap<string, Example>): Problems {
  const example = file === undefined ? undefined : files.get(file.fileName);
  if (file === undefined || example === undefined) return [];
  const line = example.line + 1 + file.getLineAndCharacterOfPosition(start).line;
  return [`${example.file}:${line}: example does not compile: ${ts.flattenDiagnosticMessageText(messageText, " ")}`];
}

function readOptions(root: string): ts.CompilerOptions {
  const path = join(root, "tsconfig.json");
  const { config } = ts.readConfigFile(path, (name) => ts.sys.readFile(name)) as {
    config: { compilerOptions?: object };
  };
  const own = { compilerOptions: config.compilerOptions, files: [] };
  const { options } = ts.parseJsonConfigFileContent(own, ts.sys, root, undefined, path);
  return { ...options, noEmit: true, noUnusedLocals: false, noUnusedParameters: false };
}

await runCheck(import.meta.url, checkDocs, "Docs hold: every public symbol has its comment, every example compiles.");
