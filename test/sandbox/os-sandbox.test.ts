import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createSandbox, type SandboxOptions } from "../../src/sandbox/index.ts";
import { runsSources } from "../runs-sources.ts";
import { expectNoStartFiles, sandboxConformance } from "./conformance.ts";

const isThere = existsSync("/usr/bin/bwrap") && existsSync("/usr/bin/socat");
const isSkipped = !isThere && process.env["HARNESS_REQUIRE_SERVICES"] !== "1";

// Of the folder for temporary files a sandbox sees nothing; a checkout may be there, and the Node of its tests with it.
const readPaths = [dirname(process.execPath)];

describe.skipIf(isSkipped)("os (skipped without bubblewrap and socat)", () => {
  let cwd = "";
  let server: Server;
  let port = 0;
  const open = (options: Partial<SandboxOptions> = {}) => createSandbox({ mode: "os", cwd, ...options });

  beforeAll(async () => {
    cwd = await realpath(await mkdtemp(join(tmpdir(), "harness-os-test-")));
    server = createServer((_request, response) => response.end("reached"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(cwd, { recursive: true, force: true });
  });

  sandboxConformance("os", (options) => createSandbox({ ...options, mode: "os" }));
  sandboxConformance("os with limits", (options) =>
    createSandbox({ ...options, mode: "os", limits: { memoryMb: 1024, cpuSeconds: 30, openFiles: 512 } }),
  );

  it("says what it applies, and applies it", async () => {
    await using sandbox = await open();
    expect(sandbox.isolation).toMatchObject({
      mode: "os",
      filesystem: "confined",
      network: "none",
      environment: "scrubbed",
      runtime: "bubblewrap",
      protections: expect.arrayContaining(["read-allow-list", "seccomp", "no-new-privileges"]),
    });
    const { stdout } = await sandbox.exec("cat /proc/self/status");
    expect(stdout).toMatch(/NoNewPrivs:\t1/);
    expect(stdout).toMatch(/Seccomp:\t2/);
  });

  it("commands with input, and shells that they start, read nobody's .bashrc", () =>
    expectNoStartFiles((hostEnv) => open({ hostEnv })));

  it("closes start files of shells that are not there where the workspace is the home directory", async () => {
    const home = await realpath(await mkdtemp(join(tmpdir(), "harness-os-home-")));
    await using sandbox = await open({ cwd: home, hostEnv: { ...process.env, HOME: home } });
    await sandbox.exec(
      "echo x > .bashrc; echo x > .profile; mkdir -p .ssh; echo x > .ssh/authorized_keys; echo x > fine",
    );
    const made = [".bashrc", ".profile", ".ssh/authorized_keys"].filter((name) => existsSync(join(home, name)));
    expect(made).toEqual([]);
    expect(await readdir(home)).toContain("fine");
    await sandbox[Symbol.asyncDispose]();
    expect(await readdir(home)).toEqual(["fine"]);
    await rm(home, { recursive: true });
  });

  it("reads what is listed, and nothing of the home directory", async () => {
    await using sandbox = await open();
    const secret = await realpath(await mkdtemp(join(homedir(), ".harness-os-home-")));
    try {
      await writeFile(join(secret, "key"), "private");
      expect((await sandbox.exec(`cat ${secret}/key`)).stdout).toBe("");
      await using reading = await open({ readPaths: [secret] });
      expect((await reading.exec(`cat ${secret}/key; echo x > ${secret}/key`)).stdout).toBe("private");
      expect((await sandbox.exec("cat /etc/shadow")).stdout).toBe("");
    } finally {
      await rm(secret, { recursive: true });
    }
  });

  it("writes more directories when they are declared, and gives a temporary folder of its own", async () => {
    const more = await realpath(await mkdtemp(join(tmpdir(), "harness-more-")));
    await using sandbox = await open({ directories: [more] });
    expect((await sandbox.exec(`echo x > ${more}/made; echo y > "$TMPDIR/y"; cat "$TMPDIR/y"`)).stdout).toBe("y\n");
    expect(await readdir(more)).toContain("made");
    await rm(more, { recursive: true });
  });

  it("reaches listed hosts only; two sandboxes of one program each have their own list", async () => {
    const get = (host: string): readonly string[] => {
      const program = `
        const { hostname, port, username, password } = new URL(process.env.http_proxy);
        const headers = { host: "${host}", "proxy-authorization": "Basic " + btoa(decodeURIComponent(username + ":" + password)) };
        const request = require("http").get({ host: hostname, port, path: "http://${host}/", headers }, (answer) => {
          answer.on("data", (data) => console.log(answer.statusCode, data.toString()));
        });
        request.on("error", (error) => console.log(error.message));`;
      return [process.execPath, "-e", program];
    };
    await using listed = await open({ readPaths, allowedDomains: ["127.0.0.1"] });
    await using other = await open({ readPaths, allowedDomains: ["example.com"] });
    await using closed = await open({ readPaths, allowedDomains: ["127.0.0.1"], networkAccess: false });
    expect([listed, other, closed].map(({ isolation }) => isolation.network)).toEqual(["filtered", "filtered", "none"]);
    const results = await Promise.all([listed, other, closed].map((place) => place.exec(get(`127.0.0.1:${port}`))));
    expect(
      results.map(({ output }) => output.includes("reached")),
      results[0]?.output,
    ).toEqual([true, false, false]);
    expect(results[1]?.stdout).toMatch(/^403/);
    expect((await listed.exec(get("169.254.169.254"))).stdout).toMatch(/^403/);
  });

  it("refuses a network that is open to all", async () => {
    await expect(open({ networkAccess: true })).rejects.toMatchObject({
      code: "sandbox_unavailable",
      message: expect.stringContaining("allowedDomains"),
    });
  });

  it.skipIf(!runsSources)("refuses a program that uses the runtime by itself (skipped on Node 22: no `using`)", () => {
    const program = `
      import { SandboxManager } from "@anthropic-ai/sandbox-runtime";
      const { createSandbox } = await import(${JSON.stringify(new URL("../../src/sandbox/index.ts", import.meta.url).href)});
      await SandboxManager.initialize({ network: { allowedDomains: ["example.com"], deniedDomains: [] },
        filesystem: { denyRead: [], allowWrite: ["/"], denyWrite: [] } });
      await createSandbox({ mode: "os", cwd: ${JSON.stringify(cwd)} }).catch((error) => console.log(error.code, error.message));
      await SandboxManager.reset();`;
    const answer = execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
    expect(answer).toMatch(/^sandbox_unavailable This program has started/);
  });

  it("protects what is there, deep down too, and leaves no trace of what is not", async () => {
    await mkdir(join(cwd, "sub", ".git", "hooks"), { recursive: true });
    await mkdir(join(cwd, "sub", ".vscode"), { recursive: true });
    await writeFile(join(cwd, "sub", ".git", "HEAD"), "x");
    await using sandbox = await open();
    await sandbox.exec("echo x > sub/.git/hooks/h; echo x > sub/.vscode/tasks.json; echo x > .envrc; echo x > free");
    expect(existsSync(join(cwd, "sub", ".git", "hooks", "h"))).toBe(false);
    expect(existsSync(join(cwd, "sub", ".vscode", "tasks.json"))).toBe(false);
    expect(existsSync(join(cwd, ".envrc"))).toBe(false);
    await sandbox[Symbol.asyncDispose]();
    expect((await readdir(cwd)).filter((name) => name.startsWith("."))).toEqual([]);
    expect(existsSync(join(cwd, "free"))).toBe(true);
  });

  it.skipIf(!runsSources)(
    "finds its programs where the first look at each takes too long (not on Node 22)",
    async () => {
      const looks = await mkdtemp(join(tmpdir(), "harness-looks-"));
      const which = `#!/bin/sh\nseen=${looks}/$(basename "$1").seen; [ -e "$seen" ] || { : > "$seen"; exec sleep 3; }; exec /usr/bin/which "$@"\n`;
      await writeFile(join(looks, "which"), which, { mode: 0o755 });
      const program = `
      const { createSandbox } = await import(${JSON.stringify(new URL("../../src/sandbox/index.ts", import.meta.url).href)});
      await using sandbox = await createSandbox({ mode: "os", cwd: ${JSON.stringify(cwd)} });
      console.log((await sandbox.exec("echo found")).output);`;
      const answer = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
        encoding: "utf8",
        env: { ...process.env, PATH: `${looks}:${process.env["PATH"] ?? ""}` },
      });
      expect(answer).toBe("found\n\n");
      expect(await readdir(looks)).toEqual(expect.arrayContaining(["bash.seen", "bwrap.seen"]));
      await rm(looks, { recursive: true });
    },
  );

  it("lets git commit, and Node run", async () => {
    await using sandbox = await open({ readPaths });
    const commit =
      "mkdir repo && cd repo && git init -q && echo 1 > a && git add a && git -c user.name=a -c user.email=a@b commit -qm x && git log --oneline | wc -l";
    const { stdout, stderr } = await sandbox.exec(commit, { env: { HOME: cwd } });
    expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: "1", stderr: "" });
    const node = await sandbox.exec([process.execPath, "-e", "console.log(1 + 1)"]);
    expect(node.stdout, node.stderr).toBe("2\n");
  });
});
