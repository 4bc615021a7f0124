import type { SyntaxNode, Word } from "unbash";

import { holdsCode, holdsIndexCode } from "./deferred-code.ts";
import { readWord } from "./read-word.ts";
import type { OpaqueReason } from "./shell-analysis.ts";
import type { Walk } from "./walk.ts";

const ARITHMETIC_TESTS = /^-(?:eq|ne|lt|le|gt|ge)$/;

/** Where bash evaluates a text once more: an index in arithmetic, `-v` and `-eq` in `[[ ]]`, the prompt form `${x@P}`. */
export function noteEvaluation(node: SyntaxNode, walk: Walk): void {
  switch (node.type) {
    case "TestUnary":
      if (node.operator === "-v" || node.operator === "-R") noteCode([node.operand], walk);
      return;
    case "TestBinary":
      if (ARITHMETIC_TESTS.test(node.operator)) noteCode([node.left, node.right], walk);
      return;
    case "Slice":
      noteCode(node.length === undefined ? [node.offset] : [node.offset, node.length], walk);
      return;
    case "Transform":
      if (node.operand.value.includes("P")) walk.opaque.push(evaluated("the prompt form of a variable"));
      return;
    case "ParameterExpansion":
      if (node.index !== undefined) noteCode([node.index], walk);
      return;
    case "ArithmeticExpansion":
      if (hasQuotedCode(node.text)) walk.opaque.push(evaluated(node.text));
      return;
    case "ArithmeticCommand":
      if (hasQuotedCode(node.body)) walk.opaque.push(evaluated(node.body));
      return;
    default:
  }
}

export function noteCode(words: readonly Word[], walk: Walk): void {
  const suspect = words.map(readWord).find(holdsCode);
  if (suspect !== undefined) walk.opaque.push(evaluated(suspect.text));
}

/** Texts that become the values of variables. */
export function noteTexts(texts: readonly string[], walk: Walk): void {
  const suspect = texts.find(holdsIndexCode);
  if (suspect !== undefined) walk.opaque.push(evaluated(suspect));
}

function hasQuotedCode(text: string): boolean {
  return /'[^']*(?:\$\(|`)|\\[$`]/.test(text);
}

function evaluated(text: string): OpaqueReason {
  return { type: "deferred_code", message: `bash evaluates ${text.slice(0, 80)} once more` };
}
