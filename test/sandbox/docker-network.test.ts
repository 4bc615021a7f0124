import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { run } from "../../src/index.ts";
import { createSandbox, type PullProgress, type SandboxOptions } from "../../src/sandbox/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";

const IMAGE = "harness-test:busybox";
const isSkipped = !docker("image", "inspect", IMAGE) && process.env["HARNESS_REQUIRE_SERVICES"] !== "1";

describe.skipIf(isSkipped)("docker and the network (skipped without an engine: run scripts/services/docker.sh)", () => {
  let cwd = "";
  let server: Server;
  let port = 0;
  const open = (options: Partial<SandboxOptions> = {}) =>
    createSandbox({ mode: "docker", cwd, ...options, docker: { image: IMAGE, ...options.docker } });

  beforeAll(async () => {
    cwd = await realpath(await mkdtemp(join(tmpdir(), "harness-network-")));
    server = createServer((request, response) => response.end(`reached ${request.url}`));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(cwd, { recursive: true, force: true });
  });

  it("allowedDomains: listed hosts through the proxy, nothing else, and no interface but lo", async () => {
    await using sandbox = await open({ allowedDomains: ["127.0.0.1"] });
    expect(sandbox.isolation.network).toBe("filtered");
    expect((await sandbox.exec("ls /sys/class/net")).stdout).toBe("lo\n");
    const viaProxy = (url: string): string =>
      String.raw`(printf 'GET ${url} HTTP/1.0\r\nHost: x\r\n\r\n'; sleep 0.5) | nc 127.0.0.1 3128`;
    expect((await sandbox.exec(viaProxy(`http://127.0.0.1:${port}/path`))).stdout).toContain("reached /path");
    for (const host of ["example.com", "169.254.169.254", "localhost", "[::1]", "127.0.0.1.nip.io", "10.0.0.1"]) {
      const { stdout } = await sandbox.exec(viaProxy(`http://${host}/`));
      expect(stdout, host).toMatch(/^HTTP\/1.1 403/);
    }
    const connect = String.raw`(printf 'CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n'; sleep 0.3; printf 'GET /tunnel HTTP/1.0\r\n\r\n'; sleep 0.5) | nc 127.0.0.1 3128`;
    expect((await sandbox.exec(connect)).stdout).toContain("reached /tunnel");
    const other = String.raw`(printf 'CONNECT 10.0.0.1:443 HTTP/1.1\r\n\r\n'; sleep 0.5) | nc 127.0.0.1 3128`;
    expect((await sandbox.exec(other)).stdout).toMatch(/403[\s\S]*allow list/);
    // wget of busybox takes the proxy from the environment, as most programs do.
    expect((await sandbox.exec(`wget -q -O - http://127.0.0.1:${port}/wget`, { env: { no_proxy: "" } })).stdout).toBe(
      "reached /wget",
    );
    const direct = await sandbox.exec(`wget -q -T 3 -O - http://127.0.0.1:${port}/`, { env: { http_proxy: "" } });
    expect(direct.exitCode).not.toBe(0);
  });

  it("networkAccess false closes what a list would open; true opens it and says so", async () => {
    await using closed = await open({ allowedDomains: ["127.0.0.1"], networkAccess: false });
    expect(closed.isolation.network).toBe("none");
    expect((await closed.exec("nc -w 1 127.0.0.1 3128 < /dev/null")).exitCode).not.toBe(0);
    await using opened = await open({ networkAccess: true });
    expect(opened.isolation.network).toBe("unconfined");
    expect((await opened.exec("ls /sys/class/net")).stdout).toContain("eth0");
  });

  it("fetches an image that is not here when the host permits it, and tells how far it is", async () => {
    const registry = await openRegistry();
    const image = `127.0.0.1:${registry.port}/harness/pulled:1`;
    const progress: PullProgress[] = [];
    try {
      await expect(open({ docker: { image } })).rejects.toMatchObject({ code: "sandbox_unavailable" });
      expect(registry.requests).toBe(0);
      const onPull = (event: PullProgress): number => progress.push(event);
      await using sandbox = await open({ docker: { image, pull: "missing", onPull } });
      expect((await sandbox.exec("echo pulled")).stdout).toBe("pulled\n");
      expect(progress.map(({ status }) => status)).toEqual(expect.arrayContaining(["Pull complete"]));
      expect(progress.every((event) => event.image === image)).toBe(true);
      const absent = `127.0.0.1:${registry.port}/harness/absent:1`;
      await expect(open({ docker: { image: absent, pull: "missing" } })).rejects.toMatchObject({
        code: "sandbox_unavailable",
        message: expect.stringContaining("could not be fetched"),
      });
    } finally {
      docker("rmi", image);
      registry.close();
    }
  });

  it("a run whose configuration permits it tells in its log that an image is fetched", async () => {
    const registry = await openRegistry();
    const image = `127.0.0.1:${registry.port}/harness/pulled:1`;
    const home = await mkdtemp(join(tmpdir(), "harness-pull-"));
    const said: string[] = [];
    try {
      await mkdir(join(home, ".harness"));
      const lines = ["[sandbox]", 'mode = "docker"', `docker_image = "${image}"`, 'docker_pull = "missing"'];
      await writeFile(join(home, ".harness", "config.toml"), lines.join("\n"));
      await mkdir(join(home, "project"));
      const { error } = await run("Go", {
        model: scriptedModel(["Done."]),
        cwd: join(home, "project"),
        env: { HOME: home, PATH: process.env["PATH"] },
        audit: false,
        log: (message) => said.push(message),
      }).result;
      expect(error).toBeUndefined();
      expect(said.filter((message) => message.includes(image)).join("\n")).toMatch(/Downloaded newer image|Pulling/);
    } finally {
      docker("rmi", image);
      registry.close();
      await rm(home, { recursive: true });
    }
  });
});

