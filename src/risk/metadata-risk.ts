// The file itself: its door would load what fetches.
import { isMetadataHost } from "../net/metadata-hosts.ts";
import type { RiskFinding } from "./risk-finding.ts";

/** What a program that reaches the network is told to ask, if it is what gives out the credentials of this machine. */
export function metadataRisk(program: string, args: readonly string[]): readonly RiskFinding[] {
  const asked = args.map(hostOf).find((host) => host !== undefined && isMetadataHost(host));
  if (asked === undefined) return [];
  return [{ level: "high", reason: `${program} asks ${asked}, which gives out this machine's credentials` }];
}

/** The host of an address, which programs also take without its scheme, and after an option's name and "=". */
function hostOf(word: string): string | undefined {
  const text = word.replace(/^--?[\w-]+=/u, "");
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//iu.test(text) ? text : `http://${text}`);
  return url?.hostname.replace(/\.$/u, "");
}
