/** Variables that a scrubbed environment takes over; all else may hold keys. */
const KEPT = new Set(["PATH", "HOME", "LANG", "TERM", "TMPDIR", "TZ", "USER", "SHELL"]);
const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

/** The environment of commands, made of the host's. */
export function buildEnvironment(
  mode: "none" | "process" | "os",
  host: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    if (value === undefined) continue;
    if (mode === "none" || KEPT.has(name) || name.startsWith("LC_")) environment[name] = value;
  }
  return { ...environment, PATH: environment["PATH"] ?? DEFAULT_PATH };
}
