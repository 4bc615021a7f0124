import { forEachChild, parse, type Command, type Pipeline, type Redirection, type SyntaxNode } from "unbash";

import { judgeName } from "./assignments.ts";
import { addCommand } from "./add-command.ts";
import { findResult } from "./unwrap-wrapper.ts";
import { resolveWord, withVariable } from "./loop-variables.ts";
import { noteCode, noteEvaluation, noteTexts } from "./note-evaluation.ts";
import { readWord } from "./read-word.ts";
import type { ShellWord, ShellWrite } from "./shell-analysis.ts";
import type { Place, Redirects, Stdin, Walk } from "./walk.ts";

const MAX_DEPTH = 8;
/** More commands are read roughly: nobody writes so many by hand. */
const MAX_COMMANDS = 400;
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
