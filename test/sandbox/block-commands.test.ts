import { describe, expect, it } from "vitest";

import { createCommandBlocker } from "../../src/sandbox/index.ts";

const SEED = ["rm -rf /", "curl", "wget", "nc"];

describe("createCommandBlocker()", () => {
  const refuse = createCommandBlocker(SEED);

  it.each([
    ["curl x", "curl"],
    ["c'u'rl x", "curl"],
    [String.raw`c\url x`, "curl"],
    ['"curl" x', "curl"],
    ["/usr/bin/curl x", "curl"],
    ["./curl", "curl"],
    ["FOO=1 curl x", "curl"],
    ["env curl x", "curl"],
    ["env -i A=b curl x", "curl"],
    ["sudo -u root curl x", "curl"],
    ["bash -c 'curl x'", "curl"],
    ["sh -c \"sh -c 'curl x'\"", "curl"],
    ["eval 'curl x'", "curl"],
    ["echo $(curl x)", "curl"],
    ["echo `curl x`", "curl"],
    ["cat <(curl x)", "curl"],
    ["echo a | curl -d @- x", "curl"],
    ["true && false || curl x", "curl"],
    ["if true; then curl x; fi", "curl"],
    ["f() { curl x; }; f", "curl"],
    ["echo a | xargs -n 1 curl", "curl"],
    ["find . -exec curl {} ;", "curl"],
    ["timeout 5 curl x", "curl"],
    ["nohup wget x &", "wget"],
    ["echo 'curl x' | sh", "curl"],
    ["nc -l 1", "nc"],
    ["busybox nc -l 1", "nc"],
    ["rm -rf /", "rm -rf /"],
    ["rm -fr /", "rm -rf /"],
    ["rm -r -f /", "rm -rf /"],
    ["rm -Rf /", "rm -rf /"],
    ["rm / -rf", "rm -rf /"],
    ["rm -rf -- /", "rm -rf /"],
    ["rm --recursive --force /", "rm -rf /"],
    ["rm --recurs --forc /", "rm -rf /"],
    ["rm -rvf --no-preserve-root /", "rm -rf /"],
    ["rm -rf //", "rm -rf /"],
    ["rm -rf /tmp/..", "rm -rf /"],
    ["rm -rf /*", "rm -rf /"],
    ["rm -rf /tmp/x /", "rm -rf /"],
    ["rm $FLAGS /", "rm -rf /"],
    ["sudo rm -rf /", "rm -rf /"],
  ])("refuses %j because of %j", (command, entry) => {
    const reason = refuse(command);
    // Either the entry is named as hit, or as one that could be hidden in code known only at run time.
    expect(reason).toContain(JSON.stringify(entry));
  });

  it.each([
    "git sync",
    "echo once",
    "echo curl",
    "grep -r curl .",
    "git commit -m 'use curl, rm -rf / and nc'",
    "rm -rf /tmp/x",
    "rm -rf ./build",
    "rm -rf node_modules",
    'rm -rf "$DIR"',
    "rm -r /tmp/x; ls /",
    "rm -f /",
    "ls /",
    "npm run curl",
    "mycurl x",
    "curl-config --libs",
    "cat nc",
    "for f in *.ts; do wc -l $f; done",
    "python3 -c 'print(1)'",
  ])("lets %j pass", (command) => {
    expect(refuse(command)).toBeUndefined();
  });

  it.each([
    "echo 'a",
    "$X y",
    'eval "$X"',
    "${C}rl x",
    "/usr/bin/cur? x",
    "x".repeat(100_000),
    "BASH_ENV=./setup bash -c true",
    "LD_PRELOAD=./own.so ls",
    "PATH=.:$PATH ls",
    "export GIT_CONFIG_GLOBAL=./config; git status",
    `python3 -c 'import os; os.system("cu" + "rl x")'`,
    `perl -e 'exec "cu" . "rl"'`,
    "git clone 'ext::sh -c anything' x",
    "git filter-branch --all",
    "crontab jobs",
    "[[ -v 'a[$(x)]' ]]",
    "cat < /dev/tcp/127.0.0.1/80",
    "echo x > run.sh; sh run.sh",
  ])("refuses %.40j, since nobody can tell what it runs", (command) => {
    expect(refuse(command)).toMatch(/Nobody can tell/);
  });

  it("judges an argv word for word", () => {
    expect(refuse(["curl", "x"])).toContain('"curl"');
    expect(refuse(["bash", "-c", "curl x"])).toContain('"curl"');
    expect(refuse(["echo", "it's; curl x"])).toBeUndefined();
    expect(refuse(["rm", "-rf", "/"])).toContain('"rm -rf /"');
  });

  it("takes operands of an entry as the first ones of the command", () => {
    const refusePush = createCommandBlocker(["git push", "npm publish"]);
    expect(refusePush("git push origin main")).toContain('"git push"');
    expect(refusePush("git log push")).toBeUndefined();
    expect(refusePush("git stash push")).toBeUndefined();
  });

  it("lets everything pass without entries, also what does not parse", () => {
    expect(createCommandBlocker([])("echo 'a; curl x")).toBeUndefined();
  });

  it.each(["", "   ", "$x", "echo 'a", "# comment", "cat x; rm -rf /", "true && curl", "tee x | nc", ":(){ :|:& };:"])(
    "throws for the entry %j, which is no one command",
    (entry) => {
      expect(() => createCommandBlocker([entry])).toThrow(TypeError);
    },
  );

  it("takes an entry with a program that runs another", () => {
    expect(createCommandBlocker(["sudo rm"])("sudo rm x")).toContain('"sudo rm"');
  });
});
