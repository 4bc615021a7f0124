import type { Inner } from "./inner.ts";
import { isShortened } from "./is-shortened.ts";
import { joinWords } from "./join-words.ts";
import { afterText } from "./read-options.ts";
import { literalWord } from "./read-word.ts";
import type { ShellWord } from "./shell-analysis.ts";
import type { Wrapper } from "./wrappers.ts";

/** What `xargs` and its like put behind the arguments. */
const APPENDED: ShellWord = { type: "dynamic", text: "…", known: "" };

interface Options {
  /** Where the first word that is no option stands. */
  readonly end: number;
  readonly inner: readonly Inner[];
  /** The text in whose place `xargs -I` puts what it read. */
  readonly gap: string | undefined;
  /** Some option may or may not take the word behind it. */
  readonly isUnsure: boolean;
}

/** The program that a wrapper runs; with options that it is not known to have, also what else it could be. */
export function unwrapWrapper(wrapper: Wrapper, words: readonly ShellWord[], names?: ShellWord): readonly Inner[] {
  if (wrapper.rest !== undefined) return unwrapRest(wrapper.rest, words);
  if (wrapper.asks !== undefined && words.slice(1).some(({ text }) => wrapper.asks?.test(text) === true)) return [];
  const options = readOptions(wrapper, words);
  const inner = [...options.inner];
  let at = options.end + (wrapper.skip ?? 0);
  // `su user -c code`, `flock file -c code`: options may stand behind what is skipped.
  const isOpen = wrapper.code !== undefined || wrapper.isLenient === true;
  if ((wrapper.skip ?? 0) > 0 && words[at]?.text.startsWith("-") === true && isOpen) {
    const more = readOptions(wrapper, words.slice(at - 1));
    inner.push(...more.inner);
    at += more.end - 1;
  }
  if (words[at]?.text === "--") at++;
  for (; wrapper.assigns === true && /^\w+(?:%%)?\+?=/.test(words[at]?.text ?? ""); at++) {
    inner.push(assignmentOf(words[at] ?? literalWord("")));
  }
  const rest = wrapper.appends === true ? fillGaps(words.slice(at), options.gap) : words.slice(at);
  if (options.isUnsure) inner.push({ type: "guess", words: words.slice(1) });
  if (rest.length === 0) return inner;
  if (wrapper.joins === true) inner.push({ type: "code", code: codeOf(rest) });
  if (wrapper.joins === true) inner.push(...separateLines(rest));
  inner.push({
    type: "command",
    words:
      wrapper.appends === true ? [...rest, names === undefined ? APPENDED : { ...APPENDED, values: [names] }] : rest,
  });
  return inner;
}

/** Each word with blanks may be a command line of its own: `concurrently "a b" "c d"`, `parallel ::: "a b"`. */
function separateLines(words: readonly ShellWord[]): readonly Inner[] {
  return words.length < 2
    ? []
    : words.filter(({ text }) => /\s/.test(text)).map((word) => ({ type: "code", code: word }));
}

function unwrapRest(options: readonly string[], words: readonly ShellWord[]): readonly Inner[] {
  const inner: Inner[] = [];
  for (const [at, { text }] of words.entries()) {
    const attached = options.find((option) => option.startsWith("--") && text.startsWith(`${option}=`));
    const word = words[at];
    if (at === 0 || word === undefined || (attached === undefined && !options.includes(text))) continue;
    const first = attached === undefined ? [] : [afterText(word, attached.length + 1)];
    const end = words.findIndex(({ text: other }, index) => index > at && other === ";");
    const rest = [...first, ...words.slice(at + 1, end < 0 ? undefined : end)].filter(
      ({ text: other }) => other !== "--",
    );
    inner.push({ type: "command", words: fillGaps(rest, undefined) });
  }
  return inner;
}

/** `NAME=value` out of one word. */
export function assignmentOf(word: ShellWord): Inner {
  const at = word.text.indexOf("=");
  return { type: "assignment", name: word.text.slice(0, at).replace(/\+$/, ""), value: afterText(word, at + 1) };
}

/** Words as one line of code, which is known only when all of them are. */
export function codeOf(words: readonly ShellWord[]): ShellWord {
  const { text, known } = joinWords(words);
  return { type: words.every(({ type }) => type === "literal") ? "literal" : "dynamic", text, known };
}

function readOptions(wrapper: Wrapper, words: readonly ShellWord[]): Options {
  const inner: Inner[] = [];
  let isUnsure = false;
  let at = 1;
  for (; at < words.length; at++) {
    const text = words[at]?.text ?? "";
    if (text === "--") return { end: at + 1, inner, gap: readGap(words.slice(0, at)), isUnsure };
    if (!text.startsWith("-")) break;
    if (text === "-") continue;
    const { takesNext, code, folder, isUnknown } = readOption(wrapper, text, words[at + 1]);
    if (code !== undefined) {
      inner.push({ type: "code", code: wrapper.codeIsArguments === true ? asArguments(words[0], code) : code });
    }
    if (folder !== undefined) inner.push({ type: "directory", directory: folder });
    if (isUnknown && wrapper.isLenient !== true) {
      inner.push(unknownOption(words[0]?.text ?? "", text), { type: "command", words: words.slice(at + 2) });
    }
    isUnsure ||= isUnknown && wrapper.isLenient === true;
    if (takesNext) at++;
  }
  return { end: at, inner, gap: readGap(words.slice(0, at)), isUnsure };
}

