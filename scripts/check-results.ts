/**
 * Fails when a tool result is made outside the one file whose results have passed the filters and are recorded.
 * `node scripts/check-results.ts [root]`
 */
import ts from "typescript";
import { type Problems, runCheck } from "./run-check.ts";
import { listSources, readText } from "./source-files.ts";

/** The only place where a `ToolCallResult` may be written down. */
const MAKER = "src/tool-call/make-result.ts";
/** What a `ToolCallResult` or a `ToolResult` message cannot do without, and what little else has together. */
const MARKS = ["outcome", "isolation", "decision"];
/** Types that only the maker may give to an object literal. */
const TYPES = new Set(["ToolCallResult"]);

export function checkResults(root: string): Problems {
  const makers = listSources(root).filter((file) => file !== MAKER && !file.startsWith("src/testing/"));
  return makers.flatMap((file) => {
    const source = ts.createSourceFile(file, readText(root, file), ts.ScriptTarget.Latest, true);
    return findLiterals(source).map((node) => {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      return `${file}:${line + 1}: makes a tool result of its own, past the filters and the record. Only ${MAKER} may`;
    });
  });
}

function findLiterals(source: ts.SourceFile): readonly ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node) && (hasMarks(node) || isTyped(node))) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** What takes the outcome over from a finished result (a message for readers, a record) makes no result. */
function hasMarks(literal: ts.ObjectLiteralExpression): boolean {
  const names = literal.properties.map((property) => property.name?.getText());
  const outcome = literal.properties.find((property) => property.name?.getText() === "outcome");
  return MARKS.every((mark) => names.includes(mark)) && outcome !== undefined && !isCopied(outcome);
}

/** `outcome: result.outcome`, or `outcome` after `const { outcome } = result`. */
function isCopied(property: ts.ObjectLiteralElementLike): boolean {
  const name = property.name?.getText() ?? "";
  if (ts.isShorthandPropertyAssignment(property)) return isDestructured(name, property);
  if (!ts.isPropertyAssignment(property) || !ts.isPropertyAccessExpression(property.initializer)) return false;
  return property.initializer.name.text === name;
}

function isDestructured(name: string, from: ts.Node): boolean {
  for (let node: ts.Node = from; !ts.isSourceFile(node); node = node.parent) {
    if (ts.isFunctionLike(node) && node.parameters.some((parameter) => takesApart(parameter, name))) return true;
    if (!ts.isBlock(node)) continue;
    const declared = node.statements
      .filter(ts.isVariableStatement)
      .flatMap((one) => [...one.declarationList.declarations]);
    if (declared.some((declaration) => takesApart(declaration, name))) return true;
  }
  return false;
}

function takesApart(declaration: ts.VariableDeclaration | ts.ParameterDeclaration, name: string): boolean {
  const isPattern = ts.isObjectBindingPattern(declaration.name);
  if (!isPattern || (ts.isVariableDeclaration(declaration) && !ts.isIdentifier(declaration.initializer ?? declaration)))
    return false;
  return declaration.name.elements.some(
    (element) => element.name.getText() === name && element.propertyName === undefined,
  );
}

/** `const x: ToolCallResult = {}`, `(): ToolCallResult => ({})`, `{} as ToolCallResult`, `{} satisfies ToolCallResult`. */
function isTyped(literal: ts.ObjectLiteralExpression): boolean {
  for (let node: ts.Node = literal.parent; ; node = node.parent) {
    if (ts.isParenthesizedExpression(node) || ts.isCallExpression(node) || ts.isReturnStatement(node)) continue;
    if (ts.isConditionalExpression(node) || ts.isAwaitExpression(node)) continue;
    if (ts.isBlock(node) && ts.isFunctionLike(node.parent)) continue;
    return namesResult(typeOf(node));
  }
}

function typeOf(node: ts.Node): ts.TypeNode | undefined {
  const isTypedNode = ts.isVariableDeclaration(node) || ts.isFunctionLike(node) || ts.isAsExpression(node);
  return isTypedNode || ts.isSatisfiesExpression(node) || ts.isPropertyDeclaration(node) ? node.type : undefined;
}

function namesResult(type: ts.TypeNode | undefined): boolean {
  if (type === undefined) return false;
  if (ts.isUnionTypeNode(type)) return type.types.some(namesResult);
  if (!ts.isTypeReferenceNode(type)) return false;
  if (type.typeName.getText() === "Promise") return (type.typeArguments ?? []).some(namesResult);
  return TYPES.has(type.typeName.getText());
}

await runCheck(import.meta.url, checkResults, `Tool results are made in ${MAKER} only.`);