function docker(...args: readonly string[]): boolean {
  try {
    execFileSync("docker", args, { stdio: "ignore", timeout: 60_000 });
    return true;
  } catch {
    return false;
  }
}

interface Registry {
  readonly port: number;
  readonly requests: number;
  close(): void;
}

/** A registry with one image: the busybox of the other tests, as one layer. */
async function openRegistry(): Promise<Registry> {
  const id = execFileSync("docker", ["create", IMAGE], { encoding: "utf8" }).trim();
  const tar = execFileSync("docker", ["export", id], { maxBuffer: 64 * 1024 * 1024 });
  docker("rm", id);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: { Env: ["PATH=/bin"] },
      rootfs: { type: "layers", diff_ids: [digest(tar)] },
    }),
  );
  const part = (mediaType: string, bytes: Buffer) => ({ mediaType, size: bytes.length, digest: digest(bytes) });
  const manifestType = "application/vnd.docker.distribution.manifest.v2+json";
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: part("application/vnd.docker.container.image.v1+json", config),
      layers: [part("application/vnd.docker.image.rootfs.diff.tar.gzip", layer)],
    }),
  );
  const blobs = new Map([config, layer, manifest].map((bytes) => [digest(bytes), bytes]));
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const url = request.url ?? "";
    if (url === "/v2/") return void response.end("{}");
    const [, kind, reference = ""] = /^\/v2\/harness\/pulled\/(manifests|blobs)\/(.+)$/.exec(url) ?? [];
    const bytes = kind === "manifests" && reference === "1" ? manifest : blobs.get(reference);
    if (bytes === undefined) return void response.writeHead(404).end("{}");
    response.writeHead(200, {
      "content-type": kind === "manifests" ? manifestType : "application/octet-stream",
      "content-length": bytes.length,
      "docker-content-digest": digest(bytes),
    });
    response.end(request.method === "HEAD" ? undefined : bytes);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get requests() {
      return requests;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function digest(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
