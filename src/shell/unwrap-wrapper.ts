import { joinWords } from "./join-words.ts";
import type { ShellWord } from "./shell-analysis.ts";
import { isShortened } from "./is-shortened.ts";
import type { Inner } from "./inner.ts";
import type { Wrapper } from "./wrappers.ts";

/** What `xargs` and its like put behind the arguments. */
const APPENDED: ShellWord = { type: "dynamic", text: "…", known: "" };

interface Options {
  /** Where the first word that is no option stands. */
  readonly end: number;
  readonly inner: readonly Inner[];
  /** The text in whose place `xargs -I` puts what it read. */
  readonly gap: string | undefined;
}

/** The program that a wrapper runs; with options that it is not known to have, also what else it could be. */
export function unwrapWrapper(wrapper: Wrapper, words: readonly ShellWord[]): readonly Inner[] {
  const options = readOptions(wrapper, words);
  let at = options.end + (wrapper.skip ?? 0);
  while (wrapper.assigns === true && words[at] !== undefined && /^\w+=/.test(words[at]?.text ?? "")) at++;
  const rest = wrapper.appends === true ? fillGaps(words.slice(at), options.gap) : words.slice(at);
  const inner = [...options.inner];
  if (rest.length === 0) return inner;
  if (wrapper.joins === true) inner.push({ type: "code", code: codeOf(rest) });
  inner.push({ type: "command", words: wrapper.appends === true ? [...rest, APPENDED] : rest });
  return inner;
}

/** Words as one line of code, which is known only when all of them are. */
export function codeOf(words: readonly ShellWord[]): ShellWord {
  const { text, known } = joinWords(words);
  return { type: words.every(({ type }) => type === "literal") ? "literal" : "dynamic", text, known };
}

function readOptions(wrapper: Wrapper, words: readonly ShellWord[]): Options {
  const inner: Inner[] = [];
  let at = 1;
  for (; at < words.length; at++) {
    const text = words[at]?.text ?? "";
    if (text === "--") return { end: at + 1, inner, gap: readGap(words.slice(0, at)) };
    if (!text.startsWith("-") || text === "-") break;
    const { takesNext, code, isUnknown } = readOption(wrapper, text, words[at + 1]);
    if (code !== undefined) inner.push({ type: "code", code });
    if (isUnknown) {
      inner.push(unknownOption(words[0]?.text ?? "", text), { type: "command", words: words.slice(at + 2) });
    }
    if (takesNext) at++;
  }
  return { end: at, inner, gap: readGap(words.slice(0, at)) };
}

function readGap(options: readonly ShellWord[]): string | undefined {
  const at = options.findIndex(({ text }) => /^(?:-I|-i$|--replace)/.test(text));
  if (at < 0) return undefined;
  const text = options[at]?.text ?? "";
  return (text === "-I" ? options[at + 1]?.text : text.replace(/^(?:-I|-i|--replace=?)/, "")) || "{}";
}

/** Words with a gap for what is known only at run time; `{…}` is one for `parallel`. */
function fillGaps(words: readonly ShellWord[], gap: string | undefined): readonly ShellWord[] {
  return words.map((word) => {
    const at = word.text.search(/\{[^{}]*\}/);
    const start = gap === undefined ? at : word.text.indexOf(gap);
    return start < 0 ? word : { type: "dynamic", text: word.text, known: word.known.slice(0, start) };
  });
}

interface Option {
  readonly takesNext: boolean;
  readonly isUnknown: boolean;
  readonly code?: ShellWord | undefined;
}

function readOption(wrapper: Wrapper, text: string, next: ShellWord | undefined): Option {
  return text.startsWith("--") ? readLong(wrapper, text, next) : readShort(wrapper, text, next);
}

function readLong(wrapper: Wrapper, text: string, next: ShellWord | undefined): Option {
  const equals = text.indexOf("=");
  const value = equals < 0 ? next : literalOf(text.slice(equals + 1));
  if ((wrapper.code ?? []).some((option) => isShortened(text, option))) {
    return { takesNext: equals < 0, isUnknown: false, code: value };
  }
  const isNamed = (names: readonly string[] = []): boolean => names.some((name) => isShortened(text, `--${name}`));
  if (isNamed(wrapper.long)) return { takesNext: equals < 0, isUnknown: false };
  return { takesNext: false, isUnknown: equals < 0 && !isNamed(wrapper.longFlags) };
}

function readShort(wrapper: Wrapper, text: string, next: ShellWord | undefined): Option {
  for (let at = 1; at < text.length; at++) {
    const letter = text.charAt(at);
    const attached = text.slice(at + 1);
    if ((wrapper.code ?? []).includes(`-${letter}`)) {
      return { takesNext: attached === "", isUnknown: false, code: attached === "" ? next : literalOf(attached) };
    }
    if (wrapper.short?.includes(letter) === true) return { takesNext: attached === "", isUnknown: false };
    if (wrapper.flags?.includes(letter) !== true) return { takesNext: false, isUnknown: true };
  }
  return { takesNext: false, isUnknown: false };
}

function literalOf(text: string): ShellWord {
  return { type: "literal", text, known: text };
}

function unknownOption(program: string, option: string): Inner {
  const message = `whether ${program} takes a value for ${option} is not known`;
  return { type: "opaque", reason: { type: "unknown_option", message } };
}

const FIND_ACTIONS = new Set(["-exec", "-execdir", "-ok", "-okdir"]);

/** The commands of `find -exec … ;` with what it finds in place of `{}`. */
export function unwrapFind(words: readonly ShellWord[]): readonly Inner[] {
  const inner: Inner[] = [];
  for (let at = 1; at < words.length; at++) {
    if (!FIND_ACTIONS.has(words[at]?.text ?? "")) continue;
    const rest = words.slice(at + 1);
    const end = rest.findIndex(({ text }) => text === ";" || text === "+");
    const action = end < 0 ? rest : rest.slice(0, end);
    inner.push({ type: "command", words: fillGaps(action, "{}") });
  }
  return inner;
}
