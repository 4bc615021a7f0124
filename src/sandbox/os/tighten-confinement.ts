import { SandboxError } from "../../errors/index.ts";

/**
 * What root may write below `/proc` without any capability, since the kernel looks at the user alone: a program named in
 * `sys/kernel/core_pattern` would be run outside. As other containers do.
 */
const SETTINGS = ["fs", "sysrq-trigger", "acpi", "scsi", "mtrr"];
const MORE = [
  // The runtime leaves the host's shared memory of System V to commands.
  "--unshare-ipc",
  "--ro-bind",
  "/proc/sys",
  "/proc/sys",
  ...SETTINGS.flatMap((name) => ["--ro-bind-try", `/proc/${name}`, `/proc/${name}`]),
];

/**
 * Adds to a command line of the runtime what it leaves open: settings of the kernel become read-only, which otherwise
 * whoever is root could write, and shared memory the command's own. Behind bubblewrap's own `--proc /proc`; throws when
 * that is not there.
 */
export function tightenConfinement(line: string): string {
  let before = "";
  for (const { word, end } of wordsOf(line)) {
    if (before === "--proc" && word === "/proc") return `${line.slice(0, end)} ${MORE.join(" ")}${line.slice(end)}`;
    before = word;
  }
  throw new SandboxError("The confinement has no /proc of its own: what must be put on it cannot be", {
    code: "sandbox_unavailable",
  });
}

/** The words of a line that holds nothing but quoted words. A path among them may hold anything, so they are told apart. */
function* wordsOf(line: string): Generator<{ readonly word: string; readonly end: number }> {
  const words = /(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\])+/gsu;
  for (const match of line.matchAll(words)) yield { word: match[0], end: match.index + match[0].length };
}
