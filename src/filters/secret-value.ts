import type { SecretContext } from "./secret-rule.ts";

/** What stands in code and documents where a secret would be: variables, templates, types, masks. */
const PLACEHOLDER =
  /^(?:[$%<{[(*&@#!|].*|(.)\1*|null|undefined|none|true|false|nil|string|number|boolean|(?:u?int|float|bigu?int)\d{1,3}(?:clamped)?array|bytes?|object|any|unknown|(?:your|my|the|some|new|old|test|dummy|fake|example|sample)[-_ ].*|x{3,}.*|\.{3,}.*|process\.env.*|os\.environ.*|env\..*|.{0,40}(?:\.{3}|…|\*{3,}))$/i;

const MEMBER_EXPRESSION = /^[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)+$/;

/** Names of things, as in `secretName: web-tls-cert-2`: words and short numbers. */
const NAME_OF_WORDS = /^[a-z]+(?:[-_./:](?:[a-z]+|v?\d{1,4}))+$/i;

/** Names in code, as in `credential: X509Credential`: letters with one number in between. */
const IDENTIFIER = /^[A-Za-z_$]+\d{1,4}[A-Za-z_$]*$/;

/** Addresses of things and paths of files: what is secret in them is known by other signs. */
const PLACE = /^(?:https?|wss?|file|urn|arn):|^[.~]?(?:\/[a-z_.-][\w.-]{0,60}){2,20}$/;

/** Whether a text stands for a value instead of being one. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value) || MEMBER_EXPRESSION.test(value) || PLACE.test(value);
}

/** Shannon entropy in bits per character. English words have about 2.5 to 3, random tokens 3.5 and more. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / text.length) * Math.log2(count / text.length);
  return entropy;
}

/** Whether a value that was assigned to something called password, token or key is one. */
export function isSecretValue(value: string, { before, after }: SecretContext): boolean {
  // A call: `token = nextToken2()`.
  if (after === "(") return false;
  // A long text is a secret or it is not within its beginning: the rest would only cost time.
  const start = value.slice(0, 200);
  if (isPlaceholder(start)) return false;
  const isMixed = /\d/.test(start) && /[A-Za-z]/.test(start);
  if (isEnvironmentAssignment(before)) return isMixed || start.length >= 6;
  if (/(?:pass|pwd)[\w-]{0,32}["'\\\]]{0,3}[ \t]{0,8}(?::=|=>|==?|:)[ \t]{0,8}["'`\\]{0,2}$/i.test(before)) {
    const isQuoted = /["'`]$/.test(before);
    return start.length >= 6 && (isMixed || (isQuoted && /[^a-zA-Z\s_-]|[a-z][A-Z]/.test(start)));
  }
  return start.length >= 12 && isMixed && !isName(start) && entropyOf(start) >= 3;
}

/** Whether text after a word such as "Bearer" is a token and not the next word. */
export function isTokenLike(value: string): boolean {
  const start = value.slice(0, 200);
  return !isPlaceholder(start) && !isName(start) && /\d/.test(start) && /[A-Za-z]/.test(start) && entropyOf(start) >= 3;
}

function isName(value: string): boolean {
  return NAME_OF_WORDS.test(value) || IDENTIFIER.test(value);
}

/** `DB_PASSWORD=postgres`, as in .env files, shells and container definitions: a value without quotes or spaces. */
function isEnvironmentAssignment(before: string): boolean {
  return /(?:^|[^A-Za-z0-9_])[A-Z][A-Z0-9_]*=["']?$/.test(before);
}
