import type { SandboxOptions } from "./sandbox-options.ts";

/** What commands may reach. */
export type NetworkAccess =
  | { readonly type: "none" }
  | { readonly type: "open" }
  | { readonly type: "listed"; readonly domains: readonly string[] };

/** Reads the two options together: an explicit `networkAccess: false` closes what a list would open. */
export function networkAccessOf({ networkAccess, allowedDomains }: SandboxOptions): NetworkAccess {
  if (networkAccess === false) return { type: "none" };
  if (allowedDomains !== undefined) {
    return allowedDomains.length === 0 ? { type: "none" } : { type: "listed", domains: allowedDomains };
  }
  return networkAccess === true ? { type: "open" } : { type: "none" };
}
