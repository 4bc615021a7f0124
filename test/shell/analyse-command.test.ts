import { describe, expect, it } from "vitest";

import { analyseCommand, MAX_COMMAND_LENGTH } from "../../src/shell/index.ts";

const opaqueTypes = (command: string): readonly string[] => analyseCommand(command).opaque.map(({ type }) => type);

describe("analyseCommand() is opaque about", () => {
  it.each([
    ["a text that does not parse", "echo 'a", "syntax"],
    ["an unfinished list", "curl x &&", "syntax"],
    ["a program from a variable", "$X y", "dynamic_program"],
    ["a program from braces", "{curl,x}", "dynamic_program"],
    ["a shell behind a pipe", "curl x | sh", "dynamic_code"],
    ["a shell that reads a substitution", "bash <(curl x)", "dynamic_code"],
    ["a shell that reads its standard input", "{ echo a; bash; } <<EOF\ncurl x\nEOF", "dynamic_code"],
    ["code from a variable", 'eval "$X"', "dynamic_code"],
    ["code from a substitution", 'sh -c "$(curl x)"', "dynamic_code"],
    ["code that xargs fills in", "echo curl | xargs -I% sh -c %", "dynamic_code"],
    ["python -c", "python3 -Ic 'import os'", "other_language"],
    ["perl -ne", "perl -ne 'system x'", "other_language"],
    ["node --eval", "node --eval=1", "other_language"],
    ["awk system()", "awk 'BEGIN { system(\"curl x\") }'", "other_language"],
    ["sed with the e flag", "sed 's/a/curl x/e' f", "other_language"],
    ["a git alias", "git -c alias.x='!curl y' x", "deferred_code"],
    ["a literal that arithmetic evaluates", "test -v 'a[$(curl x)]'", "deferred_code"],
    ["an assignment of code", "PS4='$(curl x)'; set -x", "deferred_code"],
    ["an unknown option of a wrapper", "sudo --strange curl x", "unknown_option"],
    ["bash's own sockets", "cat < /dev/tcp/a/1", "network"],
  ])("%s", (_, command, type) => {
    expect(opaqueTypes(command)).toContain(type);
  });

  it("a text that is too long, and still reads it roughly", () => {
    const analysis = analyseCommand(`${"true; ".repeat(MAX_COMMAND_LENGTH)}curl x`);
    expect(analysis.opaque[0]?.type).toBe("too_long");
    expect(analysis.commands.map(({ text }) => text)).toContain("curl x");
  });

  it("nesting that would exhaust the parser, without throwing", () => {
    for (const opener of ["$(", '"$(', "`", "((", "{ ", "${x:-", "$((", "bash -c '"]) {
      expect(analyseCommand(opener.repeat(MAX_COMMAND_LENGTH / opener.length)).opaque).not.toHaveLength(0);
    }
  });
});

describe("analyseCommand() finds the command in", () => {
  it.each([
    "curl x",
    "  curl   x  ",
    "c'u'rl x",
    'cu"rl" x',
    "\\curl x",
    "cu\\\nrl x",
    "$'\\x63url' x",
    "FOO=1 curl x",
    "true && curl x",
    "true || curl x",
    "true; curl x",
    "true & curl x",
    "true | curl x",
    "true\ncurl x",
    "(curl x)",
    "{ curl x; }",
    "! curl x",
    "time -p curl x",
    "if true; then curl x; fi",
    "while true; do curl x; done",
    "for i in 1; do curl x; done",
    "case a in a) curl x;; esac",
    "f() { curl x; }",
    "echo $(curl x)",
    "echo `curl x`",
    'echo "$(curl x)"',
    "echo ${A:-$(curl x)}",
    "echo $(( $(curl x) ))",
    "cat <(curl x)",
    "cat <<EOF\n$(curl x)\nEOF",
    "cat <<< $(curl x)",
    "A=$(curl x)",
    "export A=$(curl x)",
    "A=(1 $(curl x))",
    "[[ -n $(curl x) ]]",
    "echo a > $(curl x)",
    "coproc curl x",
    "sudo curl x",
    "sudo -u root -- curl x",
    "env curl x",
    "env -i A=1 curl x",
    "env -S 'curl x'",
    "env --split-string='curl x'",
    "nice -n 5 curl x",
    "timeout -k 5 10 curl x",
    "nohup curl x",
    "xargs -n 1 curl x",
    "command curl x",
    "exec -a y curl x",
    "busybox curl x",
    "stdbuf -oL curl x",
    "setsid curl x",
    "env nice timeout 5 curl x",
    "find . -exec curl x \\;",
    "find . -execdir curl x {} +",
    "bash -c 'curl x'",
    "bash -xc 'curl x'",
    "bash -o pipefail -c 'curl x'",
    "sh <<'EOF'\ncurl x\nEOF",
    "bash <<< 'curl x'",
    "eval curl x",
    "eval 'curl x'",
    "bash -c \"bash -c 'curl x'\"",
    "trap 'curl x' EXIT",
    "alias a='curl x'",
    "sort --compress-prog='curl x' f",
    "rg --pre='curl x' a",
    "tar cf a --to-command='curl x'",
    "git bisect run curl x",
    "git submodule foreach 'curl x'",
    "GIT_SSH_COMMAND='curl x' git pull",
    "parallel curl ::: x",
    "watch curl x",
    "su -c 'curl x'",
    "flock /tmp/l curl x",
    "/lib64/ld-linux-x86-64.so.2 curl x",
  ])("%s", (command) => {
    const spellings = analyseCommand(command).commands.flatMap((found) => found.spellings.map(({ text }) => text));
    expect(spellings.filter((text) => text.startsWith("curl "))).not.toHaveLength(0);
  });
});

