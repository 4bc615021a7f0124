import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

import { SandboxError } from "../../errors/index.ts";
import { openEgressProxy } from "../../net/index.ts";
import { findProgram } from "../host/find-program.ts";
import { makeOwnedFolder } from "../owner.ts";
import type { Mount } from "./mounts.ts";

/** The way out of a container that has no network: a socket of a filtering proxy, and a program that listens for it. */
export interface Egress extends AsyncDisposable {
  readonly mount: Mount;
  /** A command of `sh` that lets programs reach the proxy by TCP; it goes on in the background. */
  readonly listen: string;
  readonly environment: Readonly<Record<string, string>>;
}

const FOLDER = "/run/harness-egress";
const PORT = 3128;

/**
 * Opens a filtering proxy at a Unix socket and brings `socat` of this machine along with its libraries, since an image
 * may have nothing that could listen. Throws a `SandboxError` where socat is not there.
 */
export async function openEgress(domains: readonly string[], path: string): Promise<Egress> {
  const folder = await makeOwnedFolder("egress");
  try {
    const start = await copyForwarder(folder, path);
    const proxy = await openEgressProxy({ allow: domains, socketPath: join(folder, "proxy.sock") });
    await chmod(folder, 0o755);
    const url = `http://127.0.0.1:${PORT}`;
    const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
    return {
      mount: { Type: "bind", Source: folder, Target: FOLDER, ReadOnly: true },
      listen: `${start} TCP-LISTEN:${PORT},bind=127.0.0.1,fork,reuseaddr UNIX-CONNECT:${FOLDER}/proxy.sock &`,
      environment: Object.fromEntries([
        ...names.map((name) => [name, url] as const),
        ["NO_PROXY", "localhost,127.0.0.1"],
        ["no_proxy", "localhost,127.0.0.1"],
        ["NODE_USE_ENV_PROXY", "1"],
      ]),
      async [Symbol.asyncDispose]() {
        await proxy[Symbol.asyncDispose]();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Copies socat and what it is linked with; gives the command that starts the copy in a container. */
async function copyForwarder(folder: string, path: string): Promise<string> {
  const socat = findProgram("socat", { path: `/usr/bin:/bin:${path}`, cwd: "/" });
  if (socat === undefined) {
    throw new SandboxError("allowedDomains need the program socat on this machine: install it", {
      code: "sandbox_unavailable",
    });
  }
  const bin = join(folder, "bin");
  await mkdir(bin);
  await copyFile(socat, join(bin, "socat"));
  await chmod(join(bin, "socat"), 0o755);
  const libraries = await readLibraries(socat);
  for (const library of libraries) {
    await copyFile(library, join(bin, basename(library)));
    await chmod(join(bin, basename(library)), 0o755);
  }
  const loader = libraries.map((library) => basename(library)).find((name) => name.startsWith("ld-"));
  const inside = `${FOLDER}/bin`;
  // A client that has said all may wait for its answer: half a second, the default, is too short.
  return `${loader === undefined ? "" : `${inside}/${loader} --library-path ${inside} `}${inside}/socat -t 300`;
}

/** Empty for a program that is linked with nothing. */
async function readLibraries(program: string): Promise<readonly string[]> {
  try {
    const { stdout } = await promisify(execFile)("ldd", [program], { env: { PATH: "/usr/bin:/bin" }, timeout: 10_000 });
    return [...new Set([...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = ""]) => path))];
  } catch {
    return [];
  }
}
