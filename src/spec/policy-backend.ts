import type { JsonObject } from "./json.ts";

/** A call as another policy engine is asked about it: plain data, fit to be sent to another process. */
export interface PolicyBackendCall {
  readonly tool: string;
  /** What the tool declares: "read", "write", "execute", "network" or "agent". */
  readonly effect: string;
  readonly args: JsonObject;
  readonly cwd: string;
  readonly agent: string;
  readonly sessionId: string;
  readonly isTainted: boolean;
  readonly hasPrivateData: boolean;
  readonly dataLabels: readonly string[];
}

/** What another policy engine answers. `none`: it has no opinion. */
export interface PolicyBackendAnswer {
  readonly effect: "allow" | "ask" | "deny" | "none";
  readonly rule?: string;
  readonly reason?: string;
}

/** The port to another policy engine (Cedar, OPA …). What it throws, takes too long for or answers otherwise is a denial. */
export interface PolicyBackend {
  /** For people and the record: "cedar". */
  readonly name: string;
  /** Content hash of its policies: goes into approvals and the record. */
  readonly version?: string;
  decide(call: PolicyBackendCall, signal: AbortSignal): PolicyBackendAnswer | Promise<PolicyBackendAnswer>;
}