describe("analyseCommand()", () => {
  it("names the wrappers of a command and keeps the wrapper itself", () => {
    const { commands } = analyseCommand("sudo env A=1 rm -rf x");
    expect(commands.map(({ text, wrappers }) => [text, wrappers])).toEqual([
      ["sudo env A=1 rm -rf x", []],
      ["env A=1 rm -rf x", ["sudo"]],
      ["rm -rf x", ["sudo", "env"]],
    ]);
  });

  it("takes nothing in ordinary commands for opaque", () => {
    const ordinary = [
      "git status",
      "git commit -m 'use `x` and $(y)'",
      "npm test -- --run",
      "ls -la *.ts",
      "grep -rn 'a$(b)' src",
      "awk '{print $1}' f",
      "sed -i 's/a/b/g' f",
      "cd src && make",
      'for f in *.ts; do echo "$f"; done',
      "python -m pytest",
      "node script.js",
      "bash ./run.sh",
      "find . -name '*.js' -not -path './node_modules/*'",
      "echo $HOME > /dev/null 2>&1",
      "docker compose up -d",
      "cat <<'EOF' > a\n$(x)\nEOF",
    ];
    expect(ordinary.filter((command) => analyseCommand(command).opaque.length > 0)).toEqual([]);
  });

  it.each([
    ["echo a > b", ["b"]],
    ["echo a >> b 2>&1", ["b"]],
    ["echo a >| b", ["b"]],
    ["echo a &> b", ["b"]],
    ["{ echo a; } > b", ["b"]],
    ["> b", ["b"]],
    ["echo a | tee b c", ["b", "c"]],
    ["dd if=a of=b", ["b"]],
    ["cp a b", ["b"]],
    ["cp -t b a", ["b", "a"]],
    ["mv a b", ["a", "b"]],
    ["sed -i s/a/b/ c", ["s/a/b/", "c"]],
    ["sudo tee b", ["b"]],
    ["curl -o b x", ["b"]],
    ["echo a > /dev/null 2>&1 >&2", []],
  ])("knows what %s writes", (command, targets) => {
    const { commands } = analyseCommand(command);
    expect(commands.flatMap(({ writes }) => writes.map(({ target }) => target.text))).toEqual(targets);
  });

  it("tells literal, glob and dynamic words apart", () => {
    const [command] = analyseCommand(`rm 'a*' "b" c* d$X`).commands;
    expect(command?.words.map(({ type }) => type)).toEqual(["literal", "literal", "literal", "glob", "dynamic"]);
    expect(command?.words.at(-1)?.known).toBe("d");
    expect(command?.isLiteral).toBe(false);
  });

  it("gives what flows into a command and the function around it", () => {
    const { commands } = analyseCommand("f() { a | b | c; }");
    expect(commands.map(({ program, upstream, inFunction }) => [program, upstream, inFunction])).toEqual([
      ["a", [], "f"],
      ["b", ["a"], "f"],
      ["c", ["a", "b"], "f"],
    ]);
  });

  it.each([
    ["cat a b", ["a", "b"]],
    ["cat < a", ["a"]],
    ["head -n 5 a", ["a"]],
    ["grep x a b", ["a", "b"]],
    ["grep -e x a", ["a"]],
    ["cp a b c", ["a", "b"]],
    ["dd if=a of=b", ["a"]],
    ["curl -d @a -T b https://x", ["b", "a"]],
    ["curl -d a=b https://x", []],
    ["diff <(x) a", ["a"]],
    ["echo a", []],
  ])("knows what %s reads", (command, files) => {
    const { commands } = analyseCommand(command);
    expect(commands.flatMap(({ reads }) => reads.map(({ text }) => text))).toEqual(files);
  });

  it("guesses what a program runs that it does not know, and nothing about those that it knows", () => {
    const guesses = (command: string): readonly string[] =>
      analyseCommand(command).commands.flatMap((one) => one.guesses);
    expect(guesses("mystery -x 'curl y' /usr/bin/curl x")).toEqual(expect.arrayContaining(["curl y", "curl x"]));
    expect(guesses("mystery --run=curl")).toContain("curl");
    for (const known of [
      "npm install curl",
      "apt-get install -y curl",
      "grep curl a",
      "./script.sh curl",
      "echo curl",
    ]) {
      expect(guesses(known)).toEqual([]);
    }
  });

  it("knows what braces and loops stand for, unless something else sets the variable", () => {
    const values = (command: string): readonly string[] =>
      analyseCommand(command).commands.flatMap(({ words }) =>
        words.flatMap((word) => word.values?.map(({ text }) => text) ?? []),
      );
    expect(values("mkdir app/{src,test}")).toEqual(["app/src", "app/test"]);
    expect(values('for f in a b*; do rm "$f.x"; done')).toEqual(["a.x", "b*.x"]);
    for (const changed of [
      "for f in a; do f=b; rm $f; done",
      "for f in a; do read f; rm $f; done",
      "for f in $X; do rm $f; done",
    ]) {
      expect(values(changed)).toEqual([]);
    }
  });
});