/** `env -S` has blanks of its own: `\\_`. */
function asArguments(program: ShellWord | undefined, { type, text }: ShellWord): ShellWord {
  const line = `${program?.text ?? ""} ${text.replaceAll("\\_", " ")}`;
  return { type, text: line, known: type === "literal" ? line : "" };
}

function readGap(options: readonly ShellWord[]): string | undefined {
  const at = options.findIndex(({ text }) => /^(?:-I|-i|--replace)/.test(text));
  if (at < 0) return undefined;
  const text = options[at]?.text ?? "";
  return (text === "-I" ? options[at + 1]?.text : text.replace(/^(?:-I|-i|--replace=?)/, "")) || "{}";
}

/** Words with a gap for what is known only at run time; `{…}` is one for `parallel`. */
function fillGaps(words: readonly ShellWord[], gap: string | undefined): readonly ShellWord[] {
  return words.map((word) => fillGap(word, gap));
}

function fillGap(word: ShellWord, gap: string | undefined): ShellWord {
  const at = word.text.search(/\{[^{}]*\}/);
  const start = gap === undefined ? at : word.text.indexOf(gap);
  return start < 0 ? word : { type: "dynamic", text: word.text, known: word.known.slice(0, start) };
}

interface Option {
  readonly takesNext: boolean;
  readonly isUnknown: boolean;
  readonly code?: ShellWord | undefined;
  readonly folder?: ShellWord | undefined;
}

function readOption(wrapper: Wrapper, text: string, next: ShellWord | undefined): Option {
  return text.startsWith("--") ? readLong(wrapper, text, next) : readShort(wrapper, text, next);
}

function readLong(wrapper: Wrapper, text: string, next: ShellWord | undefined): Option {
  const equals = text.indexOf("=");
  const value = equals < 0 ? next : literalWord(text.slice(equals + 1));
  const takesNext = equals < 0;
  if ((wrapper.code ?? []).some((option) => isShortened(text, option)))
    return { takesNext, isUnknown: false, code: value };
  const isNamed = (names: readonly string[] = []): boolean => names.some((name) => isShortened(text, `--${name}`));
  if (isNamed(wrapper.long)) {
    return { takesNext, isUnknown: false, ...(isNamed(wrapper.folder) ? { folder: value } : {}) };
  }
  return { takesNext: false, isUnknown: takesNext && !isNamed(wrapper.longFlags) };
}

function readShort(wrapper: Wrapper, text: string, next: ShellWord | undefined): Option {
  for (let at = 1; at < text.length; at++) {
    const letter = text.charAt(at);
    const attached = text.slice(at + 1);
    const value = attached === "" ? next : literalWord(attached);
    const takesNext = attached === "";
    if ((wrapper.code ?? []).includes(`-${letter}`)) return { takesNext, isUnknown: false, code: value };
    if (wrapper.short?.includes(letter) === true) {
      return { takesNext, isUnknown: false, ...(wrapper.folder?.includes(letter) === true ? { folder: value } : {}) };
    }
    if (wrapper.flags?.includes(letter) !== true) return { takesNext: false, isUnknown: true };
  }
  return { takesNext: false, isUnknown: false };
}

function unknownOption(program: string, option: string): Inner {
  const message = `whether ${program} takes a value for ${option} is not known`;
  return { type: "opaque", reason: { type: "unknown_option", message } };
}

const FIND_ACTIONS = new Set(["-exec", "-execdir", "-ok", "-okdir"]);

/** The commands of `find -exec … ;` with what it finds in place of `{}`. */
export function unwrapFind(words: readonly ShellWord[]): readonly Inner[] {
  const inner: Inner[] = [];
  const found = findResult(words);
  for (let at = 1; at < words.length; at++) {
    if (!FIND_ACTIONS.has(words[at]?.text ?? "")) continue;
    const rest = words.slice(at + 1);
    const end = rest.findIndex(({ text }) => text === ";" || text === "+");
    const action = end < 0 ? rest : rest.slice(0, end);
    inner.push({ type: "command", words: action.map((word) => (word.text === "{}" ? found : fillGap(word, "{}"))) });
  }
  return inner;
}

/** What stands for `{}`: a name below the starting point that has the wanted form. */
export function findResult(words: readonly ShellWord[]): ShellWord {
  const end = words.findIndex(({ text }, at) => at > 0 && /^[-(!]/.test(text));
  const starts = words.slice(1, end < 0 ? undefined : end);
  const [start = { type: "literal", text: ".", known: "." }] = starts;
  const isSure = starts.length < 2 && start.type === "literal";
  const nameAt = words.findIndex(({ text }) => text === "-name");
  // What else is asked for narrows the names, unless it stands behind "or".
  const isPlain =
    nameAt > 0 &&
    !/^(?:!|-not)$/.test(words[nameAt - 1]?.text ?? "") &&
    !words.some(({ text }) => /^(?:-o|-or|,)$/.test(text));
  const name = isPlain && words[nameAt + 1]?.type === "literal" ? (words[nameAt + 1]?.text ?? "*") : "*";
  const folder = `${start.text.replace(/\/$/, "")}/`;
  return { type: isSure ? "glob" : "dynamic", text: `${folder}**/${name}`, known: isSure ? folder : "" };
}
