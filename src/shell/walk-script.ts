import {
  forEachChild,
  parse,
  type Command,
  type For,
  type Pipeline,
  type Redirection,
  type SyntaxNode,
  type Word,
} from "unbash";

import { judgeName } from "./assignments.ts";
import { addCommand } from "./add-command.ts";
import { findResult } from "./unwrap-wrapper.ts";
import { holdsCode, holdsIndexCode } from "./deferred-code.ts";
import { readWord } from "./read-word.ts";
import type { OpaqueReason, ShellWord, ShellWrite } from "./shell-analysis.ts";
import type { Place, Redirects, Stdin, Walk } from "./walk.ts";

const MAX_DEPTH = 8;
/** More commands are read roughly: nobody writes so many by hand. */
const MAX_COMMANDS = 400;
const MAX_VALUES = 64;
/** Builtins that make variables out of their input. */
const READING = new Set(["read", "mapfile", "readarray"]);
const NO_VARIABLES: Place["variables"] = new Map();
const WRITING = new Set([">", ">>", ">|", "&>", "&>>", "<>", ">&"]);
/** Where output goes that no file keeps. */
const SINKS = new Set(["/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty"]);

/** Reads a shell program and the code within its arguments. Throws what the parser throws. */
export function walkScript(source: string, walk: Walk): void {
  walk.pending.push({
    code: source,
    place: { depth: 0, wrappers: [], upstream: [], names: undefined, inFunction: undefined, variables: NO_VARIABLES },
  });
  for (let next = walk.pending.pop(); next !== undefined; next = walk.pending.pop()) {
    const { code, place } = next;
    if (place.depth > MAX_DEPTH || walk.commands.length > MAX_COMMANDS) {
      walk.opaque.push({ type: "nesting", message: "code within code is nested too deeply" });
      return;
    }
    visit(parse(code), walk, { ...place, depth: place.depth + 1, variables: NO_VARIABLES });
  }
}

function visit(node: SyntaxNode, walk: Walk, place: Place): void {
  if (walk.commands.length > MAX_COMMANDS) {
    if (walk.opaque.at(-1)?.type !== "nesting") {
      walk.opaque.push({ type: "nesting", message: `more than ${MAX_COMMANDS} commands` });
    }
    return;
  }
  switch (node.type) {
    case "Command":
      readCommand(node, walk, place);
      break;
    case "Pipeline":
      readPipeline(node, walk, place);
      return;
    case "For":
      noteTexts(node.wordlist?.map(({ value }) => value) ?? [], walk);
      for (const one of judgeName(node.name.value)) if (one.type === "opaque") walk.opaque.push(one.reason);
      forEachChild(node, (child) => visit(child, walk, withVariable(node, walk, place)));
      return;
    case "Function":
      forEachChild(node, (child) => visit(child, walk, { ...place, inFunction: node.name.value }));
      return;
    case "Redirected":
      readRedirections(node.redirects, walk, place);
      break;
    case "Script":
      if (node.errors !== undefined && node.errors.length > 0) {
        walk.opaque.push({
          type: "syntax",
          message: `the shell text does not parse: ${node.errors[0]?.message ?? ""}`,
        });
      }
      break;
    default:
      noteEvaluation(node, walk);
  }
  forEachChild(node, (child) => visit(child, walk, place));
}

