import { splitWords } from "./words.ts";

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
  /** Such a line holds more arguments of the wrapper itself: `env -S "-i A=1 program"`. */
  readonly codeIsArguments?: boolean;
  /** Options, or their long names, whose value is the folder in which the program runs. */
  readonly folder?: readonly string[];
  /** Words that are known only at run time are added to the program's arguments. */
  readonly appends?: boolean;
  /** Several words are joined into one line of shell code. */
  readonly joins?: boolean;
  /** Without a program its standard input is code. */
  readonly readsCode?: boolean;
  /** Options behind which all words are the program and its arguments, to the end or to `;`. */
  readonly rest?: readonly string[];
  /** With one of these options it runs nothing: `command -v`. */
  readonly asks?: RegExp;
  /** An option that is not known makes nothing opaque: its value may be taken for the program, and is then a guess. */
  readonly isLenient?: boolean;
}

const PLAIN: Wrapper = {};
const LENIENT: Wrapper = { isLenient: true };
const CODE: Wrapper = { isLenient: true, joins: true };

/** Programs of the system that run the program named in their arguments. */
export const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  ["aa-exec", { short: "pn", flags: "divh", long: splitWords("profile namespace") }],
  ["builtin", PLAIN],
  ["busybox", PLAIN],
  [
    "bwrap",
    {
      isLenient: true,
      long: splitWords("chdir unshare-user uid gid hostname size perms proc dev tmpfs dir seccomp lock-file sync-fd"),
    },
  ],
  ["catchsegv", PLAIN],
  ["ccache", { flags: "cCszV" }],
  ["cgexec", { short: "g", longFlags: ["sticky"] }],
  ["chpst", { short: "uUbemdoptrfc/", flags: "vP012" }],
  ["choom", { short: "np", long: splitWords("adjust pid") }],
  ["chroot", { long: splitWords("groups userspec"), longFlags: ["skip-chdir"], skip: 1, folder: [] }],
  ["chrt", { short: "TPD", flags: "abdfiomprRv", skip: 1 }],
  ["command", { flags: "pvV", asks: /^-p?[vV]/ }],
  ["coproc", PLAIN],
  ["cpulimit", { short: "lpeP", flags: "bfkmvz", long: splitWords("limit pid exe path") }],
  ["daemonize", { short: "acEeolpu", flags: "v" }],
  ["dbus-run-session", { long: splitWords("config-file dbus-daemon") }],
  ["distcc", PLAIN],
  ["doas", { short: "uC", flags: "Lns" }],
  ["dumb-init", { short: "r", flags: "cvVh", long: ["rewrite"], longFlags: splitWords("single-child verbose") }],
  ["eatmydata", PLAIN],
  ["entr", { flags: "acdnprsxz" }],
  [
    "env",
    {
      short: "uCa",
      flags: "i0v",
      long: splitWords("unset chdir argv0"),
      longFlags: splitWords(
        "ignore-environment null debug block-signal default-signal ignore-signal list-signal-handling",
      ),
      assigns: true,
      code: ["-S", "--split-string"],
      codeIsArguments: true,
      folder: ["C", "chdir"],
    },
  ],
  ["exec", { short: "a", flags: "cl" }],
  ["fakeroot", { short: "lsib", flags: "uhv", long: splitWords("lib faked"), longFlags: ["unknown-is-real"] }],
  ["faketime", { flags: "mf", skip: 1, longFlags: splitWords("exclude-monotonic") }],
  ["fd", { rest: splitWords("-x --exec -X --exec-batch") }],
  ["fdfind", { rest: splitWords("-x --exec -X --exec-batch") }],
  ["firejail", LENIENT],
  ["gdb", { rest: ["--args", "-args"] }],
  [
    "flock",
    {
      short: "wE",
      flags: "sxeunoF",
      long: splitWords("timeout wait conflict-exit-code"),
      longFlags: splitWords("shared exclusive unlock nonblock close no-fork verbose"),
      skip: 1,
      code: ["-c", "--command"],
    },
  ],
  ["gosu", { skip: 1 }],
  ["hyperfine", { ...CODE, short: "wmMrpcsnPSuD", long: splitWords("warmup runs prepare cleanup shell") }],
  ["ionice", { short: "cnpPu", flags: "t", long: splitWords("class classdata") }],
  ["jobs", { rest: ["-x"] }],
  ["linux32", LENIENT],
  ["linux64", LENIENT],
  ["logsave", { flags: "asv", skip: 1 }],
  ["ltrace", { short: "aAeFlnopsuwx", flags: "bcCfhiLrStTV" }],
  ["nice", { short: "n", flags: "0123456789-", long: ["adjustment"] }],
  ["nocorrect", PLAIN],
  ["noglob", PLAIN],
  ["nohup", PLAIN],
  [
    "nsenter",
    {
      short: "tSG",
      flags: "amuinpUCTrwFeZ",
      long: splitWords("target setuid setgid"),
      longFlags: splitWords("all mount uts ipc net pid user cgroup time root wd no-fork preserve-credentials env"),
    },
  ],
  ["numactl", LENIENT],
  [
    "parallel",
    {
      short: "jPIaSNLnsd",
      flags: "kmXqtuvr0",
      long: splitWords("jobs max-procs arg-file delay timeout joblog results colsep"),
      longFlags: splitWords("bar progress halt keep-order dry-run null"),
      appends: true,
      joins: true,
      readsCode: true,
    },
  ],
  ["pkexec", { long: ["user"], longFlags: ["disable-internal-agent"] }],
  ["prlimit", { short: "p", flags: "", isLenient: true }],
  ["proxychains", { short: "f", flags: "q" }],
  ["proxychains4", { short: "f", flags: "q" }],
  ["rlwrap", { short: "abCDefgHilmnPprSstwz", flags: "AcNouvRW", isLenient: true }],
  ["runcon", { short: "trul", flags: "c", skip: 1 }],
  ["runuser", { short: "ugGs", flags: "lmpf", long: splitWords("user group shell"), code: ["-c", "--command"] }],
  ["sccache", LENIENT],
  ["script", { short: "EmBIOTot", flags: "aefq", skip: 1, code: ["-c", "--command"] }],
  ["setarch", { flags: "vRFZLXBIST3", skip: 1 }],
  [
    "setpriv",
    {
      long: splitWords("reuid regid groups inh-caps ambient-caps bounding-set pdeathsig securebits"),
      longFlags: splitWords("clear-groups no-new-privs nnp keep-groups init-groups reset-env"),
    },
  ],
  ["setsid", { flags: "cfw", longFlags: splitWords("ctty fork wait") }],
  ["setuidgid", { skip: 1 }],
  ["sg", { skip: 1, code: ["-c"], joins: true }],
  ["softlimit", { short: "admscotfplr" }],
  ["ssh-agent", { short: "aEOPt", flags: "cDdks" }],
  ["start-stop-daemon", { isLenient: true, rest: ["-x", "--exec", "-a", "--startas"] }],
  ["stdbuf", { short: "ioe", long: splitWords("input output error") }],
  ["strace", { short: "aeEIoOpPsSuUX", flags: "bcCdDfFhiknqrtTvVwxyYzZ" }],
  ["su", { short: "gGsw", flags: "lmpPf", skip: 1, code: ["-c", "--command"] }],
  ["su-exec", { skip: 1 }],
  [
    "sudo",
    {
      short: "aCcDgHhpRrTtUu",
      flags: "AbEeKklnPSsVvi",
      long: splitWords("user group host prompt chdir chroot role type other-user close-from command-timeout"),
      longFlags: splitWords(`
        askpass background preserve-env edit set-home login non-interactive stdin shell reset-timestamp
        remove-timestamp validate list
      `),
      assigns: true,
      folder: ["D", "R", "chdir", "chroot"],
    },
  ],
  [
    "systemd-run",
    {
      short: "pEMHu",
      flags: "tPqGdSr",
      long: splitWords("unit property description slice uid gid nice working-directory setenv"),
      longFlags: splitWords("scope user pty pipe wait quiet collect shell"),
    },
  ],
  ["taskset", { flags: "acp", longFlags: splitWords("all-tasks cpu-list"), skip: 1 }],
  [
    "time",
    {
      short: "fo",
      flags: "apvq",
      long: splitWords("format output"),
      longFlags: splitWords("append portability verbose"),
    },
  ],
  [
    "timeout",
    {
      short: "ks",
      flags: "v",
      long: splitWords("kill-after signal"),
      longFlags: splitWords("foreground preserve-status verbose"),
      skip: 1,
    },
  ],
  ["tini", { short: "ep", flags: "svwgh" }],
  ["torify", PLAIN],
  ["torsocks", { short: "uapP", flags: "id" }],
  ["toybox", PLAIN],
  ["trickle", { short: "uds", flags: "" }],
  ["unbuffer", { flags: "p" }],
  [
    "unshare",
    {
      short: "SGRw",
      flags: "impnuUCTrcf",
      longFlags: splitWords("mount ipc net pid user map-root-user map-current-user fork uts cgroup time mount-proc"),
    },
  ],
  ["valgrind", LENIENT],
  [
    "watch",
    {
      short: "nq",
      flags: "bcdegptwx",
      long: ["interval"],
      longFlags: splitWords("beep color differences errexit chgexit no-title precise exec"),
      joins: true,
    },
  ],
  [
    "xargs",
    {
      short: "adEILnPs",
      flags: "0prtxoi",
      long: splitWords("arg-file delimiter max-lines max-args max-procs max-chars process-slot-var"),
      longFlags: splitWords("eof replace null no-run-if-empty interactive verbose exit open-tty show-limits"),
      appends: true,
    },
  ],
  [
    "xvfb-run",
    { short: "efnps", flags: "ahl", long: splitWords("server-num server-args"), longFlags: ["auto-servernum"] },
  ],
]);
