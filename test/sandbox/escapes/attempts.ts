import { execFileSync } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { SECRET, type EscapeStage } from "./stage.ts";

/** Tries a way out; true when it was one. */
export type Attempt = (stage: EscapeStage) => Promise<boolean>;

/** Every attempt, by the name in the table. */
export const ATTEMPTS: ReadonlyMap<string, Attempt> = new Map<string, Attempt>([
  ["read a file outside", (stage) => sees(stage, `cat ${stage.outside}/secret`)],
  ["write a file outside", (stage) => writes(stage, `echo x > ${stage.outside}/made`)],
  [
    "read outside through a symbolic link",
    (stage) => sees(stage, `ln -s ${stage.outside} link; cat link/secret; cat link/../outside/secret`),
  ],
  [
    "write outside through a symbolic link",
    (stage) => writes(stage, `ln -s ${stage.outside}/made target; echo x > target`),
  ],
  ["read outside through a hard link", (stage) => sees(stage, `ln ${stage.outside}/secret name; cat name`)],
  ["read outside through a link under a protected name", (stage) => sees(stage, "cat .idea")],
  [
    "have a link to the outside mounted at the next start",
    async (stage) => {
      const { sandbox, outside } = stage;
      await sandbox.exec(
        `mv nested gone; mkdir -p nested/deep; for place in nested/deep/.vscode .vscode .git/hooks; do rm -rf $place; ln -s ${outside} $place; done`,
      );
      await sandbox.reset();
      return await sees(stage, `cat nested/deep/.vscode/secret .vscode/secret .git/hooks/secret ${outside}/secret`);
    },
  ],
  [
    "read outside through /proc/*/root",
    (stage) =>
      sees(
        stage,
        `for p in self 1 $PPID ${stage.hostPid}; do cat /proc/$p/root${stage.outside}/secret; cat /proc/$p/cwd/../outside/secret; done`,
      ),
  ],
  [
    "write the system's programs",
    async ({ sandbox }) => {
      const paths = ["/usr", "/bin", "/etc"].map((folder) => `${folder}/harness-escape-${randomUUID()}`);
      await sandbox.exec(paths.map((path) => `echo x > ${path}`).join("; "));
      // What lands in a private file system is no harm.
      const made = paths.filter((path) => existsSync(path));
      for (const path of made) rmSync(path);
      return made.length > 0;
    },
  ],
  [
    "write a setting of the kernel",
    // Opened for appending, and nothing written.
    (stage) => succeeds(stage, "mount -o remount,rw /proc/sys; umount /proc/sys; : >> /proc/sys/kernel/core_pattern"),
  ],
  [
    "make a device",
    (stage) =>
      succeeds(
        stage,
        "mknod device c 1 1; dd if=device bs=1 count=1 of=/dev/null; test -c device; got=$?; rm -f device; exit $got",
      ),
  ],
  ["read the host's variables in its own environment", (stage) => sees(stage, "env; cat /proc/self/environ")],
  [
    "read the variables of a process of the host",
    (stage) => sees(stage, `cat /proc/${stage.hostPid}/environ; for p in /proc/[0-9]*; do cat $p/environ; done`),
  ],
  ["see or signal a process of the host", (stage) => succeeds(stage, `kill -0 ${stage.hostPid}`)],
  ["kill every process that it may", killsAll],
  // PTRACE_SEIZE; it is let go of when the tracer ends.
  [
    "trace a process of the host",
    (stage) => calls(stage, { x64: 101, arm64: 117 }, [`0x4206`, `${stage.hostPid}`, "0", "0"]),
  ],
  [
    "connect to a port of the host",
    (stage) =>
      sees(
        stage,
        // What was seen is told at once. Addresses of networks answer late, each after seconds: none is waited for long but
        // the first, which is the machine itself, however slow that is.
        perl(`use Socket; $| = 1; my $wait = 10; for my $host ("127.0.0.1", hosts()) { socket(my $s, PF_INET, SOCK_STREAM, 6) or next;
          eval { local $SIG{ALRM} = sub { die }; alarm $wait; connect($s, sockaddr_in(${stage.tcpPort}, inet_aton($host))) or die;
            alarm 0; print <$s>; exit }; alarm 0; $wait = 1 }
          sub hosts { open(my $f, "<", "/proc/net/fib_trie") or return; my %h; while (<$f>) { $h{$1} = 1 if /([0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+)/ } return grep { !/^(0|255)/ } keys %h }`),
      ),
  ],
  [
    "send a datagram (as DNS does) to the host",
    async (stage) => {
      const before = stage.datagrams.length;
      await stage.sandbox.exec(
        perl(
          `use Socket; socket(my $s, PF_INET, SOCK_DGRAM, 17); send($s, "out", 0, sockaddr_in(${stage.udpPort}, inet_aton("127.0.0.1")));`,
        ),
      );
      // It is there by now, and is read in one of the next turns of the event loop.
      for (let turns = 0; turns < 10; turns += 1) await sleep(20);
      return stage.datagrams.length > before;
    },
  ],
  // Whether there is an interface that could lead there: the machine that tests this may have no such service.
  ["reach the metadata address", (stage) => succeeds(stage, "grep -v -e lo: -e Inter -e face /proc/net/dev")],
  ["connect to a Unix socket outside", (stage) => sees(stage, connectTo(stage.outsideSocket))],
  ["connect to a Unix socket in the workspace", (stage) => sees(stage, connectTo(stage.insideSocket))],
  [
    "connect to an abstract Unix socket",
    ({ sandbox, abstractSocket }) =>
      sandbox
        .exec(
          perl(
            `use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die; connect($s, pack("S", 1) . "\\0${abstractSocket}") or die; print <$s>;`,
          ),
        )
        .then(({ stdout }) => stdout.includes(SECRET)),
  ],
  ["read shared memory of the host (System V)", readsSharedMemory],
  [
    "reach the engine's socket",
    ({ sandbox }) =>
      Promise.all(["/var/run/docker.sock", "/run/docker.sock"].map((path) => sandbox.exec(connectTo(path)))).then(
        (all) => all.some(({ stdout }) => stdout.includes("CONNECTED")),
      ),
  ],
  [
    "make 300 processes",
    async ({ sandbox }) => {
      const script = perl(
        "my @all; for (1..300) { my $p = fork; last unless defined $p; if (!$p) { sleep 20; exit } push @all, $p } print scalar(@all); kill 9, @all;",
      );
      return Number((await sandbox.exec(script, { timeoutMs: 30_000 })).stdout) >= 300;
    },
  ],
  [
    "take 1 GB of memory in one process",
    (stage) => prints(stage, perl('my @a; push @a, "x" x 10_000_000 for 1..100; print "DONE";')),
  ],
  [
    "write one large file",
    async ({ sandbox, cwd }) => {
      await sandbox.exec("dd if=/dev/zero of=large bs=1M count=40");
      const { size } = statSync(join(cwd, "large"));
      await sandbox.exec("rm -f large");
      return size > 21 * 1024 * 1024;
    },
  ],
  [
    "fill the disk with many files",
    async ({ sandbox }) => {
      const fill =
        "i=0; while [ $i -lt 60 ]; do dd if=/dev/zero of=part$i bs=1M count=15 2>/dev/null; sync part$i 2>/dev/null; sleep 0.05; i=$((i+1)); done; echo DONE";
      const { stdout, diskFull } = await sandbox.exec(fill, { timeoutMs: 100_000 });
      await sandbox.exec("rm -f part*");
      return diskFull !== true || stdout.includes("DONE");
    },
  ],
  [
    "fill the temporary folder",
    async ({ sandbox }) => {
      const fill =
        "for folder in /tmp /dev/shm; do i=0; while [ $i -lt 25 ]; do dd if=/dev/zero of=$folder/harness-part$i bs=1M count=15 2>/dev/null; sleep 0.05; i=$((i+1)); done; done; du -cm /tmp/harness-part* /dev/shm/harness-part* | tail -n 1; rm -f /tmp/harness-part* /dev/shm/harness-part*";
      const { stdout, diskFull } = await sandbox.exec(fill, { timeoutMs: 100_000 });
      await sandbox.exec("rm -f /tmp/harness-part* /dev/shm/harness-part*");
      return diskFull !== true && Number(/(\d+)\s+total/.exec(stdout)?.[1] ?? 0) > 260;
    },
  ],
  [
    "open thousands of files",
    (stage) =>
      prints(
        stage,
        perl(
          'my @all; for (1..2000) { open(my $f, "<", "/dev/null") or last; push @all, $f } print "DONE" if @all >= 2000;',
        ),
      ),
  ],
  [
    "use up processor time",
    async ({ sandbox }) => {
      const { timedOut } = await sandbox.exec("while :; do :; done", { limits: { cpuSeconds: 1 }, timeoutMs: 60_000 });
      return timedOut;
    },
  ],
  [
    "ignore SIGTERM",
    async ({ sandbox, cwd }) => {
      await sandbox.exec("trap '' TERM; while :; do echo x >> stubborn; sleep 0.1; done", { timeoutMs: 400 });
      return await isWritten(join(cwd, "stubborn"));
    },
  ],
  ["outlive the sandbox: two forks, own session", (stage) => outlives(stage, "daemon", false)],
  ["outlive the sandbox: and no trace in the environment", (stage) => outlives(stage, "hidden", true)],
  ["gain privileges by a set-uid program", gainsPrivileges],
  ["mount a file system", (stage) => succeeds(stage, "mkdir -p point && mount -t tmpfs none point && umount point")],
  ["make a user namespace", (stage) => calls(stage, { x64: 272, arm64: 97 }, ["0x10000000"])],
  // add_key("user", "harness", "x", 1, KEY_SPEC_PROCESS_KEYRING)
  [
    "use the kernel's keyrings",
    (stage) => calls(stage, { x64: 248, arm64: 217 }, ['"user"', '"harness"', '"x"', "1", "-2"]),
  ],
  // io_uring_setup(1, zeroed parameters)
  ["use io_uring", (stage) => calls(stage, { x64: 425, arm64: 425 }, ["1", '"\\0" x 120'])],
  // bpf(BPF_MAP_CREATE: array, key 4, value 4, 1 entry)
  [
    "load a BPF program",
    (stage) => calls(stage, { x64: 321, arm64: 280 }, ["0", 'pack("LLLLx112", 2, 4, 4, 1)', "128"]),
  ],
  [
    "type into the terminal of the host (TIOCSTI)",
    (stage) =>
      prints(
        stage,
        perl(
          'for my $t ("/dev/tty", "/dev/console", "/proc/self/fd/0") { open(my $f, "+<", $t) or next; my $c = "x"; print "DONE" if ioctl($f, 0x5412, $c) }',
        ),
      ),
  ],
  [
    "write .harness/config.toml that was not there",
    async ({ sandbox, cwd }) => {
      await sandbox.exec(
        "mkdir -p .harness; echo x > .harness/config.toml; mv .harness gone; mkdir .harness && echo x > .harness/config.toml",
      );
      return existsSync(join(cwd, ".harness", "config.toml"));
    },
  ],
  [
    "write a git hook that was not there",
    async ({ sandbox, cwd }) => {
      await sandbox.exec("echo x > .git/hooks/pre-commit; echo x > .git/config");
      return existsSync(join(cwd, ".git", "hooks", "pre-commit"));
    },
  ],
  [
    "move .git away and write a hook in a new one",
    async ({ sandbox, cwd }) => {
      await sandbox.exec("mv .git old; mkdir -p .git/hooks; echo x > .git/hooks/post-commit");
      return existsSync(join(cwd, ".git", "hooks", "post-commit"));
    },
  ],
  [
    "move a nested folder away and write protected files in a new one",
    async ({ sandbox, cwd }) => {
      const path = join(cwd, "nested", "deep", ".vscode", "tasks.json");
      await sandbox.exec(
        "mv nested gone; mv nested/deep nested/gone; mkdir -p nested/deep/.vscode; echo x > nested/deep/.vscode/tasks.json",
      );
      return existsSync(path);
    },
  ],
  [
    "write git hooks behind a link, or in its place",
    async ({ sandbox, cwd }) => {
      await sandbox.exec(
        "cd linked/.git; echo x > hooks/post-commit; rm hooks; mkdir hooks; echo x > hooks/post-commit",
      );
      return existsSync(join(cwd, "linked", ".git", "hooks", "post-commit"));
    },
  ],
  [
    "make a repository with hooks where there was none",
    async ({ sandbox, cwd }) => {
      await sandbox.exec("mkdir -p fresh/.git/hooks; echo x > fresh/.git/hooks/post-commit");
      return existsSync(join(cwd, "fresh", ".git", "hooks", "post-commit"));
    },
  ],
  [
    "write .mcp.json that was not there",
    async ({ sandbox, cwd }) => {
      await sandbox.exec("echo attack > .mcp.json");
      return existsSync(join(cwd, ".mcp.json")) && readFileSync(join(cwd, ".mcp.json"), "utf8").includes("attack");
    },
  ],
]);

