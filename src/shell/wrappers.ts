/** How a program that runs another one reads its own arguments. */
export interface Wrapper {
  /** Letters of short options that take a value. */
  readonly short?: string;
  /** Letters of short options without one. */
  readonly flags?: string;
  /** Long options that take a value, without dashes. */
  readonly long?: readonly string[];
  /** Long options without one. */
  readonly longFlags?: readonly string[];
  /** How many words come before the program. */
  readonly skip?: number;
  /** `NAME=value` words may come before the program. */
  readonly assigns?: boolean;
  /** Options whose value is a whole command line. */
  readonly code?: readonly string[];
  /** Words that are known only at run time are added to the program's arguments. */
  readonly appends?: boolean;
  /** Several words are joined into one line of shell code. */
  readonly joins?: boolean;
}

const PLAIN: Wrapper = {};

/** Programs that run the program named in their arguments. */
export const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  ["builtin", PLAIN],
  ["busybox", PLAIN],
  ["bunx", { longFlags: ["bun"] }],
  ["chroot", { long: ["groups", "userspec"], longFlags: ["skip-chdir"], skip: 1 }],
  ["chrt", { short: "TPD", flags: "abdfiomprRv", skip: 1 }],
  ["command", { flags: "pvV" }],
  ["coproc", PLAIN],
  ["doas", { short: "uC", flags: "Lns" }],
  [
    "env",
    {
      short: "uC",
      flags: "i0v",
      long: ["unset", "chdir"],
      longFlags: ["ignore-environment", "null", "debug"],
      assigns: true,
      code: ["-S", "--split-string"],
    },
  ],
  ["exec", { short: "a", flags: "cl" }],
  ["firejail", PLAIN],
  [
    "flock",
    {
      short: "wE",
      flags: "sxeunoF",
      long: ["timeout", "wait", "conflict-exit-code"],
      longFlags: ["shared", "exclusive", "unlock", "nonblock", "close", "no-fork"],
      skip: 1,
      code: ["-c", "--command"],
    },
  ],
  ["ionice", { short: "cnpPu", flags: "t", long: ["class", "classdata"] }],
  ["ltrace", { short: "aAeFlnopsuwx", flags: "bcCfhiLrStTV" }],
  ["nice", { short: "n", flags: "0123456789", long: ["adjustment"] }],
  ["nohup", PLAIN],
  ["nocorrect", PLAIN],
  ["noglob", PLAIN],
  [
    "npx",
    {
      short: "p",
      flags: "yq",
      long: ["package", "workspace"],
      longFlags: ["yes", "no", "no-install", "quiet", "ignore-existing"],
      code: ["-c", "--call"],
    },
  ],
  [
    "parallel",
    {
      short: "jPIaSNLnsd",
      flags: "kmXqtuvr0",
      long: ["jobs", "max-procs", "arg-file", "delay", "timeout", "joblog", "results", "colsep"],
      longFlags: ["bar", "progress", "halt", "keep-order", "dry-run", "null"],
      appends: true,
      joins: true,
    },
  ],
  ["pkexec", { long: ["user"] }],
  ["pnpx", PLAIN],
  ["prlimit", { short: "opcdefilmnqrstuvxy" }],
  ["proxychains", { short: "f", flags: "q" }],
  ["runuser", { short: "ugGs", flags: "lmpf", long: ["user", "group", "shell"], code: ["-c", "--command"] }],
  ["script", { short: "EmBIOTot", flags: "aefq", skip: 1, code: ["-c", "--command"] }],
  ["setarch", { flags: "vRFZLXBIST3", skip: 1 }],
  ["setpriv", { long: ["reuid", "regid", "groups"], longFlags: ["clear-groups", "no-new-privs", "keep-groups"] }],
  ["setsid", { flags: "cfw", longFlags: ["ctty", "fork", "wait"] }],
  ["stdbuf", { short: "ioe", long: ["input", "output", "error"] }],
  ["strace", { short: "aeEIoOpPsSuUX", flags: "bcCdDfFhiknqrtTvVwxyYzZ" }],
  ["su", { short: "gGsw", flags: "lmpPf", skip: 1, code: ["-c", "--command"] }],
  [
    "sudo",
    {
      short: "aCcDgHhpRrTtUu",
      flags: "AbEeKklnPSsVvi",
      long: [
        "user",
        "group",
        "host",
        "prompt",
        "chdir",
        "chroot",
        "role",
        "type",
        "other-user",
        "close-from",
        "command-timeout",
      ],
      longFlags: [
        "askpass",
        "background",
        "preserve-env",
        "edit",
        "set-home",
        "login",
        "non-interactive",
        "stdin",
        "shell",
        "reset-timestamp",
        "remove-timestamp",
        "validate",
        "list",
      ],
      assigns: true,
    },
  ],
  [
    "systemd-run",
    {
      short: "pEMHu",
      flags: "tPqGdSr",
      long: ["unit", "property", "description", "slice", "uid", "gid", "nice", "working-directory", "setenv"],
      longFlags: ["scope", "user", "pty", "pipe", "wait", "quiet", "collect", "shell"],
    },
  ],
  ["taskset", { flags: "acp", longFlags: ["all-tasks", "cpu-list"], skip: 1 }],
  ["time", { short: "fo", flags: "apvq", long: ["format", "output"], longFlags: ["append", "portability", "verbose"] }],
  [
    "timeout",
    {
      short: "ks",
      flags: "v",
      long: ["kill-after", "signal"],
      longFlags: ["foreground", "preserve-status", "verbose"],
      skip: 1,
    },
  ],
  ["toybox", PLAIN],
  ["unbuffer", { flags: "p" }],
  [
    "unshare",
    { short: "SGRw", flags: "impnuUCTrcf", longFlags: ["mount", "ipc", "net", "pid", "user", "map-root-user", "fork"] },
  ],
  ["uvx", { long: ["from", "with", "python"] }],
  [
    "watch",
    {
      short: "nq",
      flags: "bcdegptwx",
      long: ["interval"],
      longFlags: ["beep", "color", "differences", "errexit", "chgexit", "no-title", "precise", "exec"],
      joins: true,
    },
  ],
  [
    "xargs",
    {
      short: "adEILnPs",
      flags: "0prtxo",
      long: [
        "arg-file",
        "delimiter",
        "max-lines",
        "max-args",
        "max-procs",
        "max-chars",
        "process-slot-var",
        "eof",
        "replace",
      ],
      longFlags: ["null", "no-run-if-empty", "interactive", "verbose", "exit", "open-tty", "show-limits"],
      appends: true,
    },
  ],
]);
