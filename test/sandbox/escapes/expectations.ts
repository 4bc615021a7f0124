/** The modes that run commands, as the suite opens them. */
export const MODES = ["process", "os", "docker"] as const;
export type EscapeMode = (typeof MODES)[number];

/**
 * Whether a mode holds an escape back. "unless root": the kernel lets root pass. "by namespace": where the sandbox says
 * that it has one for processes.
 */
export type Expectation = "holds" | "open" | "unless root" | "by namespace";

/** One way out, and what each mode makes of it. The order is the order of `MODES`. */
export interface EscapeRow {
  /** Names the attempt in attempts.ts; says what an attacker gets. */
  readonly name: string;
  readonly expected: readonly [process: Expectation, os: Expectation, docker: Expectation];
  readonly note?: string;
}

/** The published table: what is promised here is tried for real, and what is not held is named. */
export const ESCAPES: readonly EscapeRow[] = [
  row("read a file outside", "open holds holds"),
  row("write a file outside", "open holds holds"),
  row("read outside through a symbolic link", "open holds holds"),
  row("write outside through a symbolic link", "open holds holds"),
  row("read outside through a hard link", "open holds holds"),
  row("read outside through a link under a protected name", "open holds holds"),
  row("have a link to the outside mounted at the next start", "open holds holds"),
  row("read outside through /proc/*/root", "open holds holds"),
  row("write the system's programs", "unless-root holds holds"),
  row("write a setting of the kernel", "unless-root holds holds"),
  row("make a device", "unless-root holds holds"),
  row("read the host's variables in its own environment", "holds holds holds"),
  row("read the variables of a process of the host", "by-namespace holds holds"),
  row("see or signal a process of the host", "by-namespace holds holds"),
  row("kill every process that it may", "by-namespace holds holds"),
  row("trace a process of the host", "by-namespace holds holds"),
  row("connect to a port of the host", "open holds holds"),
  row("send a datagram (as DNS does) to the host", "open holds holds"),
  row("reach the metadata address", "open holds holds"),
  row("connect to a Unix socket outside", "open holds holds"),
  row(
    "connect to a Unix socket in the workspace",
    "open holds open",
    "docker: a socket that a host program puts into the workspace can be used",
  ),
  row("connect to an abstract Unix socket", "open holds holds"),
  row("read shared memory of the host (System V)", "open holds holds"),
  row("reach the engine's socket", "open holds holds"),
  row("make 300 processes", "unless-root unless-root holds"),
  row("take 1 GB of memory in one process", "holds holds holds"),
  row("write one large file", "holds holds holds"),
  row(
    "fill the disk with many files",
    "holds holds holds",
    "by watching the free space of the workspace's file system",
  ),
  row(
    "fill the temporary folder",
    "holds open holds",
    "os: /tmp and /dev/shm lie in memory and are bounded by the kernel's default, half of it",
  ),
  row("open thousands of files", "holds holds holds"),
  row("use up processor time", "holds holds holds"),
  row("ignore SIGTERM", "holds holds holds"),
  row("outlive the sandbox: two forks, own session", "holds holds holds"),
  row("outlive the sandbox: and no trace in the environment", "by-namespace holds holds"),
  row("gain privileges by a set-uid program", "open holds holds"),
  row("mount a file system", "unless-root holds holds"),
  row("make a user namespace", "open holds holds"),
  row("use the kernel's keyrings", "open open holds"),
  row("use io_uring", "open holds holds"),
  row("load a BPF program", "unless-root holds holds"),
  row("type into the terminal of the host (TIOCSTI)", "unless-root holds holds"),
  row("write .harness/config.toml that was not there", "open holds holds"),
  row("write a git hook that was not there", "open holds holds"),
  row("move .git away and write a hook in a new one", "open holds holds"),
  row("move a nested folder away and write protected files in a new one", "open holds holds"),
  row("write git hooks behind a link, or in its place", "open holds holds"),
  row(
    "make a repository with hooks where there was none",
    "open open open",
    "only what is there can be closed without forbidding repositories; file tools write no .git anywhere",
  ),
  row(
    "write .mcp.json that was not there",
    "open holds open",
    "docker closes protected files that are there, and .harness in any case",
  ),
];

function row(name: string, expected: string, note?: string): EscapeRow {
  const words = expected.split(" ").map((word) => word.replace("-", " "));
  // The table above is written by hand: three words of the type.
  const [process, os, docker] = words as unknown as EscapeRow["expected"];
  return { name, expected: [process, os, docker], ...(note === undefined ? {} : { note }) };
}
