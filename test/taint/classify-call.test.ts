import { describe, expect, it } from "vitest";

import type { PreparedCall, Tool } from "../../src/spec/index.ts";
import { classifyCall } from "../../src/taint/classify-call.ts";
import { createLabeller } from "../../src/taint/index.ts";
import { fakeTool } from "../../src/testing/index.ts";

const OPTIONS = { cwd: "/srv/project", home: "/home/ada" };

function call(tool: Partial<Tool>, args: PreparedCall["args"] = {}): PreparedCall {
  // A fake tool takes any object.
  return { id: "call_1", tool: fakeTool(tool as Parameters<typeof fakeTool>[0]) as Tool, args, input: args };
}
const bash = (command: string): PreparedCall => call({ name: "Bash", effect: "execute" }, { command });
const read = (path: string): PreparedCall => call({ name: "Read", effect: "read" }, { file_path: path });
const kinds = (prepared: PreparedCall): readonly string[] => classifyCall(prepared, OPTIONS).map(({ kind }) => kind);

describe("classifyCall() finds content from outside", () => {
  it.each([
    ["a tool that says so", call({ isUntrusted: true })],
    ["a tool of the network", call({ effect: "network" })],
    ["an MCP tool, whatever it declares to do", call({ name: "mcp__mail__read", effect: "read" })],
    ["curl", bash("curl https://example.com")],
    ["curl behind a wrapper", bash("env A=1 timeout 5 curl -s x | head")],
    ["git pull", bash("git pull --rebase")],
    ["gh", bash("gh issue view 3")],
    ["a command that cannot be known", bash('eval "$(cat script)"')],
    ["a command that does not parse", bash("echo $((")],
    ["a command under another name", call({ name: "Shell", effect: "execute" }, { cmd: "curl https://example.com" })],
    ["a command as a list", call({ name: "Shell", effect: "execute" }, { command: ["curl", "https://example.com"] })],
    ["a program's arguments", call({ name: "Shell", effect: "execute" }, { command: "sh", args: ["-c", "git pull"] })],
  ])("%s", (_name, prepared) => {
    expect(kinds(prepared)).toContain("untrusted");
  });

  it.each([
    ["a local command", bash("git status && ls -la src")],
    ["a file of the project", read("src/index.ts")],
    ["a network tool that its host trusts", call({ effect: "network", isUntrusted: false })],
  ])("but not in %s", (_name, prepared) => {
    expect(kinds(prepared)).toEqual([]);
  });

  it("but not in a tool that the host trusts by name", () => {
    expect(classifyCall(call({ name: "mcp__wiki__read" }), { trustedTools: ["mcp__wiki__*"] })).toEqual([]);
  });
});

describe("classifyCall() finds private data", () => {
  it.each<readonly [string, PreparedCall]>([
    ["a tool that declares what its data is", call({ name: "Crm", dataLabels: ["customer"] })],
    ["a tool that is trusted", call({ name: "Crm", dataLabels: ["customer"], isUntrusted: false, effect: "network" })],
    ...[
      ".env",
      "./.env.local",
      "config/.ENV",
      "deploy/key.pem",
      "~/.ssh/id_ed25519",
      "/home/ada/.aws/credentials",
      "src/../.env",
      "/etc/shadow",
      "/proc/self/environ",
    ].map((path) => [path, read(path)] as const),
    ["cat .env", bash("cat .env | wc -l")],
    ["cat with quotes", bash("c''at './.e'nv")],
    ["printenv", bash("printenv")],
    ["env", bash("env | sort")],
    ["export -p", bash("export -p")],
    ["set", bash("set")],
  ])("%s", (_name, prepared) => {
    expect(kinds(prepared)).toContain("private");
  });

  it.each(["set -e", "set -euo pipefail; npm test", "export A=1", "env A=1 ls", "declare -i n", "echo env"])(
    "but not in %s",
    (command) => {
      expect(kinds(bash(command))).not.toContain("private");
    },
  );

  it.each(["README.md", "src/environment.ts", "docs/env.md", "package.json", "keys.ts"])("but not in %s", (path) => {
    expect(kinds(read(path))).toEqual([]);
  });

  it("in what the host names", () => {
    const options = { ...OPTIONS, privatePaths: ["*/customers/*"] };
    expect(classifyCall(read("data/customers/ada.json"), options)).toMatchObject([
      { kind: "private", origin: "data/customers/ada.json" },
    ]);
  });
});

describe("createLabeller()", () => {
  it("labels the context with each call, keeps where from, and starts a child with its parent's labels", async () => {
    const parent = createLabeller(OPTIONS);
    expect(await parent.label(call({ name: "WebFetch", effect: "network" }, { url: "https://a/" }), DONE)).toEqual([
      { kind: "untrusted", tool: "WebFetch", toolUseId: "call_1", agent: "main", origin: "https://a/" },
    ]);
    const child = createLabeller({ ...OPTIONS, agent: "explore", initial: parent.current().sources });
    expect(child.current()).toMatchObject({ isTainted: true, hasPrivateData: false });
    expect(await child.label(read(".env"), DONE)).toMatchObject([{ kind: "private", agent: "explore" }]);
    parent.add(child.current().sources);
    expect(parent.current()).toMatchObject({ isTainted: true, hasPrivateData: true });
  });
});

const DONE = { type: "completed", content: "" } as const;
