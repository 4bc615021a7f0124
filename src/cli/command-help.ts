/** What `harness COMMAND --help` prints, by the command's name. */
export const COMMAND_HELP: ReadonlyMap<string, string> = new Map([
  [
    "audit",
    `harness audit: looks at audit logs

  harness audit verify [PATH] [--public-key FILE] [--anchor FILE]… [--json]
  harness audit query  [PATH] [FILTERS] [--json]
  harness audit export [PATH] [FILTERS] [--format jsonl|json|csv]
  harness audit cost   [PATH] [FILTERS] [--by day|month|model|provider|team|tenant|session|agent] [--json]
  harness audit erase  [DIR] --reason TEXT (FILTERS | --all) [--by NAME] [--signing-key FILE]
  harness audit tail   [DIR] [--all] [--json]

PATH is a log or a folder of logs; without it, those of ~/.harness/audit.
FILTERS: --session ID, --agent NAME, --type TYPE, --tool NAME, --call ID, --decision WORD, --outcome WORD, --model ID,
         --from TIME, --to TIME
verify ends with exit code 1 when a log was changed, or one is missing.
`,
  ],
  [
    "plan",
    `harness plan: what tasks will cost a day and a month

  harness plan [FILE] [--task TASK]… [--simple-model ID] [--days N] [--json]

FILE is a JSON list of tasks. TASK is
  name=PR reviews,perDay=10,inputTokens=4000,outputTokens=1000,model=sonnet,turns=8,simpleShare=0.3
Without a task, the table of the tutorial is planned.
`,
  ],
  [
    "replay",
    `harness replay: replays recorded sessions without any effect, as they were or against something else

  harness replay {SESSION … | --last N} [--policy FILE]… [--permission MODE] [--max-cost USD] [--max-tokens N]
                 [--cwd DIR] [--store FILE] [--json]
`,
  ],
  [
    "policy",
    `harness policy: tests, checks and explains policies

  harness policy test [FILE …]            runs the tests in policies, or in policy.test.yml beside them
  harness policy lint                     rules that never decide, tools that do not exist, patterns of another language
  harness policy explain TOOL SUBJECT     what is decided about a call, and why
  harness policy simulate TOOL SUBJECT    the same in a line; without a call, for lines of JSON on standard input
  harness policy backtest AUDIT           what would be decided about the calls on record

Each takes --policy FILE (else those that a run in the folder would find), --cwd DIR, --trust-project and --json; calls
take --agent NAME and --tainted. SUBJECT is what the tool is about, such as "git push", or its arguments as JSON.
`,
  ],
  [
    "approvals",
    `harness approvals: answers questions of runs that wait, also of such whose process is gone

  harness approvals list   [--json]
  harness approvals show   ID [--json]
  harness approvals decide ID approve|deny|done|retry|abort [--by NAME] [--feedback TEXT]
  harness approvals revoke ID [--by NAME]

Each takes --store FILE; without it, ~/.harness/harness.db.
decide ends with exit code 1 when another answer came first.
`,
  ],
  [
    "sessions",
    `harness sessions: looks at sessions and changes them, also while a run works on one

  harness sessions list   [--limit N]
  harness sessions show   ID
  harness sessions search TEXT [--limit N]
  harness sessions fork   ID [--messages N] [--id NEW]
  harness sessions rename ID TITLE
  harness sessions delete ID
  harness sessions cancel ID [--reason TEXT]
  harness sessions say    ID TEXT
  harness sessions export ID > FILE
  harness sessions import FILE [--id NEW] [--foreign]

Each takes --store FILE; without it, ~/.harness/harness.db. list, show and search take --json.
`,
  ],
  [
    "undo",
    `harness undo: brings files back to what they held

  harness undo SESSION [--list] [--call ID | --turn N [--run N] | --run N | --edit ID | --all] [--dry-run]

Without --call, --turn, --run, --edit or --all, the session's last run is undone.
`,
  ],
]);
