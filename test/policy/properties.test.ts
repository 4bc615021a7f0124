import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { PolicyEngine, type PolicyLayer, type PolicyRule } from "../../src/policy/index.ts";
import { CWD } from "./evaluate.ts";

const STRICTNESS: Readonly<Record<string, number>> = { none: 0, allow: 0, ask: 1, deny: 2 };
const strictness = (layers: readonly PolicyLayer[], command: string): number =>
  STRICTNESS[new PolicyEngine({ layers }).check({ tool: "Bash", args: { command }, cwd: CWD }).effect] ?? Number.NaN;

const globs = fc.constantFrom("curl*", "rm -rf*", "git *", "*", "ls", "git push*");
const rules: fc.Arbitrary<PolicyRule> = fc.oneof(
  fc.record({ decision: fc.constantFrom("allow", "ask"), when: fc.record({ command_matches: globs }) } as const),
  fc.record({
    decision: fc.constant("deny"),
    when: fc.record({ command_matches: globs }),
    overridable: fc.boolean(),
  } as const),
  fc.record({ decision: fc.constantFrom("allow", "ask", "deny") } as const),
);
const layers: fc.Arbitrary<PolicyLayer> = fc.record({
  level: fc.constantFrom("organisation", "host", "team", "project"),
  isTrusted: fc.boolean(),
  policy: fc.oneof(
    fc.record({ rules: fc.array(rules, { maxLength: 4 }) }),
    fc.record({
      rules: fc.array(rules, { maxLength: 4 }),
      defaults: fc.record({ decision: fc.constantFrom("allow", "ask", "deny") }),
    }),
  ),
} as const);
const commands = fc.constantFrom(
  "curl x",
  "rm -rf /",
  "git push a",
  "ls",
  "$X y",
  "git log $Y",
  "ls && curl x",
  "sh -c 'ls'",
  "echo a | sh",
  "git $X",
);

