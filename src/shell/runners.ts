import { splitWords } from "./words.ts";
import type { Wrapper } from "./wrappers.ts";

/** A subcommand of a program that runs another program: `docker compose exec`. */
export interface Runner extends Wrapper {
  /** The words of the subcommand, without the program. */
  readonly path: readonly string[];
}

const LENIENT: Wrapper = { isLenient: true };
const CODE: Wrapper = { isLenient: true, joins: true };
const CONTAINER_EXEC: Wrapper = {
  isLenient: true,
  short: "euw",
  flags: "itdT",
  long: splitWords("env env-file user workdir detach-keys index"),
  skip: 1,
};
const CONTAINER_RUN: Wrapper = {
  isLenient: true,
  short: "acehlmpuvw",
  long: splitWords(`
    add-host annotation attach blkio-weight cap-add cap-drop cgroup-parent cgroupns cidfile cpu-shares cpus cpuset-cpus
    device dns dns-search domainname env env-file expose gpus group-add health-cmd hostname ip ipc isolation label
    label-file link log-driver log-opt mac-address memory memory-swap mount name network network-alias pid pids-limit
    platform publish pull restart runtime security-opt shm-size stop-signal stop-timeout storage-opt sysctl tmpfs ulimit
    user userns uts volume volume-driver volumes-from workdir
  `),
  skip: 1,
  code: ["--entrypoint"],
};
const KUBE: Wrapper = {
  isLenient: true,
  short: "ncfs",
  long: splitWords("namespace container filename context kubeconfig cluster user pod-running-timeout image restart"),
  skip: 1,
};

