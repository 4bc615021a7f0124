import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

import * as own from "../../src/errors/index.ts";

const source = fileURLToPath(new URL("../../src/errors", import.meta.url));

/** Another copy of the package, as when two versions are installed: the same files in another folder. */
async function importCopy(folder: string): Promise<typeof own> {
  await cp(source, folder, { recursive: true });
  const files = ["harness-error", "provider-error", "source-error", "module-errors"];
  const load = (file: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, `${file}.ts`)).href);
  const copies: unknown[] = await Promise.all(files.map(load));
  return Object.assign({}, ...copies) as typeof own;
}

const { AuditChainError, BudgetExhaustedError, ConfigError, HarnessError, PolicyError, ProviderError } = own;
const { ResumeMismatchError, SandboxError, describeError, importPeer, nearestName, suggestName } = own;

describe("isInstance()", () => {
  it.each([undefined, null, 1, "x", {}, { code: "provider_error" }, new Error("x"), () => {}])(
    "refuses %s",
    (value) => {
      for (const type of [HarnessError, ProviderError, ConfigError, PolicyError, SandboxError, BudgetExhaustedError]) {
        expect(type.isInstance(value)).toBe(false);
      }
    },
  );

  it("knows the errors of another copy of the package, each by its kind only", async () => {
    await using folder = await openFolder();
    const copy = await importCopy(folder.path);
    const error = new copy.ProviderError("busy", { provider: "p", isRetryable: true });
    expect(error).not.toBeInstanceOf(HarnessError);
    expect(error).not.toBeInstanceOf(ProviderError);
    expect(HarnessError.isInstance(error)).toBe(true);
    expect(ProviderError.isInstance(error)).toBe(true);
    for (const other of [ConfigError, PolicyError, SandboxError, BudgetExhaustedError, AuditChainError]) {
      expect(other.isInstance(error)).toBe(false);
    }
    expect(ConfigError.isInstance(new copy.ConfigError("x"))).toBe(true);
    expect(copy.SandboxError.isInstance(new SandboxError("x"))).toBe(true);
  });

  it.each([
    [new AuditChainError("x"), AuditChainError, "audit_chain_broken"],
    [new ResumeMismatchError("x"), ResumeMismatchError, "resume_mismatch"],
    [new SandboxError("x"), SandboxError, "sandbox_failed"],
    [new SandboxError("x", { code: "command_blocked" }), SandboxError, "command_blocked"],
    [new SandboxError("x", { code: "sandbox_unavailable" }), SandboxError, "sandbox_unavailable"],
    [new ConfigError("x"), ConfigError, "config_invalid"],
    [new PolicyError("x"), PolicyError, "policy_invalid"],
  ])("%s", (error, type, code) => {
    expect(type.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ name: type.name, code, message: "x" });
    expect(error).toBeInstanceOf(Error);
  });
});

describe("errors", () => {
  it("keep their cause as it came, and have none where none was", () => {
    for (const cause of [new Error("below"), "text", null]) {
      expect(new HarnessError("x", { code: "internal", cause }).cause).toBe(cause);
    }
    expect(new HarnessError("x", { code: "internal" })).not.toHaveProperty("cause");
  });

  it("ConfigError puts the place in front of the message", () => {
    const place = { file: "/a.toml", line: 3, column: 7 };
    expect(new ConfigError("bad", place)).toMatchObject({ message: "/a.toml:3:7: bad", ...place });
    expect(new PolicyError("bad", { file: "/a.yml", line: 3 }).message).toBe("/a.yml:3: bad");
    expect(new PolicyError("bad", { file: "/a.yml", column: 3 }).message).toBe("/a.yml: bad");
    expect(new ConfigError("bad", { line: 3 }).message).toBe("bad");
  });

  it("do not show the mark of the package when they are listed", () => {
    expect(Object.keys(new ProviderError("x", { provider: "p", isRetryable: false })).toSorted()).toEqual(
      ["code", "isRetryable", "name", "provider", "retryAfterMs", "status"].toSorted(),
    );
  });
});

