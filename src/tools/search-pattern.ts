/** A pattern that means the same to re2js and to ripgrep, or why there is none. */
export type SearchPattern =
  | {
      readonly type: "pattern";
      readonly matches: (line: string) => boolean;
      /** For ripgrep's regex engine. Finds at least what `matches` takes: what it finds has to be asked again. */
      readonly forRipgrep: string;
    }
  | { readonly type: "problem"; readonly problem: string };

/**
 * Compiles a pattern in RE2's syntax, matched line by line in linear time: a pattern of a model must not be able to
 * hang the process, as it could in V8.
 */
export async function compileSearchPattern(pattern: string): Promise<SearchPattern> {
  const translated = toRustSyntax(pattern);
  if (translated === undefined) {
    return { type: "problem", problem: "The pattern holds a line break: the search is line by line" };
  }
  try {
    const { RE2JS } = await import("re2js");
    const regex = RE2JS.compile(pattern);
    const isLiteral = !/[\\^$.|?*+()[\]{}]/u.test(pattern);
    const matches = (line: string): boolean => (isLiteral ? line.includes(pattern) : regex.test(line));
    return { type: "pattern", matches, forRipgrep: translated };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { type: "problem", problem: `The pattern is not a valid regular expression (RE2 syntax): ${reason}` };
  }
}

/** RE2's classes are ASCII, ripgrep's are Unicode: written out they mean the same. Lines hold no line break. */
const CLASSES = new Map([
  ["d", "0-9"],
  ["w", "0-9A-Za-z_"],
  ["s", "\\t\\x0c\\r "],
]);

/** The end of a line, which ripgrep sees with its CR. */
const LINE_END = "(?:\\r?$)";

/**
 * Rewrites RE2 syntax for the regex engine of ripgrep; `undefined` when the pattern holds a line break. Brackets,
 * "&&", "--" and "~~" inside of a class are plain characters to RE2 and set operations to ripgrep.
 */
function toRustSyntax(pattern: string): string | undefined {
  let output = "";
  let inClass = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === "\n") return undefined;
    if (character === "\\") {
      at += 1;
      const escaped = pattern.charAt(at);
      if (escaped === "n") return undefined;
      if (escaped === "Q" && !inClass) {
        const end = pattern.indexOf("\\E", at);
        output += quote(pattern.slice(at + 1, end === -1 ? undefined : end));
        at = end === -1 ? pattern.length : end + 1;
      } else output += translateEscape(escaped, inClass);
    } else if (!inClass && character === "[") {
      const opening = /^\[\^?\]?/u.exec(pattern.slice(at))?.[0] ?? "[";
      output += opening.endsWith("]") ? `${opening.slice(0, -1)}\\]` : opening;
      at += opening.length - 1;
      inClass = true;
    } else if (inClass && character === "[") {
      const posix = /^\[:\^?[a-z]+:\]/u.exec(pattern.slice(at))?.[0];
      output += posix ?? "\\[";
      at += (posix ?? "[").length - 1;
    } else if (inClass && (character === "&" || character === "~")) output += `\\${character}`;
    else if (!inClass && character === "$") output += LINE_END;
    else {
      if (character === "]") inClass = false;
      output += character;
    }
  }
  return output;
}

function translateEscape(escaped: string, inClass: boolean): string {
  const positive = CLASSES.get(escaped.toLowerCase());
  if (positive !== undefined) {
    if (escaped !== escaped.toLowerCase()) return `[^${positive}]`;
    return inClass ? positive : `[${positive}]`;
  }
  if (!inClass && escaped === "A") return "^";
  if (!inClass && escaped === "z") return LINE_END;
  if (!inClass && (escaped === "b" || escaped === "B")) return `(?-u:\\${escaped})`;
  // Older ones know the escapes of their own signs only: a model's "\/" is none of them.
  return PLAIN_SIGN.test(escaped) ? escaped : `\\${escaped}`;
}

/** Punctuation that means nothing to ripgrep, neither alone nor in a class. */
const PLAIN_SIGN = /^[!"%',/:;<=>@`_]$/u;

function quote(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}&~#-]/gu, "\\$&");
}