describe("PolicyEngine.check() is never loosened by", () => {
  it("a rule that denies, wherever it is added", () => {
    const denials: fc.Arbitrary<PolicyRule> = fc.record({
      decision: fc.constant("deny"),
      when: fc.record({ command_matches: globs }),
      overridable: fc.boolean(),
    } as const);
    fc.assert(
      fc.property(
        fc.array(layers, { minLength: 1, maxLength: 4 }),
        denials,
        fc.nat(),
        fc.nat(),
        commands,
        (before, denial, layerAt, ruleAt, command) => {
          const at = layerAt % before.length;
          const after = before.map((layer, index) => {
            if (index !== at) return layer;
            const own = layer.policy.rules ?? [];
            const place = ruleAt % (own.length + 1);
            return {
              ...layer,
              policy: { ...layer.policy, rules: [...own.slice(0, place), denial, ...own.slice(place)] },
            };
          });
          expect(strictness(after, command)).toBeGreaterThanOrEqual(strictness(before, command));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("an untrusted layer, whatever stands in it", () => {
    fc.assert(
      fc.property(fc.array(layers, { maxLength: 3 }), layers, commands, (drawn, added, command) => {
        const before = drawn.map((layer) => ({ ...layer, isTrusted: true }));
        const effect = (all: readonly PolicyLayer[]): string =>
          new PolicyEngine({ layers: all }).check({ tool: "Bash", args: { command }, cwd: CWD }).effect;
        const after = effect([...before, { ...added, level: "project", isTrusted: false }]);
        expect(STRICTNESS[after]).toBeGreaterThanOrEqual(STRICTNESS[effect(before)] ?? Number.NaN);
        if (after === "allow") expect(effect(before)).toBe("allow");
      }),
      { numRuns: 2000 },
    );
  });

  it("lower layers, against whatever firm denials a higher one has and could have", () => {
    const denials = fc.array(
      fc.record({ decision: fc.constant("deny"), when: fc.record({ command_matches: globs }) } as const),
      {
        maxLength: 3,
      },
    );
    fc.assert(
      fc.property(denials, fc.array(layers, { maxLength: 3 }), commands, (rulesAbove, drawn, command) => {
        const floor: PolicyLayer = { level: "organisation", policy: { rules: rulesAbove } };
        const lower = drawn.map((layer): PolicyLayer => ({
          ...layer,
          level: layer.level === "team" ? "team" : "project",
        }));
        expect(strictness([floor, ...lower], command)).toBeGreaterThanOrEqual(strictness([floor], command));
      }),
      { numRuns: 2000 },
    );
  });

  it("a lower layer, against a firm denial of a higher one", () => {
    fc.assert(
      fc.property(layers, commands, (lower, command) => {
        const floor: PolicyLayer = { level: "organisation", policy: { rules: [{ decision: "deny" }] } };
        expect(strictness([floor, { ...lower, level: "project" }], command)).toBe(2);
      }),
    );
  });
});

describe("PolicyEngine.check() never takes for allowed", () => {
  const ALLOW_GIT: readonly PolicyLayer[] = [
    { policy: { rules: [{ decision: "allow", when: { command: { program: "git" } } }] } },
  ];

  it("a command that holds anything else, wherever it stands", () => {
    const others = fc.constantFrom<string>("curl x", "rm -rf a", "$X", "sh", "A=1 b", "./git", "> f");
    const places = fc.constantFrom<(other: string) => string>(
      (other) => `git log; ${other}`,
      (other) => `${other} && git log`,
      (other) => `git log | ${other}`,
      (other) => `git log $(${other})`,
      (other) => `git log <(${other})`,
      (other) => `if git log; then ${other}; fi`,
      (other) => `git() { ${other}; }; git log`,
      (other) => `trap '${other}' EXIT; git log`,
      (other) => `git log <<E\n$(${other})\nE`,
      (other) => `git -c core.pager='${other}' log`,
      (other) => `git bisect run ${other}`,
    );
    fc.assert(
      fc.property(others, fc.array(places, { minLength: 1, maxLength: 2 }), (other, around) => {
        const command = around.reduce<string>((text, place) => place(text), other);
        const { effect } = new PolicyEngine({ layers: ALLOW_GIT }).check({ tool: "Bash", args: { command }, cwd: CWD });
        expect([command, effect]).toEqual([command, "none"]);
      }),
      { numRuns: 400 },
    );
  });
});

describe("PolicyEngine.check() keeps a denial", () => {
  const DENY: readonly PolicyLayer[] = [
    { policy: { rules: [{ decision: "deny", when: { command_matches: "curl *" } }, { decision: "allow" }] } },
  ];
  const wrappers = fc.constantFrom<(command: string) => string>(
    (command) => `true && ${command}`,
    (command) => `${"true; ".repeat(100)}${command}`,
    (command) => `${command} | cat`,
    (command) => `( ${command} ); true`,
    (command) => `{ ${command}; }`,
    (command) => `echo $( ${command} )`,
    (command) => `if true; then ${command}; fi`,
    (command) => `f() { ${command}; }; f`,
    (command) => `bash -c '${command.replaceAll("'", "'\\''")}'`,
    (command) => `eval '${command.replaceAll("'", "'\\''")}'`,
    (command) => `sh <<'END${command.length}'\n${command}\nEND${command.length}`,
    (command) => `cat <<END${command.length}\n$( ${command} )\nEND${command.length}`,
    (command) => `cat a\n${command}`,
  );
  // These take a simple command only, so they go in first.
  const programs = fc.constantFrom<(command: string) => string>(
    (command) => `sudo ${command}`,
    (command) => `env ${command}`,
    (command) => `xargs ${command}`,
    (command) => `sudo ${command}`,
    (command) => `timeout 5 env A=1 ${command}`,
    (command) => `nice -n 5 ${command}`,
    (command) => `A=1 ${command}`,
    (command) => `/usr/bin/${command}`,
    (command) => command,
  );
  const quotes = fc.array(
    fc.constantFrom(
      (c: string) => c,
      (c: string) => `\\${c}`,
      (c: string) => `'${c}'`,
      (c: string) => `"${c}"`,
      (c: string) => `""${c}`,
    ),
    { minLength: 4, maxLength: 4 },
  );

  it("under quotes, wrappers and prefixes", () => {
    fc.assert(
      fc.property(quotes, programs, fc.array(wrappers, { maxLength: 3 }), (quoted, program, wrapped) => {
        const name = ["c", "u", "r", "l"].map((letter, at) => quoted[at]?.(letter) ?? letter).join("");
        const command = wrapped.reduce((text, wrap) => wrap(text), program(`${name} x`));
        const decision = new PolicyEngine({ layers: DENY }).check({ tool: "Bash", args: { command }, cwd: CWD });
        expect([command, decision.effect]).toEqual([command, "deny"]);
      }),
      { numRuns: 400 },
    );
  });
});