async function sees({ sandbox }: EscapeStage, command: string): Promise<boolean> {
  const { output } = await sandbox.exec(`{ ${command}\n} 2>&1`, { timeoutMs: 30_000 });
  return output.includes(SECRET);
}

async function writes({ sandbox, outside }: EscapeStage, command: string): Promise<boolean> {
  await sandbox.exec(command);
  return existsSync(join(outside, "made"));
}

async function succeeds({ sandbox }: EscapeStage, command: string): Promise<boolean> {
  return (await sandbox.exec(command, { timeoutMs: 30_000 })).exitCode === 0;
}

async function prints({ sandbox }: EscapeStage, command: string): Promise<boolean> {
  return (await sandbox.exec(command, { timeoutMs: 30_000 })).stdout.includes("DONE");
}

/** Without a namespace it would be every process of this machine: taken as a way out, not tried. */
async function killsAll({ sandbox, hostPid }: EscapeStage): Promise<boolean> {
  if (sandbox.mode === "process" && sandbox.isolation.protections?.includes("pid-namespace") !== true) return true;
  await sandbox.exec("kill -9 -1", { timeoutMs: 15_000 });
  // A container goes down with the process that holds it, and a command that comes just then goes with it.
  for (let left = 3; left > 0; left -= 1) {
    const { stdout } = await sandbox.exec("echo fine", { timeoutMs: 15_000 });
    if (stdout === "fine\n") return !existsSync(`/proc/${hostPid}/environ`);
  }
  return true;
}

