/** A list of hosts that names can be looked up in. */
export interface HostList {
  has(host: string): boolean;
  /** Whether the host itself stands in it, and not only what it lies below. */
  names(host: string): boolean;
}

/** Options of `createHostList`. */
export interface HostListOptions {
  /** Names the option in errors. */
  readonly name: string;
  /** A plain name stands for what lies below it too; right for refusing, wrong for permitting. @default false */
  readonly includesBelow?: boolean;
}

/**
 * Makes a list of hosts: "example.com" is that host, "*.example.com" (or ".example.com") everything below it. Names
 * are compared label by label, so that "evilexample.com" is not below "example.com".
 * Throws a `TypeError` for an entry that is no host.
 */
function createHostList(entries: readonly string[], { name, includesBelow = false }: HostListOptions): HostList {
  const exact = new Set<string>();
  const suffixes: string[] = [];
  for (const entry of entries) {
    const isSuffix = /^\*?\./u.test(entry);
    const host = readHost(entry.replace(/^\*?\./u, ""), name, entry);
    if (!isSuffix) exact.add(host);
    if (isSuffix || includesBelow) suffixes.push(`.${host}`);
  }
  return {
    has: (host) => exact.has(host) || suffixes.some((suffix) => host.endsWith(suffix)),
    names: (host) => exact.has(host),
  };
}

/** The lists of a guarded fetch. */
export interface HostLists {
  readonly allowed: HostList | undefined;
  readonly blocked: HostList;
  readonly mayBePrivate: HostList;
}

/** Options of `readHostLists`, as hosts write them. */
export interface HostListsOptions {
  readonly allow?: readonly string[];
  readonly block?: readonly string[];
  readonly allowPrivate?: boolean | readonly string[];
}

/** Reads the lists. Throws a `TypeError` for an entry that is no host. */
export function readHostLists({ allow, block = [], allowPrivate = false }: HostListsOptions): HostLists {
  return {
    allowed: allow === undefined ? undefined : createHostList(allow, { name: "allow" }),
    blocked: createHostList(block, { name: "block", includesBelow: true }),
    mayBePrivate:
      typeof allowPrivate === "boolean"
        ? { has: () => allowPrivate, names: () => false }
        : createHostList(allowPrivate, { name: "allowPrivate" }),
  };
}

/** A host as it is compared: lower case, punycode, canonical address, without the dot of the root. */
export function normalizeHost(host: string): string {
  return host.toLowerCase().replace(/\.$/u, "");
}

function readHost(host: string, name: string, entry: string): string {
  const text = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  if (URL.canParse(`http://${text}/`) && !/[/\\?#@%\s*]/u.test(text))
    return normalizeHost(new URL(`http://${text}/`).hostname);
  throw new TypeError(`${name}: "${entry}" is not a host. Write "example.com", or "*.example.com" for all below it`);
}
