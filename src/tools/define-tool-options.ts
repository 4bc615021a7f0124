import type { StandardSchemaV1 } from "@standard-schema/spec";

import type { JsonSchema, ReconcileContext, Reconciled, Tool, ToolContext, ToolOutput } from "../spec/index.ts";

/** Options of `defineTool`: those of a `Tool`, with defaults. */
export interface DefineToolOptions<Schema extends StandardSchemaV1 = StandardSchemaV1> extends Pick<
  Tool,
  | "name"
  | "description"
  | "effect"
  | "risk"
  | "timeoutMs"
  | "maxOutputBytes"
  | "isReadWhole"
  | "maxCost"
  | "isDeferred"
  | "isUntrusted"
  | "dataLabels"
  | "sendsOut"
  | "pathArgs"
  | "identify"
> {
  /** Any Standard Schema (zod, valibot, arktype …). */
  readonly input: Schema;
  /** What the model reads of the input. @default made by the schema's own library */
  readonly inputSchema?: JsonSchema;
  /** @default "atMostOnce" */
  readonly durability?: Tool["durability"];
  /** @default "immediate" */
  readonly cancel?: Tool["cancel"];
  /** Does the work. A throw is a failure that the model is told of. */
  execute(input: StandardSchemaV1.InferOutput<Schema>, context: ToolContext): ToolOutput | Promise<ToolOutput>;
  /** Finds out, after a crash, whether a call that had begun happened: asks the service by the key; changes nothing. */
  reconcile?(input: StandardSchemaV1.InferOutput<Schema>, context: ReconcileContext): Reconciled | Promise<Reconciled>;
}