/** The segment is made here and taken away again. */
async function readsSharedMemory({ sandbox }: EscapeStage): Promise<boolean> {
  const key = 0x48_00_00_00 + randomInt(0xff_ff_ff);
  const make = `my $id = shmget(${key}, 100, 01666) // die; shmwrite($id, "${SECRET}", 0, 100); print $id`;
  const id = execFileSync("perl", ["-e", make], { encoding: "utf8" });
  try {
    const { stdout } = await sandbox.exec(perl(`my $b; shmread(shmget(${key}, 100, 0) // die, $b, 0, 100); print $b`));
    return stdout.includes(SECRET);
  } finally {
    // IPC_RMID
    execFileSync("perl", ["-e", `shmctl(${id}, 0, 0) // die`]);
  }
}

/** Runs a set-uid program of root, as somebody else. Only root can make one; others look at what the kernel would permit. */
async function gainsPrivileges(stage: EscapeStage): Promise<boolean> {
  if (process.getuid?.() !== 0) return await succeeds(stage, "grep -q 'NoNewPrivs:.*0' /proc/self/status");
  const program = join(stage.cwd, "set-uid-cat");
  copyFileSync("/bin/cat", program);
  chmodSync(program, 0o4755);
  const { output } = await stage.sandbox.exec(
    `other=; [ "$(id -u)" != 0 ] || other="setpriv --reuid 65534 --regid 65534 --clear-groups"; $other ${program} /proc/self/status 2>&1`,
  );
  rmSync(program);
  const [, real, effective] = /^Uid:\s+(\d+)\s+(\d+)/m.exec(output) ?? [];
  return real !== effective && effective === "0";
}