describe("describeError()", () => {
  const hostile = (): unknown => {
    const error = new Error("x");
    Object.defineProperty(error, "message", {
      get() {
        throw new Error("gotcha");
      },
    });
    return error;
  };
  it.each([
    [hostile(), "Unknown error"],
    [Object.create(null), "Unknown error"],
    ["", "Unknown error"],
    [new Error(""), "Error"],
    [new TypeError(""), "TypeError"],
    [Object.assign(new Error("x"), { message: { deep: 1 } }), "Error"],
    [new Error("broken"), "broken"],
    [{ message: "no Error at all" }, "no Error at all"],
    ["text", "text"],
    [undefined, "undefined"],
    [null, "null"],
    [Symbol("s"), "Symbol(s)"],
  ])("%#: gives %j a text", (error, expected) => {
    expect(describeError(error)).toBe(expected);
  });
});

describe("nearestName()", () => {
  it.each([
    ["permision", "permissions"],
    ["PERMISSIONS", "permissions"],
    ["max_turn", "max_turns"],
    ["maxTurns", "max_turns"],
    ["sandbxo", "sandbox"],
  ])("%s means %s", (name, expected) => {
    expect(nearestName(name, ["permissions", "max_turns", "sandbox"])).toBe(expected);
    expect(suggestName(name, ["permissions", "max_turns", "sandbox"])).toBe(` Did you mean "${expected}"?`);
  });

  it.each(["", "telemetry", "x".repeat(101), "__proto__"])("%s is near nothing", (name) => {
    expect(nearestName(name, ["permissions", "max_turns", "sandbox"])).toBeUndefined();
    expect(suggestName(name, ["permissions", "max_turns", "sandbox"])).toBe("");
    expect(nearestName(name, [])).toBeUndefined();
  });

  it("knows a name by its beginning or end, and takes no other word of three letters for it", () => {
    const options = ["dir", "sync", "scanPii", "piiAction"];
    expect(nearestName("pii", options)).toBe("piiAction");
    expect(nearestName("action", options)).toBe("piiAction");
    expect(nearestName("scan", options)).toBe("scanPii");
    expect(nearestName("di", options)).toBe("dir");
    expect(nearestName("log", options)).toBeUndefined();
  });
});

describe("importPeer()", () => {
  it("names a package that is not installed and the command that installs it", async () => {
    const name = "harness-no-such-package";
    const loading = importPeer(name, () => import(name));
    await expect(loading).rejects.toMatchObject({ code: "package_missing" });
    await expect(loading).rejects.toThrow(`npm install ${name}`);
  });

  it("does not tell to install a package that is there and breaks, or misses another one", async () => {
    await using folder = await openFolder();
    const load = async (name: string, source: string): Promise<unknown> => {
      const file = join(folder.path, "node_modules", name, "index.mjs");
      await mkdir(join(folder.path, "node_modules", name), { recursive: true });
      await writeFile(file, source);
      return await importPeer(name, () => import(/* @vite-ignore */ pathToFileURL(file).href)).catch(
        (error: unknown) => error,
      );
    };
    const broken = await load("peer-broken", "throw new Error('wrong Node')");
    expect(broken).toMatchObject({ code: "package_missing", cause: new Error("wrong Node") });
    expect(String(broken)).toMatch(/"peer-broken" could not be loaded: wrong Node/);
    const hollow = await load("peer-hollow", "import 'harness-no-such-dependency'");
    expect(String(hollow)).toMatch(/"peer-hollow" could not be loaded: .*harness-no-such-dependency/);
  });

  it("gives the module", async () => {
    expect(await importPeer("node:path", () => import("node:path"))).toHaveProperty("join");
  });
});

async function openFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "harness-errors-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
