/** A JavaScript expression made of one of Go's. */
export interface ConvertedRegex {
  readonly source: string;
  readonly flags: "g" | "gi";
}

/** What gitleaks puts around a token; both change nothing of the token itself. */
const ANY_NAME_BEFORE = "[\\w.-]{0,50}?";
const TOKEN_ENDS = "(?:[\\x60'\"\\s;]|\\\\[nr]|$)";
/** No run is longer: what goes on behind it is redacted by its kind of characters. */
const LONGEST = 10_000;
const LONGEST_GAP = 200;

/** Converts an expression; throws for what it does not know. */
export function convertGoRegex(go: string): ConvertedRegex {
  let text = go;
  const isFolded = text.startsWith("(?i)") && !text.includes("(?-i");
  if (isFolded) text = text.slice(4);
  text = text.replaceAll(ANY_NAME_BEFORE, "").replaceAll(TOKEN_ENDS, "(?![A-Za-z0-9_-])");
  const source = walk(text, isFolded ? "flag" : "expand");
  return { source, flags: isFolded ? "gi" : "g" };
}

/** How letters without case are written: by the flag of the whole expression, or as classes of both. */
type FoldedBy = "flag" | "expand";

function walk(text: string, foldedBy: FoldedBy): string {
  const stack: boolean[] = [];
  let ignoresCase = false;
  let output = "";
  let index = 0;
  while (index < text.length) {
    const rest = text.slice(index);
    const group = /^\((?:\?(?:P?<[A-Za-z]\w*>|(?<flags>-?[is]*)(?<end>[:)])|[=!]|<[=!]))?/.exec(rest);
    if (rest.startsWith("\\")) {
      const escape = rest.slice(0, rest.startsWith("\\x") ? 4 : 2);
      output += convertEscape(escape);
      index += escape.length;
    } else if (rest.startsWith("[")) {
      const end = endOfClass(rest);
      output += convertClass(rest.slice(0, end), ignoresCase && foldedBy === "expand");
      index += end;
    } else if (group !== null) {
      const [found] = group;
      const { flags, end } = group.groups ?? {};
      if (end === ")") {
        // Holds up to the end of the group that it stands in.
        ignoresCase = readCase(flags, ignoresCase);
      } else {
        stack.push(ignoresCase);
        ignoresCase = readCase(flags, ignoresCase);
        output += found.startsWith("(?P<") || end === ":" ? "(?:" : found;
      }
      index += found.length;
    } else if (rest.startsWith(")")) {
      ignoresCase = stack.pop() ?? false;
      output += ")";
      index += 1;
    } else {
      const [found = ""] = /^(?:\{\d+(?:,\d*)?\}|[*+]|[\s\S])/.exec(rest) ?? [];
      output += convertPlain(found, ignoresCase && foldedBy === "expand");
      index += found.length;
    }
  }
  return output;
}

function readCase(flags: string | undefined, now: boolean): boolean {
  if (flags?.includes("i") !== true) return now;
  return !flags.startsWith("-");
}

function convertEscape(escape: string): string {
  if (escape === "\\s") return "[^\\S\\r\\n]";
  if (escape === "\\z") return "$";
  if (escape === "\\A") return "^";
  return escape;
}

function convertPlain(found: string, isExpanded: boolean): string {
  if (found === "*") return `{0,${LONGEST_GAP}}`;
  if (found === "+") return `{1,${LONGEST_GAP}}`;
  if (/^\{\d+,\}$/.test(found)) return `${found.slice(0, -1)}${LONGEST}}`;
  if (!isExpanded || !/^[a-z]$/i.test(found)) return found;
  return `[${found.toLowerCase()}${found.toUpperCase()}]`;
}

function endOfClass(text: string): number {
  let index = text.startsWith("[^") ? 2 : 1;
  // A bracket right at the beginning is a member.
  if (text[index] === "]") index += 1;
  while (index < text.length && text[index] !== "]") index += text[index] === "\\" ? 2 : 1;
  return index + 1;
}

function convertClass(text: string, isExpanded: boolean): string {
  const inner = text.slice(1, -1).replaceAll("\\s", " \\t");
  if (!isExpanded) return `[${inner}]`;
  const both = inner.replaceAll(/\\.|[a-z]-[a-z]|[A-Z]-[A-Z]|[a-z]/gi, (found) => {
    if (found.startsWith("\\")) return found;
    return found + (found === found.toLowerCase() ? found.toUpperCase() : found.toLowerCase());
  });
  return `[${both}]`;
}
