import type { HookScope } from "../spec/index.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** What every event of a run carries. */
export function hookScopeOf(run: Pick<ToolCallRun, "scope" | "cwd" | "labeller">): HookScope {
  return { ...run.scope, cwd: run.cwd, labels: run.labeller.current() };
}
