import type { ConstraintRule, Severity, WrittenText } from "./constraint-rule.ts";

/** What code rules may be told. */
export interface CodeRuleOptions {
  /** Kinds of the secrets that a text holds, such as `redactSecrets(text).findings`. @default none is found */
  readonly findSecrets?: (text: string) => readonly string[];
}

/** Files that only show how something would look. */
const EXAMPLES =
  /(?:^|\/)(?:\.env\.(?:example|sample|template)|.*\.(?:md|mdx|rst|txt|lock|snap))$|(?:^|\/)(?:docs?|fixtures?|__snapshots__)\//i;
/** In capitals or in small letters: "Select a colour from the list" is prose. */
const SQL = [
  String.raw`(?:select\s[^"'\`]{0,200}\sfrom|insert\s+into|update\s+[\w."]{1,60}\s+set|delete\s+from|drop\s+table|alter\s+table`,
  String.raw`SELECT\s[^"'\`]{0,200}\sFROM|INSERT\s+INTO|UPDATE\s+[\w."]{1,60}\s+SET|DELETE\s+FROM|DROP\s+TABLE|ALTER\s+TABLE)\b`,
].join("|");

interface Pattern {
  readonly id: string;
  readonly severity: Severity;
  readonly pattern: RegExp;
  readonly advice: string;
}

/** Each within one line or one short text, with bounded gaps: linear in the text. */
const PATTERNS: readonly Pattern[] = [
  {
    id: "code.sql_injection",
    severity: "critical",
    // A template or f-string with SQL and a value put into it.
    pattern: new RegExp(
      String.raw`(?:\`\s{0,20}${SQL}[^\`]{0,600}\$\{|\b[fF]r?(?:"""|'''|"|')\s{0,20}${SQL}[^"\n]{0,400}\{\w|\$@?"\s{0,20}${SQL}[^"\n]{0,400}\{\w|"\s{0,20}${SQL}[^"\n]{0,400}#\{|"\s{0,20}${SQL}[^"\n]{0,400}\$\{?[A-Za-z_])`,
    ),
    advice: "pass values as parameters of the statement",
  },
  {
    id: "code.sql_injection",
    severity: "critical",
    // A text with SQL that is joined with a value, by +, ., %, || or a format function.
    pattern: new RegExp(
      String.raw`(["'])\s{0,20}${SQL}[^"'\n]{0,400}["']?[^"'\n]{0,40}["']\s{0,5}(?:\+\s{0,5}[\w(]|\.\s{0,5}\$|%\s{0,5}[\w(]|\.format\s?\(|\|\|\s{0,5}[A-Za-z_])`,
    ),
    advice: "pass values as parameters of the statement",
  },
  {
    id: "code.sql_injection",
    severity: "critical",
    pattern: new RegExp(
      String.raw`\b(?:sprintf|Sprintf|String\.format|format!|string\.Format)\s?\(\s{0,5}["'\`]\s{0,20}${SQL}[^"'\`\n]{0,400}(?:%[svdq]|\{\w{0,20}\})`,
    ),
    advice: "pass values as parameters of the statement",
  },
  {
    id: "code.command_injection",
    severity: "critical",
    pattern:
      /\b(?:exec|execSync|os\.system|os\.popen|shell_exec|passthru|popen|Runtime\.getRuntime\(\)\.exec)\s?\(\s{0,5}(?:`[^`\n]{0,300}\$\{|[fF]["'][^"'\n]{0,300}\{\w|["'][^"'\n]{0,300}["']\s{0,5}[+.]\s{0,5}[\w$])|\bsubprocess\.\w{2,12}\([^\n]{0,200}\bshell\s?=\s?True/,
    advice: "run the program with a list of arguments, without a shell",
  },
  {
    id: "code.unsafe_eval",
    severity: "high",
    pattern:
      /(?<![\w.])(?:eval|new Function)\s?\(\s{0,5}(?:req|request|input|params|body|query|user\w{0,20}|event|argv|data)\b/,
    advice: "parse the value instead of running it",
  },
  {
    id: "code.unsafe_deserialization",
    severity: "high",
    pattern:
      /\bpickle\.loads?\s?\(|\byaml\.load\s?\((?![^)\n]{0,200}(?:SafeLoader|safe_load))|\bMarshal\.load\s?\(|\bunserialize\s?\(\s{0,3}\$_(?:GET|POST|COOKIE|REQUEST)/,
    advice: "use a format that holds data only",
  },
  {
    id: "code.tls_verification_off",
    severity: "critical",
    pattern:
      /\bverify\s?=\s?False\b|\brejectUnauthorized\s?:\s?false\b|NODE_TLS_REJECT_UNAUTHORIZED['"\]]{0,3}\s?=\s?['"]?0|\bInsecureSkipVerify\s?:\s?true\b|\bCURLOPT_SSL_VERIFYPEER\s?,\s?(?:false|0)|\b_create_unverified_context\b|\bssl\._create_default_https_context\s?=/,
    advice: "trust the certificate's authority instead",
  },
  {
    id: "code.cross_site_scripting",
    severity: "high",
    pattern:
      /\.(?:innerHTML|outerHTML)\s?\+?=\s?(?!["'`][^$\n]{0,400}["'`]\s?;?$)[^\n;]{0,200}(?:req|input|params|query|location|user\w{0,20}|data|value)\b|\bdocument\.write\s?\([^\n)]{0,100}(?:location|input|params|query)|\bdangerouslySetInnerHTML\s?=\s?\{\{\s?__html\s?:\s?(?!["'])/m,
    advice: "set the text, or clean the markup",
  },
  {
    id: "code.weak_password_hash",
    severity: "high",
    pattern: /\b(?:md5|sha1|sha256)\b[^\n]{0,60}\bpassw(?:or)?d\b|\bpassw(?:or)?d\b[^\n]{0,60}\b(?:md5|sha1)\s?\(/i,
    advice: "use argon2, scrypt or bcrypt",
  },
];

/** The rules about code and data that is about to be written. */
export function codeRules({ findSecrets = () => [] }: CodeRuleOptions = {}): readonly ConstraintRule[] {
  const secrets: ConstraintRule = {
    id: "code.hard_coded_secret",
    severity: "critical",
    check: ({ written }) =>
      firstProblem(written, ({ text, path }) => {
        if (path !== undefined && EXAMPLES.test(path)) return undefined;
        const [kind] = findSecrets(text);
        return kind === undefined
          ? undefined
          : `it writes a secret (${kind}): read it from the environment or a secret store`;
      }),
  };
  return [secrets, ...PATTERNS.map(toRule)];
}

function toRule({ id, severity, pattern, advice }: Pattern): ConstraintRule {
  return {
    id,
    severity,
    check: ({ written }) =>
      firstProblem(written, ({ text, path }) => {
        if (path !== undefined && EXAMPLES.test(path)) return undefined;
        const found = pattern.exec(text);
        return found === null ? undefined : `line ${lineOf(text, found.index)} of what it writes: ${advice}`;
      }),
  };
}

function firstProblem(
  written: readonly WrittenText[],
  check: (text: WrittenText) => string | undefined,
): string | undefined {
  for (const text of written) {
    const problem = check(text);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
