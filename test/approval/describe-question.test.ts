import { describe, expect, it } from "vitest";

import { describeQuestion } from "../../src/approval/index.ts";
import { explainCommand } from "../../src/approval/explain-command.ts";
import { question } from "./questions.ts";

describe("describeQuestion()", () => {
  it("shows what an edit changes, and every changed line", () => {
    const args = { file_path: "a.ts", old_string: "one\ntwo\nthree", new_string: "one\n2\nthree\nfour" };
    expect(describeQuestion(question({ name: "Edit", args }))).toContain(" one\n  -two\n  +2\n   three\n  +four");
  });

  it("shows what a write changes in the file that is there, and that there is none", () => {
    const args = { file_path: "a.ts", content: "a\nb\nc\n" };
    const shown = describeQuestion(question({ name: "Write", args }), { readFile: () => "a\nB\nc\n" });
    expect(shown).toContain("-B\n  +b");
    expect(shown).not.toContain("content:");
    expect(describeQuestion(question({ name: "Write", args }), { readFile: () => undefined })).toContain(
      "(a new file)\n  +a",
    );
    const large = { file_path: "a", content: "x\n".repeat(5000) };
    expect(describeQuestion(question({ args: large }), { readFile: () => "y" })).toContain("become 5000");
  });

  it("shows the commands that really run", () => {
    const args = { command: "sudo env A=1 'r'm -rf build && cat x > y; $Z" };
    const shown = describeQuestion(question({ args }), { explainCommand });
    expect(shown).toContain("runs: rm -rf build (by sudo, env");
    expect(shown).toContain("(writes y)");
    expect(shown).toContain("runs: not known:");
  });

  it("tells what the agent has read, why it is dangerous, and the rule that would be written", () => {
    const labels = {
      isTainted: true,
      hasPrivateData: true,
      dataLabels: [],
      sources: [{ kind: "untrusted", tool: "WebFetch", agent: "main", origin: "https://\u202Eevil" }],
    } as const;
    const shown = describeQuestion(question({ labels, riskReasons: ["removes x"], proposedRule: "Bash(ls)" }));
    expect(shown).toContain("read content from outside (WebFetch https://\\u{202e}evil)");
    expect(shown).toContain("read private data");
    expect(shown).toContain("removes x");
    expect(shown).toContain('"Always" would write the rule: Bash(ls)');
  });
});
