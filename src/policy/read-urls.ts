import type { ShellAnalysis, ShellCommand, ShellWord } from "../shell/index.ts";
import type { JsonObject, JsonValue } from "../spec/index.ts";

/** An address that a call names. */
export interface UrlFact {
  /** As browsers write it, without user and password. */
  readonly href: string;
  readonly host: string;
}

/** The addresses that a call names. */
export interface UrlFacts {
  readonly known: readonly UrlFact[];
  /** Whether it reaches addresses that are known only when it runs. */
  readonly hasUnknown: boolean;
  /** Every command of it reaches an address that is known: an allowance about addresses may speak for the whole. */
  readonly coversCommand: boolean;
}

const URL_ARGUMENTS = new Set(["url", "urls", "uri", "href", "endpoint"]);
const MAX_DEPTH = 5;
/** Programs whose operands are hosts or addresses. */
const NETWORK =
  /^(?:curl|wget|http|https|xh|aria2c|nc|ncat|netcat|telnet|ssh|scp|sftp|ftp|lftp|rsync|ping|ping6|traceroute|dig|nslookup|host|whois|nmap|socat|openssl|w3m|lynx|links)$/;
/** Options that lead somewhere else than the operand says. */
const DETOURS =
  /^(?:-x|--proxy|--preproxy|--socks|--resolve|--connect-to|-K|--config|--unix-socket|--dns|--interface|-J|-o$|-i$|--input-file|-e$|-F)/;

/** Finds the addresses in arguments and in the words of a command. */
export function readUrls(args: JsonObject, command: ShellAnalysis | undefined): UrlFacts {
  const known: UrlFact[] = [];
  let hasUnknown = false;
  for (const text of addressesIn(args, 0)) {
    const url = parseUrl(text);
    if (url === undefined) hasUnknown = true;
    else known.push(url);
  }
  if (command === undefined) return { known, hasUnknown, coversCommand: true };
  let coversCommand = command.commands.length > 0 && command.opaque.length === 0;
  for (const one of command.commands) {
    const found = urlsOf(one);
    known.push(...found.known);
    hasUnknown ||= found.hasUnknown;
    coversCommand &&= found.known.length > 0 && !found.hasUnknown;
  }
  return { known, hasUnknown: hasUnknown || command.opaque.length > 0, coversCommand };
}

function urlsOf({ program, words }: ShellCommand): {
  readonly known: readonly UrlFact[];
  readonly hasUnknown: boolean;
} {
  const isNetwork = program === undefined || NETWORK.test(program);
  const known: UrlFact[] = [];
  let hasUnknown = isNetwork && words.some(({ type, text }) => type !== "literal" || DETOURS.test(text));
  for (const word of words.slice(1)) {
    const text = addressOf(word, isNetwork);
    if (text === undefined) continue;
    const url = parseUrl(text);
    if (url !== undefined) known.push(url);
    // Programs do not agree with browsers about a backslash.
    if (url !== undefined && text.includes("\\")) hasUnknown = true;
    else if (url === undefined && isNetwork && word.text.includes(":")) hasUnknown = true;
  }
  return { known, hasUnknown };
}

function addressOf({ type, text }: ShellWord, isNetwork: boolean): string | undefined {
  if (type === "dynamic") return undefined;
  const at = text.search(/[a-z][a-z\d+.-]*:\/\//i);
  if (at >= 0) return text.slice(at);
  if (text.startsWith("-")) return undefined;
  // `git@host:repository` and `user@host:file`.
  const [, remote] = /^[\w.+-]+@([\w.-]+)(?::|$)/.exec(text) ?? [];
  if (remote !== undefined) return `ssh://${remote}`;
  if (!isNetwork || !/^[\w.[\]:-]+(?:\/|$|\?)/.test(text)) return undefined;
  return `http://${text}`;
}

/** Texts that look like addresses, wherever they stand, and whatever stands under a name for one. */
function addressesIn(value: JsonValue | undefined, depth: number, name?: string): readonly string[] {
  if (typeof value === "string") {
    return (name !== undefined && URL_ARGUMENTS.has(name)) || /^[a-z][a-z\d+.-]*:\/\/\S*$/i.test(value) ? [value] : [];
  }
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) return value.flatMap((item: JsonValue) => addressesIn(item, depth + 1, name));
  return Object.entries(value).flatMap(([key, item]) => addressesIn(item, depth + 1, key));
}

function parseUrl(text: string): UrlFact | undefined {
  const url = URL.parse(text.trim());
  if (url === null || url.hostname === "") return undefined;
  url.username = "";
  url.password = "";
  return { href: url.href, host: url.hostname.replace(/\.$/, "") };
}
