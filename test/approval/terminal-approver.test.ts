import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";

import { escapeControls, terminalApprover } from "../../src/approval/index.ts";
import { question, quiet } from "./questions.ts";

function openTerminal() {
  const input = new PassThrough();
  const output = new PassThrough();
  let shown = "";
  output.setEncoding("utf8").on("data", (text: string) => (shown += text));
  /** Waits until the output holds a text so many times: whoever asks first, answers then. */
  const waitFor = async (text: string, times = 1): Promise<void> => {
    while (shown.split(text).length <= times) await new Promise((resolve) => output.once("data", resolve));
  };
  return { input, output, approver: terminalApprover({ input, output }), waitFor, shown: () => shown };
}

const BIDI = "\u202Egnp.exe\u2066x\u2069";

describe("terminalApprover()", () => {
  it.each(["n", "no", "", "yes please", "yy", "ja", "Y E S", "\u0079\u0301", "1", "true"])(
    "takes %j for a no",
    async (line) => {
      const { approver, input, waitFor } = openTerminal();
      const answer = approver.decide(question(), quiet());
      await waitFor("[y/N] ");
      input.write(`${line}\n`);
      expect(await answer).toEqual({ decision: "deny", approver: "terminal" });
    },
  );

  it.each(["y", "Y", "yes", "YES", "  yes "])("takes %j for a yes", async (line) => {
    const { approver, input, waitFor } = openTerminal();
    const answer = approver.decide(question(), quiet());
    await waitFor("[y/N] ");
    input.write(`${line}\n`);
    expect(await answer).toEqual({ decision: "approve", approver: "terminal", argsDigest: "digest" });
  });

  it("takes the end of input for a no, for every question from then on", async () => {
    const { approver, input, waitFor } = openTerminal();
    const first = approver.decide(question(), quiet());
    const second = approver.decide(question({ id: "q2" }), quiet());
    await waitFor("[y/N] ");
    input.end();
    expect(await first).toMatchObject({ decision: "deny" });
    expect(await second).toMatchObject({ decision: "deny" });
    expect(await approver.decide(question(), quiet())).toMatchObject({ decision: "deny" });
    expect(await approver.ask?.({ question: "Which?" }, quiet())).toBe("");
  });

  it("takes a destroyed input for a no", async () => {
    const { approver, input } = openTerminal();
    input.destroy();
    expect(await approver.decide(question(), quiet())).toMatchObject({ decision: "deny" });
  });

  it("rejects with the reason of an abort, before, while it asks and while it waits for its turn", async () => {
    const { approver, input, waitFor } = openTerminal();
    await expect(approver.decide(question(), { signal: AbortSignal.abort("before") })).rejects.toBe("before");
    const asking = new AbortController();
    const waiting = new AbortController();
    const first = approver.decide(question(), asking);
    const second = approver.decide(question({ name: "Second" }), waiting);
    const third = approver.decide(question({ name: "Third" }), quiet());
    await waitFor("[y/N] ");
    waiting.abort("waiting");
    await expect(second).rejects.toBe("waiting");
    asking.abort("asking");
    await expect(first).rejects.toBe("asking");
    await waitFor("Third");
    await waitFor("[y/N] ", 2);
    input.write("y\n");
    expect(await third).toMatchObject({ decision: "approve" });
  });

  it("asks one question after another", async () => {
    const { approver, input, waitFor, shown } = openTerminal();
    const first = approver.decide(question({ name: "First" }), quiet());
    const second = approver.decide(question({ name: "Second" }), quiet());
    await waitFor("[y/N] ");
    expect(shown()).toContain("First");
    expect(shown()).not.toContain("Second");
    input.write("y\n");
    expect(await first).toMatchObject({ decision: "approve" });
    await waitFor("[y/N] ", 2);
    expect(shown()).toContain("Second");
    input.write("n\n");
    expect(await second).toMatchObject({ decision: "deny" });
  });

  it("shows name, arguments, risk, agent and reason with nothing that could deceive", async () => {
    const { approver, input, waitFor, shown } = openTerminal();
    const args = {
      command: `ls\u001b[2K\r\u0007${BIDI}\u200b`,
      "a\u202Eb": "x",
      list: ["\u001b]0;x", { deep: BIDI }],
      lines: "one\ntwo\r\nAllow it? [y/N] y",
    };
    const answer = approver.decide(
      question({ name: "Ba\u200bsh", agent: "a\rb", reason: "Because\u009b1m", risk: "high", args }),
      quiet(),
    );
    await waitFor("[y/N] ", 2);
    input.write("n\n");
    await answer;
    // eslint-disable-next-line no-control-regex -- none of these may reach the terminal
    expect(shown()).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
    expect(shown()).toContain("Ba\\u{200b}sh (risk: high, agent: a\\u{d}b)");
    expect(shown()).toContain("\\u{202e}gnp.exe\\u{2066}x\\u{2069}\\u{200b}");
    expect(shown()).toContain("Because\\u{9b}1m");
    // A line of the call cannot pass for a line of the question.
    expect(shown()).toContain("one\n    two\n    Allow it? [y/N] y");
  });

  it("ask() gives the chosen option by its number, or what was typed", async () => {
    const { approver, input, waitFor, shown } = openTerminal();
    const options = ["red", `blue${BIDI}`];
    for (const [index, [line, expected]] of [
      ["2", options[1]],
      ["green ", "green"],
      ["3", "3"],
      ["0", "0"],
      ["", ""],
    ].entries()) {
      const answer = approver.ask?.({ question: "Which?\u001b[2J", options }, quiet());
      await waitFor("> ", index + 1);
      input.write(`${line}\n`);
      expect(await answer).toBe(expected);
    }
    expect(shown()).toContain("Which?\\u{1b}[2J\n  1. red\n  2. blue\\u{202e}gnp");
  });
});

describe("escapeControls()", () => {
  it.each([
    ["a\tb", "a\tb"],
    ["a\nb", "a\n    b"],
    ["Grüße 日本 👍", "Grüße 日本 👍"],
    ["\u0000\u001b\u007f\u0085", "\\u{0}\\u{1b}\\u{7f}\\u{85}"],
    ["\u00ad\u061c\u180e\ufeff\u2028", "\\u{ad}\\u{61c}\\u{180e}\\u{feff}\\u{2028}"],
    ["\u{e0041}", "\\u{e0041}"],
  ])("%j becomes %j", (text, expected) => {
    expect(escapeControls(text)).toBe(expected);
  });
});
