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
  // bash takes an input that is a socket, as ours is, for a remote login and reads the home directory's .bashrc, with all
  // that it exports; not so a shell within a shell.
  if (mode !== "none") environment["SHLVL"] = "1";
  return { ...environment, PATH: environment["PATH"] ?? DEFAULT_PATH };
}
