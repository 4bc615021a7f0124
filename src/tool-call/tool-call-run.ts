import type {
  Approver,
  Audit,
  AuditScope,
  Budget,
  Clock,
  EditKeeper,
  Files,
  Gate,
  Grants,
  Guards,
  Hooks,
  Journal,
  Labeller,
  LabelSource,
  ParentSpan,
  Random,
  ResultFilter,
  Sandbox,
  Tool,
  Tracer,
} from "../spec/index.ts";

/** Everything that one tool call needs. Modules come in as ports: this floor knows none of them. */
export interface ToolCallRun {
  readonly scope: AuditScope;
  /** The session whose calls these are, where it is another than the one in `scope`: a sub-agent's own. */
  readonly callSpace?: string | undefined;
  readonly cwd: string;
  readonly tools: ToolLookup;
  readonly hooks: Hooks;
  readonly gate: Gate;
  /** What came into this agent's context; asked by the gate, added to by results. */
  readonly labeller: Labeller;
  /** Takes the labels that no journal has yet. @default there are none */
  readonly takeNewLabels?: (() => readonly LabelSource[]) | undefined;
  /** Nobody can answer when it is left out: whatever would ask is denied. */
  readonly approver: Approver | undefined;
  /** Approvals that hold for more than one call; left out: every one holds once. */
  readonly grants?: Grants | undefined;
  /** Where the call is kept so that it survives the process. @default it is not */
  readonly journal?: Journal | undefined;
  /**
   * What happens to a call that may happen once and of which nobody knows, after a crash, whether it did: a person is
   * asked, or the model is told. @default "ask"
   */
  readonly unknownOutcome?: "ask" | "tell-model" | undefined;
  /** Who may approve what this run does. */
  readonly approvals?: ApprovalRules | undefined;
  readonly budget: Budget;
  /** Watch how the agent behaves; left out: nobody does. */
  readonly guards?: Guards | undefined;
  readonly sandbox: Sandbox;
  readonly files: Files;
  /** Keeps what files held before a call changes them. @default nothing is kept */
  readonly edits?: EditKeeper | undefined;
  /** Keeps a result that is too long for the context where the agent can read it. @default the middle of it is lost */
  readonly spill?: Spill | undefined;
  readonly fetch: typeof fetch;
  readonly filters: readonly ResultFilter[];
  readonly audit: Audit;
  /** `undefined`: nobody watches, and nothing is built for it. */
  readonly tracer: Tracer | undefined;
  /** What the work belongs to in the trace. */
  readonly span?: ParentSpan | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: ToolCallLimits;
  log(message: string): void;
}

/** By whom approvals count. */
export interface ApprovalRules {
  /** How many different people must approve. @default 1 */
  readonly quorum?: number;
  /** Who asked for the run: somebody else must approve. @default anybody may */
  readonly requestedBy?: string;
}

/** Where results go that are too long for the context. */
export interface Spill {
  /** UTF-8 bytes from which on a result is too long. */
  readonly fromBytes: number;
  /** Keeps a text that has passed the filters and gives its path; `undefined` when it could not be kept. */
  keep(text: string, result: { readonly tool: string; readonly toolUseId: string }): string | undefined;
}

/** The tools that a run has. Names come from a model: never index an object by them. */
export interface ToolLookup {
  get(name: string): Tool | undefined;
  names(): readonly string[];
}

/** Limits of a call where its tool does not set its own. */
export interface ToolCallLimits {
  readonly toolMs: number;
  /** How long one check may think before it counts as a denial. */
  readonly checkMs: number;
  /** How long an approval may take; `undefined` = as long as the run. */
  readonly approvalMs: number | undefined;
  readonly maxOutputBytes: number;
  /**
   * How long a tool that should stop may take before nobody waits for it any more; an agent may take `toolMs` more, for
   * its own calls. @default 10000
   */
  readonly graceMs?: number;
  /** How long a call may take to end by itself when the harness is closed. @default 5000 */
  readonly closeMs?: number | undefined;
}

/** The same run, with its work below a span. Without one it is the run itself: tracing that is off costs a branch. */
export function below<Run extends ToolCallRun>(span: ParentSpan | undefined, run: Run): Run {
  return span === undefined ? run : { ...run, span };
}
