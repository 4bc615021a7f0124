import { parseArgs } from "node:util";

import { verifyAudit } from "../../audit/index.ts";
import type { CliContext } from "../cli-context.ts";
import { runAction, type Command } from "../command.ts";
import { UsageError } from "../usage-error.ts";

/** `harness audit …`: looks at audit logs. */
export const auditCommand: Command = (args, context) => runAction("audit", ACTIONS, { args, context });

const ACTIONS: ReadonlyMap<string, Command> = new Map([["verify", verify]]);

/** `harness audit verify PATH`: exit code 0 when every log is sound, 1 when one is not. */
async function verify(args: readonly string[], { out }: CliContext): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) {
    throw new UsageError("harness audit verify needs one path: a log, or a folder of logs");
  }
  const report = await verifyAudit(path);
  if (report.problem !== undefined) out(`${report.problem}\n`);
  for (const { file, records, head, firstBad } of report.files) {
    if (firstBad === undefined) out(`ok      ${file}: ${records} records, head ${head}\n`);
    else out(`BROKEN  ${file}: line ${firstBad.line}, record ${firstBad.seq}: ${firstBad.reason}\n`);
  }
  return report.ok ? 0 : 1;
}
