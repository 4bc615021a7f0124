import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import { describeError, SandboxError } from "../../errors/index.ts";
import type { Confinement, WrapPlace, WrappedCommand } from "../host/confinement.ts";
import { findShell } from "../host/find-program.ts";
import { openHostSandbox, type HostSandbox } from "../host/open-host-sandbox.ts";
import { allowedPathsOf } from "../host-files.ts";
import { networkAccessOf, type NetworkAccess } from "../network-access.ts";
import { findProtectedPlaces, reserveHarnessFolder } from "../protected-places.ts";
import { makeOwnedFolder } from "../owner.ts";
import { LEFT_FILE } from "../reap-orphans.ts";
import type { SandboxOptions } from "../sandbox-options.ts";
import { checkConfinement } from "./check-confinement.ts";
import { systemReadPaths } from "./read-paths.ts";
import { askThrice, openRuntime, type RuntimeShare } from "./runtime.ts";
import { findStillMounts } from "./still-mounts.ts";
import { tightenConfinement } from "./tighten-confinement.ts";
import { quoteWord } from "../quote-word.ts";

/** Narrows what commands may read. */
export interface OsReadPaths {
  /** All of it besides the workspace. @default the system's programs and settings, and the installations of PATH */
  readonly readable?: readonly string[];
}

/**
 * Runs commands on the host, each in confinement by the operating system: bubblewrap on Linux, Seatbelt on macOS. They
 * write the workspace and a temporary folder, read those and the system's programs, and reach listed hosts or none.
 * Whether that holds is tried before the first command.
 */
