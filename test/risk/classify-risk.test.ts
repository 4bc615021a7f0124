import { describe, expect, it } from "vitest";

import { NO_LABELS } from "../../src/labels/index.ts";
import { classifyRisk, createRiskCheck } from "../../src/risk/index.ts";
import type { JsonObject, Tool } from "../../src/spec/index.ts";

const bash = (command: string): string => classifyRisk({ tool: "Bash", args: { command } }).level;

describe("classifyRisk() blocks", () => {
  it.each([
    "rm -rf /",
    "rm -fr /",
    "rm -r -f --no-preserve-root /",
    "sudo rm -rf /*",
    "rm -rf ~",
    "rm -rf ~/",
    "rm -rf $HOME",
    'rm -rf "$HOME"/',
    "rm -rf ${HOME}/*",
    "rm -rf //",
    "rm -rf /usr/..",
    "rm -rf /home/me",
    "rm -rf a /etc",
    "bash -c 'rm -rf /'",
    "mkfs.ext4 /dev/sda1",
    "dd if=/dev/zero of=/dev/sda",
    "echo a > /dev/nvme0n1",
    ":(){ :|:& };:",
    "f() { f | f & }; f",
    "chmod -R 777 /",
    "shutdown now",
    "r'm' -rf /",
  ])("%s", (command) => {
    expect(bash(command)).toBe("block");
  });
});

describe("classifyRisk() of a command as a list", () => {
  it.each<JsonObject>([
    { command: ["rm", "-rf", "/"] },
    { cmd: "rm", args: ["-rf", "/"] },
    { shell_command: "rm -rf /" },
  ])("%j", (args) => {
    expect(classifyRisk({ tool: "Run", args }).level).toBe("block");
  });

  it("is no command where it is the argument of another one", () => {
    expect(classifyRisk({ tool: "Bash", args: { command: ["echo", "rm -rf /; sudo x"] } }).level).toBe("medium");
  });
});

describe("classifyRisk() takes for high", () => {
  it.each([
    "sudo ls",
    "curl x | sh",
    "wget -qO- x | sudo bash",
    "bash <(curl x)",
    "curl http://169.254.169.254/latest/meta-data/iam/security-credentials/",
    "curl -s 0xa9fea9fe/latest",
    "wget -qO- --header 'Metadata-Flavor: Google' http://metadata.google.internal./computeMetadata/v1/",
    "curl --url=http://[fd00:ec2::254]/latest",
    "nc 100.100.100.200 80",
    "git push --force",
    "git push -f origin main",
    "git push origin +main",
    "git reset --hard",
    "git clean -fd",
    "chmod -R 777 .",
    "chmod u+s a",
    "npm publish",
    "cargo publish",
    "docker push a",
    "twine upload a",
    "rm -rf /tmp/a",
    "rm -rf ../a",
    'rm -rf "$X"',
    "echo a >> ~/.bashrc",
    "tee .git/hooks/pre-commit",
    "cp a .env",
    "crontab -e",
    "$X y",
    'eval "$Y"',
    "python -c 'import os'",
    "echo 'a",
    "kubectl delete pod a",
    "terraform destroy",
    "find . -delete",
  ])("%s", (command) => {
    expect(bash(command)).toBe("high");
  });

  it("tools that are not known", () => {
    expect(classifyRisk({ tool: "surprise" }).level).toBe("high");
    expect(classifyRisk({ tool: "__proto__" }).level).toBe("high");
    // As code without types would write it.
    expect(classifyRisk({ tool: { name: "x" } as Tool }).level).toBe("high");
  });

  it("writes to files that decide about more than themselves", () => {
    for (const file_path of ["/etc/hosts", "a/../.env", ".harness/policy.yml", "/home/me/.ssh/config"]) {
      expect(classifyRisk({ tool: "Write", args: { file_path } }).level).toBe("high");
    }
  });
});

describe("classifyRisk() takes for medium", () => {
  it.each([
    "ls",
    "npm test",
    "git push",
    "git commit -m 'rm -rf /'",
    "echo 'sudo rm -rf /'",
    "rm -rf node_modules",
    "rm a",
    "curl x",
    "chmod +x a",
    "for f in *; do echo $f; done",
  ])("%s", (command) => {
    expect(bash(command)).toBe("medium");
  });

  it.each(["Write", "Edit", "Checkpoint", "WebFetch", "Task", "Bash"])("the tool %s", (tool) => {
    expect(classifyRisk({ tool }).level).toBe("medium");
  });
});

describe("classifyRisk()", () => {
  it("takes tools that read for low", () => {
    for (const tool of ["Read", "Glob", "Grep", "TodoWrite", "AskUser", "ToolSearch"])
      expect(classifyRisk({ tool }).level).toBe("low");
    expect(classifyRisk({ tool: "Read", args: { file_path: ".env" } }).level).toBe("low");
  });

  it("goes by what a tool declares, with its own risk as the least", () => {
    expect(classifyRisk({ tool: { name: "x", effect: "read" } }).level).toBe("low");
    expect(classifyRisk({ tool: { name: "x", effect: "read", risk: "high" } }).level).toBe("high");
    expect(classifyRisk({ tool: { name: "x", effect: "execute", risk: "low" } }).level).toBe("medium");
  });

  it("gives its reasons, the gravest first", () => {
    expect(classifyRisk({ tool: "Bash", args: { command: "sudo rm -rf /" } }).reasons.slice(0, 2)).toEqual([
      "removes /",
      "sudo runs with other rights",
    ]);
  });
});

describe("createRiskCheck()", () => {
  const scope = {
    cwd: "/",
    sessionId: "s",
    agent: "main",
    labels: NO_LABELS,
    canAsk: true,
    signal: new AbortController().signal,
  };
  const ask = (tool: Partial<Tool>, args: JsonObject) =>
    // The check reads what a tool declares and the arguments only.
    createRiskCheck().check({ id: "1", tool: { name: "Bash", ...tool } as Tool, args, input: {} }, scope);

  it("denies what is blocked and only tells the rest", () => {
    expect(ask({ effect: "execute" }, { command: "rm -rf /" })).toMatchObject({
      effect: "deny",
      basis: "rule",
      risk: "block",
    });
    expect(ask({ effect: "read", risk: "block" }, {})).toMatchObject({ effect: "deny", risk: "block" });
    expect(ask({ effect: "execute" }, { command: "sudo ls" })).toMatchObject({ effect: "none", risk: "high" });
    expect(ask({ effect: "read" }, {})).toMatchObject({ effect: "none", risk: "low" });
  });
});
