/** Header values by name; `null` takes a header away. */
export type HeaderSource = Readonly<Record<string, string | null | undefined>>;

/**
 * Joins headers as the SDKs do: a later source replaces a header of an earlier one or takes it away. Not by way of
 * `Headers`, which loads all of the platform's fetch; what no header may hold is refused where it is sent.
 */
export function joinHeaders(sources: readonly HeaderSource[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of sources.flatMap((source) => Object.entries(source))) {
    const key = name.toLowerCase();
    if (value === null) headers.delete(key);
    else if (value !== undefined) headers.set(key, value.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, ""));
  }
  return headers;
}

/**
 * The headers by which an SDK introduces itself and this machine. Vendors count and support their clients by them, and
 * some servers that stand between look at the user agent; `sdk` is the name there and `version` the installed one's.
 */
export function toSdkHeaders({ sdk, version }: { readonly sdk: string; readonly version: string }): HeaderSource {
  return {
    accept: "application/json",
    "user-agent": `${sdk}/JS ${version}`,
    "x-stainless-retry-count": "0",
    "x-stainless-lang": "js",
    "x-stainless-package-version": version,
    "x-stainless-os": PLATFORMS.get(process.platform) ?? `Other:${process.platform}`,
    "x-stainless-arch": ARCHITECTURES.get(process.arch) ?? `other:${process.arch}`,
    "x-stainless-runtime": "node",
    "x-stainless-runtime-version": process.version,
  };
}

const PLATFORMS: ReadonlyMap<string, string> = new Map([
  ["android", "Android"],
  ["darwin", "MacOS"],
  ["win32", "Windows"],
  ["freebsd", "FreeBSD"],
  ["openbsd", "OpenBSD"],
  ["linux", "Linux"],
]);

const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ["x64", "x64"],
  ["arm", "arm"],
  ["arm64", "arm64"],
]);
