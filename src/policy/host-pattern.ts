import { domainToASCII } from "node:url";

/**
 * Makes the question whether a host is meant: `example.com` is that host alone, `*.example.com` every one below it, `*`
 * any. Throws a `SyntaxError` for a pattern that could never match.
 */
export function hostPattern(pattern: string): (host: string) => boolean {
  if (pattern === "*") return () => true;
  const isBelow = /^(?:\*\.|\.)/.test(pattern);
  const name = pattern.replace(/^(?:\*\.|\.)/, "").replace(/\.$/, "");
  const plain =
    name.includes(":") || name.startsWith("[")
      ? URL.parse(`http://${name.startsWith("[") ? name : `[${name}]`}`)?.hostname
      : domainToASCII(name);
  if (plain === undefined || plain === "" || /[*?/]/.test(name)) {
    throw new SyntaxError('a host is a name such as "example.com", "*.example.com" for those below it, or "*"');
  }
  const suffix = `.${plain}`;
  return isBelow ? (host) => host.endsWith(suffix) : (host) => host === plain;
}