/** What else gives a variable another value. */
const SETTING =
  /\b(?:read|mapfile|readarray|getopts|declare|typeset|local|export|unset|eval|source|let|printf\s+-v)\b|(?:^|[\s;&|(])\.\s|\(\(/;

/** The variable of a loop over names that are written out, unless anything else in the text could set it. */
function withVariable({ name, wordlist }: For, walk: Walk, place: Place): Place {
  if (wordlist === undefined || wordlist.length > MAX_VALUES || SETTING.test(walk.source)) return place;
  const values = wordlist.map(readWord);
  const isSetElsewhere = walk.source.split(name.value).some((after, at) => at > 0 && /^(?:\+?=|\[)/.test(after));
  const isLooped = walk.source.split(/\bfor\s+/).filter((rest) => rest.startsWith(`${name.value} `)).length > 1;
  if (isSetElsewhere || isLooped || values.some(({ type }) => type === "dynamic")) return place;
  return { ...place, variables: new Map([...place.variables, [name.value, values]]) };
}

/** A word that is a variable of a loop, with a plain text behind it. */
function resolveWord(word: ShellWord, { variables }: Place): ShellWord {
  if (variables.size === 0 || word.type !== "dynamic") return word;
  const [start, name = "", rest = ""] = /^\$\{?(\w+)\}?([\w./-]*)$/.exec(word.text) ?? [];
  const values = start === undefined ? undefined : variables.get(name);
  if (values === undefined) return word;
  return {
    ...word,
    values: values.map(({ type, text, known }) => ({
      type,
      text: text + rest,
      known: type === "literal" ? text + rest : known,
    })),
  };
}

const ARITHMETIC_TESTS = /^-(?:eq|ne|lt|le|gt|ge)$/;

/** Where bash evaluates a text once more: an index in arithmetic, `-v` and `-eq` in `[[ ]]`, the prompt form `${x@P}`. */
function noteEvaluation(node: SyntaxNode, walk: Walk): void {
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

function noteCode(words: readonly Word[], walk: Walk): void {
  const suspect = words.map(readWord).find(holdsCode);
  if (suspect !== undefined) walk.opaque.push(evaluated(suspect.text));
}

/** Texts that become the values of variables. */
function noteTexts(texts: readonly string[], walk: Walk): void {
  const suspect = texts.find(holdsIndexCode);
  if (suspect !== undefined) walk.opaque.push(evaluated(suspect));
}

function hasQuotedCode(text: string): boolean {
  return /'[^']*(?:\$\(|`)|\\[$`]/.test(text);
}

function evaluated(text: string): OpaqueReason {
  return { type: "deferred_code", message: `bash evaluates ${text.slice(0, 80)} once more` };
}

function readPipeline({ commands, prefixes }: Pipeline, walk: Walk, place: Place): void {
  let { upstream, names } = place;
  for (const prefix of prefixes) visit(prefix, walk, place);
  for (const command of commands) {
    const first = walk.commands.length;
    visit(command, walk, { ...place, upstream, names });
    const added = walk.commands.slice(first);
    names = added.length === 1 && added[0]?.program === "find" ? findResult(added[0].words) : undefined;
    const programs = added.map(({ program }) => program ?? "");
    upstream = [...new Set([...upstream, ...programs])];
  }
}

function readCommand(command: Command, walk: Walk, place: Place): void {
  const words = command.name === undefined ? [] : [readWord(command.name)];
  for (const argument of command.args) {
    words.push(
      argument.type === "Word" ? resolveWord(readWord(argument), place) : assignmentWord(argument.text, argument.value),
    );
  }
  for (const part of command.prefix) {
    if (part.type === "Assignment" && part.index !== undefined) noteCode([part.index], walk);
  }
  const targets = readTargets(command.redirects, walk, place);
  if (READING.has(words[0]?.text ?? "") && targets.stdin?.type === "text") noteTexts([targets.stdin.text], walk);
  const assignments = command.prefix.flatMap((part) =>
    part.type === "Assignment" ? [{ name: part.name, value: assignmentWord(part.text, part.value) }] : [],
  );
  addCommand({ words, assignments, ...targets }, walk, place);
}

/** `NAME=value` as one word. */
function assignmentWord(
  text: string,
  value: Parameters<typeof readWord>[0] | { readonly type: "ArrayValue" },
): ShellWord {
  const name = text.slice(0, text.indexOf("=") + 1);
  if (value.type === "ArrayValue") return { type: "dynamic", text, known: name };
  const word = readWord(value);
  return { type: word.type, text: name + word.text, known: name + word.known };
}

/** Redirections of a group `{ …; } > file` stand as a command of their own, so that nothing allows them by accident. */
function readRedirections(redirects: readonly Redirection[], walk: Walk, place: Place): void {
  const targets = readTargets(redirects, walk, place);
  if (targets.stdin?.type === "text") noteTexts([targets.stdin.text], walk);
  if (targets.writes.length > 0 || targets.readsFile)
    addCommand({ words: [], assignments: [], ...targets }, walk, place);
}

function readTargets(redirects: readonly Redirection[], walk: Walk, place: Place): Redirects {
  const writes: ShellWrite[] = [];
  const reads: ShellWord[] = [];
  let stdin: Stdin;
  let readsFile = false;
  for (const redirect of redirects) {
    if (redirect.type === "HereDoc") {
      const { body, delimiter } = redirect;
      const isKnown = delimiter?.quoted === true || (body.parts ?? []).every(({ type }) => type === "Literal");
      stdin = isKnown ? { type: "text", text: body.text } : { type: "dynamic" };
      continue;
    }
    if (redirect.target === undefined) continue;
    const target = resolveWord(readWord(redirect.target), place);
    if (redirect.type === "HereString") {
      stdin = target.type === "literal" ? { type: "text", text: target.text } : { type: "dynamic" };
      continue;
    }
    noteNetwork(target, walk);
    if (redirect.operator === "<" || redirect.operator === "<>") {
      stdin = target.type === "dynamic" ? { type: "dynamic" } : { type: "file" };
      readsFile ||= target.text !== "/dev/null";
      if (target.text !== "/dev/null") reads.push(target);
    }
    if (WRITING.has(redirect.operator) && isFile(redirect.operator, target)) writes.push({ target, by: "redirection" });
  }
  return { writes, reads, readsFile, stdin };
}

function isFile(operator: string, { type, text }: ShellWord): boolean {
  if (type !== "literal") return true;
  return !SINKS.has(text) && !(operator === ">&" && /^(?:\d+-?|-)$/.test(text));
}

/** Bash opens sockets for these names. */
function noteNetwork({ known }: ShellWord, walk: Walk): void {
  if (/^\/dev\/(?:tcp|udp)\//.test(known)) {
    walk.opaque.push({ type: "network", message: "a redirection opens a network connection" });
  }
}
