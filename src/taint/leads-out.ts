import { analyseCommand, commandOf, type ShellCommand } from "../shell/index.ts";
import type { Isolation, PreparedCall } from "../spec/index.ts";

/** Programs that read and write files here and reach nothing else, whatever their arguments are. */
const LOCAL = new Set(
  "basename cat cd chmod cmp comm cp cut date df diff dirname du echo exit expr false file fmt fold grep egrep fgrep head hexdump join jq ln ls md5sum mkdir mv nl od paste printf pwd readlink realpath rg rm rmdir seq sha1sum sha256sum sleep sort stat strings tac tail tee test touch tr tree true tsort uname uniq wc which xxd [".split(
    " ",
  ),
);
const LOCAL_GIT = new Set(
  "add blame branch checkout commit diff log ls-files merge-base mv reset restore rev-list rev-parse rm show stash status switch tag".split(
    " ",
  ),
);
/** Bash itself opens connections by these names. */
const NETWORK_FILE = /\/dev\/(?:tcp|udp)\//;

/** What a way out is judged by. */
export interface WayOutOptions {
  readonly network: Isolation["network"];
  readonly trustedHosts: readonly string[];
}

/** How a call could carry data out, for people; `undefined` when it cannot. What is not known can. */
export function leadsOut({ tool, args }: PreparedCall, { network, trustedHosts }: WayOutOptions): string | undefined {
  if (tool.sendsOut === false) return undefined;
  const url = Object.hasOwn(args, "url") ? args["url"] : undefined;
  if (typeof url === "string" && isTrustedHost(url, trustedHosts)) return undefined;
  if (tool.sendsOut === true) return "sends data out";
  switch (tool.effect) {
    case "read":
    case "write":
      return undefined;
    case "network":
      return "reaches the network";
    case "agent":
      return "hands over to another agent";
    case "execute":
      return commandLeadsOut(commandOf(args), network);
    default:
      tool.effect satisfies never;
      return "does nobody knows what";
  }
}

function isTrustedHost(url: string, trustedHosts: readonly string[]): boolean {
  if (trustedHosts.length === 0 || !URL.canParse(url)) return false;
  const host = new URL(url).hostname.toLowerCase().replace(/\.$/, "");
  return trustedHosts.some((trusted) => host === trusted.toLowerCase() || host.endsWith(`.${trusted.toLowerCase()}`));
}

function commandLeadsOut(command: string | undefined, network: Isolation["network"]): string | undefined {
  if (network === "none") return undefined;
  if (command === undefined) return "runs a program that could reach the network";
  const { commands, opaque } = analyseCommand(command);
  if (opaque.length > 0 || NETWORK_FILE.test(command)) return "runs something that could reach the network";
  const found = commands.find((simple) => !isLocal(simple));
  return found === undefined ? undefined : `runs ${found.program ?? "a program"}, which could reach the network`;
}

function isLocal({ program, words }: ShellCommand): boolean {
  // Assignments alone run nothing.
  if (program === undefined) return words.length === 0;
  // A program that is named by its path may be any file of that name.
  const isPlain = words[0]?.type === "literal" && !words[0].text.includes("/");
  if (!isPlain) return false;
  if (LOCAL.has(program)) return true;
  const [, subcommand] = words;
  return program === "git" && subcommand?.type === "literal" && LOCAL_GIT.has(subcommand.text);
}
