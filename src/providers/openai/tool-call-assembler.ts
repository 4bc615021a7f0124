import type { ToolCallPart } from "../../spec/index.ts";
import { asNumber, asObject, asString, parseArguments, type WireObject } from "../shared/index.ts";

/** Puts the tool calls of a Chat Completions stream together. */
export interface ToolCallAssembler {
  /** Takes one element of `delta.tool_calls`. Returns whether a new call began with it. */
  add(delta: WireObject): boolean;
  readonly count: number;
  /** The calls in the order in which they began. Throws a `SyntaxError` for a call without a name. */
  build(options: { readonly isCutOff: boolean }): readonly ToolCallPart[];
}

interface OpenCall {
  readonly index: number | undefined;
  id: string | undefined;
  name: string;
  text: string;
}

/**
 * Servers differ: OpenAI numbers the calls; some leave the index out, some give every call index 0, some send the name
 * in pieces, twice or empty. A delta goes to the call it names by index, then by id, then to the last one; it begins a
 * new call where it cannot belong to that one.
 */
export function createToolCallAssembler(): ToolCallAssembler {
  const calls: OpenCall[] = [];

  return {
    add(delta) {
      const callable = asObject(delta["function"]) ?? {};
      const index = asNumber(delta["index"]);
      const id = asString(delta["id"]) || undefined;
      const name = asString(callable["name"]) ?? "";
      const text = readText(callable["arguments"]);
      const found = findCall(calls, index, id);
      if (found === undefined || isOtherCall(found, id, name)) {
        calls.push({ index, id, name, text });
        return true;
      }
      found.id ??= id;
      found.name = joinName(found, name);
      found.text += text;
      return false;
    },
    get count() {
      return calls.length;
    },
    build({ isCutOff }) {
      const ids = new Set(calls.map((call) => call.id));
      const used = new Set<string>();
      return calls.map((call, position) => {
        if (call.name === "") throw new SyntaxError("A tool call has no name");
        const id = call.id === undefined || used.has(call.id) ? freeId(position, ids) : call.id;
        used.add(id);
        return { type: "tool-call", id, name: call.name, ...parseArguments(call.text, { isCutOff }) };
      });
    },
  };
}

function findCall(calls: readonly OpenCall[], index: number | undefined, id: string | undefined): OpenCall | undefined {
  if (index !== undefined) {
    // By both first: where every call has index 0, the pieces of several may come by turns.
    const same = calls.findLast((call) => call.index === index && call.id === id);
    return same ?? calls.findLast((call) => call.index === index);
  }
  if (id !== undefined) return calls.findLast((call) => call.id === id);
  return calls.at(-1);
}

/** A delta without a name only goes on with a call, whatever id it carries (some servers make a new one each time). */
function isOtherCall(call: OpenCall, id: string | undefined, name: string): boolean {
  if (name === "") return false;
  if (id !== undefined && call.id !== undefined && id !== call.id) return true;
  const hasArguments = call.text.trim() !== "";
  if (!hasArguments || (id !== undefined && id === call.id)) return false;
  // The name came after arguments: either a repetition, or the next call of a server that numbers none.
  return name !== call.name || isWholeJson(call.text);
}

function joinName(call: OpenCall, name: string): string {
  if (name === "" || name === call.name) return call.name;
  return name.startsWith(call.name) ? name : call.name + name;
}

/** Some servers send the arguments as an object instead of its text. */
function readText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isWholeJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The same stream gives the same ids, so that a replayed run meets its own journal. */
function freeId(position: number, taken: Set<string | undefined>): string {
  let id = `call_${position}`;
  while (taken.has(id)) id += "_";
  taken.add(id);
  return id;
}