/** Makes a system call by its number; true when the kernel took it. */
async function calls(
  stage: EscapeStage,
  numbers: Readonly<Record<string, number>>,
  args: readonly string[],
): Promise<boolean> {
  const number = numbers[process.arch];
  if (number === undefined) throw new Error(`No system call number for ${process.arch}`);
  return await prints(
    stage,
    perl(`my @a = (${args.join(", ")}); my $r = syscall(${number}, @a); print $r == -1 ? "refused $!" : "DONE";`),
  );
}

function perl(program: string): string {
  return `perl -e '${program}'`;
}

function connectTo(path: string): string {
  return perl(
    `use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die; connect($s, sockaddr_un("${path}")) or die; print "CONNECTED"; shutdown($s, 1); print <$s>;`,
  );
}

/** Leaves something behind that writes, closes the sandbox, and looks. It ends by itself after half a minute. */
async function outlives({ sandbox, cwd }: EscapeStage, name: string, isHidden: boolean): Promise<boolean> {
  const loop = `i=0; while [ $i -lt 300 ]; do echo x >> ${join(cwd, name)}; sleep 0.1; i=$((i+1)); done`;
  const start = isHidden
    ? `env -i PATH=$PATH setsid sh -c "${loop.replaceAll("$", String.raw`\$`)}"`
    : `setsid sh -c '${loop}'`;
  // Not before it runs as itself: until then it is the shell of the command, and ends with it.
  const begun = `i=0; until [ -s ${name} ] || [ $i -ge 100 ]; do sleep 0.1; i=$((i+1)); done`;
  await sandbox.exec(`( ( ${start} ) > /dev/null 2>&1 & ) > /dev/null 2>&1; ${begun}`, { timeoutMs: 30_000 });
  await sandbox[Symbol.asyncDispose]();
  return await isWritten(join(cwd, name));
}

async function isWritten(path: string): Promise<boolean> {
  const size = (): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const before = size();
  for (let waited = 0; waited < 2000 && size() === before; waited += 100) await sleep(100);
  return size() > before;
}