/** Subcommands of developers' tools that run the program in their arguments, by the name of the tool. */
export const RUNNERS: ReadonlyMap<string, readonly Runner[]> = new Map<string, readonly Runner[]>([
  ...["docker", "podman", "nerdctl"].map((name): [string, readonly Runner[]] => [
    name,
    [
      runner("exec", CONTAINER_EXEC),
      runner("container exec", CONTAINER_EXEC),
      runner("compose exec", CONTAINER_EXEC),
      runner("run", CONTAINER_RUN),
      runner("create", CONTAINER_RUN),
      runner("container run", CONTAINER_RUN),
      runner("compose run", CONTAINER_RUN),
    ],
  ]),
  ["docker-compose", [runner("exec", CONTAINER_EXEC), runner("run", CONTAINER_RUN)]],
  ["kubectl", [runner("exec", KUBE), runner("run", KUBE), runner("debug", KUBE)]],
  ["oc", [runner("exec", KUBE), runner("rsh", KUBE)]],
  ["ip", [runner("netns exec", { skip: 1 })]],
  ["perf", [runner("stat", LENIENT), runner("record", { isLenient: true, short: "oecFpt" }), runner("trace", LENIENT)]],
  ["npm", [runner("exec", npm()), runner("x", npm())]],
  ["npx", [runner("", npm())]],
  ["pnpx", [runner("", npm())]],
  ["pnpm", [runner("exec", npm()), runner("dlx", npm()), runner("x", npm())]],
  ["yarn", [runner("exec", npm()), runner("dlx", npm()), runner("workspace", { skip: 1 })]],
  ["flatpak", [runner("run", { isLenient: true, code: ["--command"] })]],
  ["snap", [runner("run", LENIENT)]],
  ["bun", [runner("x", npm())]],
  ["bunx", [runner("", npm())]],
  ["uvx", [runner("", python())]],
  ["uv", [runner("run", python()), runner("tool run", python())]],
  ["pipx", [runner("run", python())]],
  ...["poetry", "pipenv", "pdm", "hatch", "rye"].map((name): [string, readonly Runner[]] => [
    name,
    [runner("run", LENIENT)],
  ]),
  ...["conda", "mamba", "micromamba"].map((name): [string, readonly Runner[]] => [
    name,
    [runner("run", { isLenient: true, short: "np", long: splitWords("name prefix cwd") })],
  ]),
  ["bundle", [runner("exec", LENIENT)]],
  ["rbenv", [runner("exec", LENIENT)]],
  ["pyenv", [runner("exec", LENIENT)]],
  ["nodenv", [runner("exec", LENIENT)]],
  ["asdf", [runner("exec", LENIENT)]],
  ["mise", [runner("exec", LENIENT), runner("x", LENIENT)]],
  ["direnv", [runner("exec", { skip: 1 })]],
  ["fnm", [runner("exec", LENIENT)]],
  ["nvm", [runner("exec", { skip: 1 })]],
  ["volta", [runner("run", LENIENT)]],
  ["rustup", [runner("run", { skip: 1, isLenient: true })]],
  ["dotenv", [runner("run", LENIENT), runner("", { isLenient: true, short: "efv" })]],
  ["env-cmd", [runner("", { isLenient: true, short: "fre" })]],
  ["cross-env", [runner("", { assigns: true })]],
  ["cross-env-shell", [runner("", { assigns: true, joins: true })]],
  ["nix", [runner("shell", nix()), runner("develop", nix())]],
  ["nix-shell", [runner("", { isLenient: true, short: "pIAE", code: ["--run", "--command"] })]],
  ["guix", [runner("shell", LENIENT), runner("environment", LENIENT)]],
  ["aws-vault", [runner("exec", { isLenient: true, skip: 1, short: "d" })]],
  ["op", [runner("run", LENIENT)]],
  ["doppler", [runner("run", { isLenient: true, code: ["--command"], short: "pc" })]],
  ["infisical", [runner("run", { isLenient: true, code: ["--command"] })]],
  ["chamber", [runner("exec", { isLenient: true, skip: 1 })]],
  ["sops", [runner("exec-env", { ...CODE, skip: 1 }), runner("exec-file", { ...CODE, skip: 1 })]],
  [
    "tmux",
    [
      "new-session",
      "new",
      "neww",
      "new-window",
      "split-window",
      "splitw",
      "run-shell",
      "run",
      "send-keys",
      "send",
      "if-shell",
      "respawn-pane",
    ].map((name) => runner(name, { ...CODE, short: "cefFnstxy" })),
  ],
  ["ssh", [runner("", { ...CODE, short: "BbcDEeFIiJLlmOopQRSWw", skip: 1 })]],
  ["mosh", [runner("", { isLenient: true, skip: 1 })]],
  ["vagrant", [runner("ssh", { skip: 1, isLenient: true, code: ["-c", "--command"] })]],
  ["heroku", [runner("run", { isLenient: true, short: "asr", joins: true })]],
  ["fly", [runner("ssh console", { skip: 1, isLenient: true, code: ["-C", "--command"] })]],
  ["flyctl", [runner("ssh console", { skip: 1, isLenient: true, code: ["-C", "--command"] })]],
  ["gcloud", [runner("compute ssh", { skip: 1, isLenient: true, code: ["--command"] })]],
  ["ansible", [runner("", { isLenient: true, code: ["-a", "--args"] })]],
  ["xdotool", [runner("exec", LENIENT)]],
  ["xterm", [runner("", { rest: ["-e"] })]],
  ["gnome-terminal", [runner("", { isLenient: true, code: ["-e", "--command"], rest: ["-x", "--"] })]],
  ["screen", [runner("", { isLenient: true, short: "cehpsST", flags: "dDmLRrxaAfilnOqUvwX" })]],
  ["concurrently", [runner("", { ...CODE, short: "ncpslrm" })]],
  ["nodemon", [runner("", { isLenient: true, code: ["-x", "--exec"], short: "wei" })]],
  ["watchexec", [runner("", { ...CODE, short: "ewisdfN", long: splitWords("exts watch ignore filter") })]],
  ["cargo-watch", [runner("", { isLenient: true, code: ["-s", "--shell"] })]],
  ["capsh", [runner("", { isLenient: true, code: ["-c"] })]],
]);

function npm(): Wrapper {
  return {
    isLenient: true,
    short: "pw",
    long: splitWords("package workspace prefix"),
    code: ["-c", "--call", "--shell-mode"],
  };
}

function python(): Wrapper {
  return {
    isLenient: true,
    short: "p",
    long: splitWords("from with python extra group env-file directory project index-url spec pip-args"),
  };
}

function nix(): Wrapper {
  return { rest: ["-c", "--command"] };
}

function runner(path: string, wrapper: Wrapper): Runner {
  return { ...wrapper, path: path === "" ? [] : path.split(" ") };
}
