import type { For } from "unbash";

import { readWord } from "./read-word.ts";
import type { ShellWord } from "./shell-analysis.ts";
import type { Place, Walk } from "./walk.ts";

const MAX_VALUES = 64;
/** What else gives a variable another value. */
const SETTING =
  /\b(?:read|mapfile|readarray|getopts|declare|typeset|local|export|unset|eval|source|let|printf\s+-v)\b|(?:^|[\s;&|(])\.\s|\(\(/;

/** The variable of a loop over names that are written out, unless anything else in the text could set it. */
export function withVariable({ name, wordlist }: For, walk: Walk, place: Place): Place {
  if (wordlist === undefined || wordlist.length > MAX_VALUES || SETTING.test(walk.source)) return place;
  const values = wordlist.map(readWord);
  const isSetElsewhere = walk.source.split(name.value).some((after, at) => at > 0 && /^(?:\+?=|\[)/.test(after));
  const isLooped = walk.source.split(/\bfor\s+/).filter((rest) => rest.startsWith(`${name.value} `)).length > 1;
  if (isSetElsewhere || isLooped || values.some(({ type }) => type === "dynamic")) return place;
  return { ...place, variables: new Map([...place.variables, [name.value, values]]) };
}

/** A word that is a variable of a loop, with a plain text behind it. */
export function resolveWord(word: ShellWord, { variables }: Place): ShellWord {
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