export async function openOsSandbox(options: SandboxOptions, { readable }: OsReadPaths = {}): Promise<HostSandbox> {
  const network = networkAccessOf(options);
  if (network.type === "open") {
    throw new SandboxError(
      'Sandbox mode "os" opens the network to named hosts only: list them in allowedDomains, or choose mode "docker"',
      { code: "sandbox_unavailable" },
    );
  }
  const runtime = await openRuntime();
  const own = await makeOwnedFolder("os");
  // Only this part of it can be written by commands.
  const temporary = join(own, "tmp");
  await mkdir(temporary);
  await noteLeft(own, options, socketsOf(runtime));
  const folders = writableOf(options).map(reserveHarnessFolder);
  const close = async (): Promise<void> => {
    for (const folder of folders) folder[Symbol.dispose]();
    await rm(own, { recursive: true, force: true });
    await runtime[Symbol.asyncDispose]();
  };
  try {
    const confinement = await confine({ options, runtime, temporary, network, readable });
    const sandbox = await openHostSandbox("os", options, {
      ...confinement,
      async reset() {
        await rm(temporary, { recursive: true, force: true });
        await mkdir(temporary);
      },
      [Symbol.asyncDispose]: close,
    });
    await checkConfinement(sandbox, options.cwd);
    return sandbox;
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * While a command runs, the runtime puts empty files where protected ones are not, and takes them away after it. Should
 * this program be killed meanwhile, a reaper finds them by this note.
 */
async function noteLeft(folder: string, options: SandboxOptions, sockets: readonly string[]): Promise<void> {
  const places = writableOf(options).flatMap((root) => [
    ...findProtectedPlaces(root, homeOf(options)).absent,
    join(root, ".harness"),
  ]);
  await writeFile(join(folder, LEFT_FILE), JSON.stringify([...sockets, ...places]));
}

function socketsOf({ manager }: RuntimeShare): readonly string[] {
  const sockets = [manager.getLinuxHttpSocketPath(), manager.getLinuxSocksSocketPath()];
  return sockets.filter((socket) => socket !== undefined);
}

interface Parts {
  readonly options: SandboxOptions;
  readonly runtime: RuntimeShare;
  readonly temporary: string;
  readonly network: Exclude<NetworkAccess, { readonly type: "open" }>;
  readonly readable: readonly string[] | undefined;
}

async function confine(parts: Parts): Promise<Pick<Confinement, "isolation" | "wrap">> {
  const { options, runtime, temporary, network } = parts;
  const { manager } = runtime;
  const isMac = process.platform === "darwin";
  const stillMounts = await findStillMounts();
  const path = options.env?.["PATH"] ?? (options.hostEnv ?? process.env)["PATH"] ?? "";
  const shell = findShell(path);
  // Its proxies are reached through sockets that an empty folder would hide otherwise.
  const base = parts.readable ?? [...systemReadPaths(path), ...(options.readPaths ?? [])];
  const readable = [...base, runtime.folder, ...socketsOf(runtime)];
  return {
    isolation: {
      filesystem: "confined",
      network: network.type === "none" ? "none" : "filtered",
      runtime: isMac ? "seatbelt" : "bubblewrap",
      protections: isMac ? ["protected-files"] : LINUX_PROTECTIONS,
    },
    async wrap(argv: readonly string[], { signal }: WrapPlace): Promise<WrappedCommand> {
      const filesystem = filesystemRules(parts, readable);
      // Binds a connection to its list: nobody may guess it.
      const commandId = randomBytes(24).toString("base64url");
      // The runtime points TMPDIR at a folder that all its users share.
      const command = `export TMPDIR=${quoteWord(temporary)}; exec ${argv.map(quoteWord).join(" ")}`;
      const wrapOnce = (): Promise<readonly string[] | { readonly cause: unknown }> =>
        manager.wrapWithSandboxArgv(command, shell.path, { filesystem }, signal, undefined, { commandId }).then(
          ({ argv: words }) => words,
          (cause: unknown) => ({ cause }),
        );
      const wrapped = await askThrice(wrapOnce, (answer) => !("cause" in answer) || signal?.aborted === true);
      if ("cause" in wrapped) {
        signal?.throwIfAborted();
        const { cause } = wrapped;
        throw new SandboxError(`The command could not be confined: ${describeError(cause)}`, { cause });
      }
      if (network.type === "listed") {
        manager.registerCommandNetworkLists(commandId, { allowedDomains: [...network.domains] });
      }
      return {
        // A line for the shell, as its last word.
        argv: isMac ? wrapped : [...stillMounts, ...wrapped.slice(0, -1), tightenConfinement(wrapped.at(-1) ?? "")],
        [Symbol.dispose]() {
          manager.unregisterCommandNetworkLists(commandId);
          manager.cleanupAfterCommand();
        },
      };
    },
  };
}

const LINUX_PROTECTIONS = [
  "read-allow-list",
  "protected-files",
  "no-new-privileges",
  "seccomp",
  "user-namespace",
  "process-namespace",
  "network-namespace",
  "no-unix-sockets",
  "read-only-kernel-settings",
  "private-ipc",
];

/** Made anew for each command: what is to be protected may have come into being. */
function filesystemRules({ options, runtime, temporary }: Parts, readable: readonly string[]) {
  const writable = [...writableOf(options), temporary];
  const places = writableOf(options).map((root) => findProtectedPlaces(root, homeOf(options)));
  const denyWrite = [
    ...places.flatMap(({ present, absent }) => [...present, ...absent]),
    // A command that could change the runtime would not be confined any more.
    runtime.folder,
  ];
  // Seatbelt on macOS needs system folders that nobody listed: there only the home directory is closed.
  const denyRead = process.platform === "darwin" ? [homedir()] : ["/"];
  return { denyRead, allowRead: [...readable, ...writable], allowWrite: writable, denyWrite };
}

function homeOf({ hostEnv = process.env }: SandboxOptions): string {
  return hostEnv["HOME"] ?? homedir();
}

function writableOf(options: SandboxOptions): readonly string[] {
  const { cwd, directories = [] } = options;
  return [cwd, ...directories, ...allowedPathsOf(options).filter((path) => existsSync(path))];
}
