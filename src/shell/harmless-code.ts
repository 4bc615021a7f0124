import { splitWords } from "./words.ts";

/**
 * Names that a one-line program may use and still do nothing but compute, read its input and print. None of them leads
 * to a process, a socket, a file that is written, or code made out of text.
 */
const PYTHON_NAMES: ReadonlySet<string> = new Set(
  splitWords(`
    abs all and any argv as assert bool bytes capitalize ceil chr count date datetime decode dict dumps elif else encode endswith
    enumerate exit false False filter find float floor for format from get hex if import in index indent int is isinstance
    items join json keys lambda len list load loads lower lstrip map math max min next none None not now or ord pi platform
    print range re read readlines replace reversed round rstrip sep set sort sorted split splitlines sqrt startswith stdin str
    strftime strip sum sys time title true True tuple upper utcnow values version version_info zip sort_keys end file stderr
    today isoformat timedelta random randint choice statistics mean median string ascii_letters digits hashlib sha256 md5
    hexdigest base64 b64encode b64decode urllib parse quote unquote uuid uuid4 textwrap fromtimestamp timestamp
  `),
);
const JAVASCRIPT_NAMES: ReadonlySet<string> = new Set(
  splitWords(`
    Array Boolean Date Infinity JSON Math Number Object String abs argv at ceil concat const console
    entries every false filter find flat floor for from if in includes indexOf isArray join keys length let log map max min
    new null now of parse parseFloat parseInt push random reduce repeat replace replaceAll return
    reverse round scripts slice some sort split sqrt startsWith endsWith stringify test toFixed toISOString toLowerCase
    toString toUpperCase trim true typeof undefined values var version dependencies devDependencies name engines
  `),
);

/** Languages of which harmless one-line programs are known. */
export type Dialect = "python" | "javascript" | "perl";

/**
 * Whether code surely does nothing but compute and print. A list of what is known to be harmless, never of what is
 * dangerous: every language has more ways to run a program than anybody lists.
 */
export function harmlessCode(code: string, dialect: Dialect): boolean {
  if (dialect === "perl") return code.length <= 500 && isHarmlessPerl(code);
  if (code.length > 500 || /\\/.test(code.replaceAll(/\\[ntr"'\\]/g, ""))) return false;
  return dialect === "python" ? isHarmlessPython(code) : isHarmlessJavaScript(code);
}

/** Replacements without the flag that runs code, and a search; nothing that interpolates an expression. */
function isHarmlessPerl(code: string): boolean {
  return (
    /^\s*(?:s([/|,#])(?:(?!\1)[^@$`{}\\\n]|\\[^\n]|\$(?=\1|[|)]))*\1(?:(?!\1)[^@$`{}\\\n]|\\[^\n]|\$\d)*\1[gimx]*;?\s*)+$/.test(
      code,
    ) || /^\s*print(?:\s+(?:if|unless)\s+\/(?:[^@$`{}\\/\n]|\\[^\n])*\/i?)?;?\s*$/.test(code)
  );
}

function isHarmlessPython(code: string): boolean {
  // A prefix before a quote (f, b, r) may turn the text into code; three quotes are read differently from one.
  const plain = withoutTexts(code);
  if (/#|`|@|__|'''|"""/.test(code) || /[A-Za-z]\0/.test(plain)) return false;
  return onlyNames(plain, PYTHON_NAMES);
}

function isHarmlessJavaScript(code: string): boolean {
  const known = code
    .replaceAll(/require\((["'])\.{0,2}[\w./-]*\.json\1\)/g, "JSON")
    // Never `process` itself: a member found by enumeration starts programs.
    .replaceAll(/\bprocess\.(?:argv|version|versions(?:\.\w+)?|platform|arch)\b/g, "JSON");
  const plain = withoutTexts(known);
  // A slash may begin a regular expression or a comment, in which quotes mean nothing. Computed members lead to
  // constructors, and those to code; a number does not.
  return !/[`/]|\[\s*[^\s\d\]]/.test(plain) && onlyNames(plain, JAVASCRIPT_NAMES);
}

function withoutTexts(code: string): string {
  return code.replaceAll(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, "\0");
}

function onlyNames(code: string, names: ReadonlySet<string>): boolean {
  if (/["']/.test(code)) return false;
  // One letter names a variable.
  return (code.match(/[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/g) ?? []).every(
    (name) => name.length === 1 || names.has(name),
  );
}
