import { analyseCommand, commandOf } from "../shell/index.ts";
import type { ContextLabels, JsonObject, RiskLevel, Tool, ToolEffect } from "../spec/index.ts";
import { commandRisks } from "./command-risks.ts";
import { environmentRisk, namesProduction } from "./environment-risk.ts";
import { highest, type RiskFinding } from "./risk-finding.ts";
import { sensitivePath } from "./sensitive-path.ts";
import { sqlRisks } from "./sql-risk.ts";
import { registeredRisk } from "./tool-registry.ts";

/** A call whose risk is wanted. A tool's name alone is enough for the built-in tools. */
export interface RiskCall {
  readonly tool: Pick<Tool, "name" | "effect" | "risk" | "pathArgs" | "sendsOut" | "dataLabels"> | string;
  readonly args?: JsonObject;
  /** What came into the agent's context so far. */
  readonly labels?: ContextLabels;
}

/** What risks are judged by, besides the built-in tables. */
export interface RiskOptions {
  /** Where the harness itself runs, such as "production": there, what changes something is of high risk. */
  readonly environment?: string;
  /** The least risk of tools by name, over the built-in registry. */
  readonly registry?: Readonly<Record<string, RiskLevel>>;
  /** The least risk of calls while data of a label is in the context, and of tools that read such data. */
  readonly dataLabels?: Readonly<Record<string, RiskLevel>>;
}

/** How dangerous a call is, and why. */
export interface Risk {
  readonly level: RiskLevel;
  /** For people; the gravest first. */
  readonly reasons: readonly string[];
}

const EFFECTS: ReadonlyMap<string, ToolEffect> = new Map([
  ["AskUser", "read"],
  ["Bash", "execute"],
  ["Checkpoint", "write"],
  ["Edit", "write"],
  ["Glob", "read"],
  ["Grep", "read"],
  ["Read", "read"],
  ["Task", "agent"],
  ["TodoWrite", "read"],
  ["ToolSearch", "read"],
  ["WebFetch", "network"],
  ["Write", "write"],
]);

/**
 * How dangerous a call is: by what its tool declares, by the commands that it would run and the files that it would
 * write. A tool that is not known is high. `block` is what nobody wants an agent to do.
 *
 * @example
 * classifyRisk({ tool: "Bash", args: { command: "sudo rm -rf /" } }).level; // "block"
 */
export function classifyRisk({ tool, args = {}, labels }: RiskCall, options: RiskOptions = {}): Risk {
  const findings = [ofTool(tool)];
  const named = ofName(tool, options);
  if (named !== undefined) findings.push(named);
  if (typeof tool !== "string" && tool.risk !== undefined) {
    findings.push({ level: tool.risk, reason: `${tool.name} is declared to be of ${tool.risk} risk` });
  }
  const command = commandOf(args);
  if (command !== undefined) findings.push(...commandRisks(analyseCommand(command)));
  const effect = effectOf(tool);
  if (effect === "write") findings.push(...writtenPaths(tool, args));
  findings.push(...sqlRisks(args));
  // Reading production is what one has tools for; changing it is another thing.
  if (effect !== "read") findings.push(...ofPlace(args, options));
  findings.push(...ofData(tool, labels, options));
  return highest(findings);
}

function ofName(tool: RiskCall["tool"], { registry }: RiskOptions): RiskFinding | undefined {
  const name = typeof tool === "string" ? tool : tool.name;
  const own = registry !== undefined && Object.hasOwn(registry, name) ? registry[name] : undefined;
  return own === undefined ? registeredRisk(name) : { level: own, reason: `${name} is registered as ${own}` };
}

function ofPlace(args: JsonObject, { environment }: RiskOptions): readonly RiskFinding[] {
  const named = environmentRisk(args);
  const isHere = environment !== undefined && namesProduction(environment);
  return [
    ...(named === undefined ? [] : [named]),
    ...(isHere ? [{ level: "high" as const, reason: `this is ${environment}` }] : []),
  ];
}

function ofData(
  tool: RiskCall["tool"],
  labels: ContextLabels | undefined,
  { dataLabels }: RiskOptions,
): readonly RiskFinding[] {
  const findings: RiskFinding[] = [];
  if (dataLabels !== undefined) {
    const read = typeof tool === "string" ? [] : (tool.dataLabels ?? []);
    for (const label of new Set([...read, ...(labels?.dataLabels ?? [])])) {
      const level = Object.hasOwn(dataLabels, label) ? dataLabels[label] : undefined;
      if (level !== undefined) findings.push({ level, reason: `data labelled "${label}" is in play` });
    }
  }
  const sends = typeof tool !== "string" && (tool.sendsOut ?? tool.effect === "network");
  if (labels?.hasPrivateData === true && sends) {
    findings.push({ level: "high", reason: "could carry out private data that was read" });
  }
  return findings;
}

function effectOf(tool: RiskCall["tool"]): ToolEffect | undefined {
  return typeof tool === "string" ? EFFECTS.get(tool) : tool.effect;
}

function ofTool(tool: RiskCall["tool"]): RiskFinding {
  const effect = effectOf(tool);
  // A name alone is believed where the registry knows it.
  const registered = typeof tool === "string" ? registeredRisk(tool) : undefined;
  if (registered !== undefined) return registered;
  switch (effect) {
    case "read":
      return { level: "low", reason: "only reads" };
    case "write":
      return { level: "medium", reason: "writes files" };
    case "execute":
      return { level: "medium", reason: "runs a program" };
    case "network":
      return { level: "medium", reason: "reaches the network" };
    case "agent":
      return { level: "medium", reason: "starts another agent" };
    default:
      effect satisfies undefined;
      return { level: "high", reason: "what the tool does is not known" };
  }
}

function writtenPaths(tool: RiskCall["tool"], args: JsonObject): readonly RiskFinding[] {
  const names = ["file_path", "path", "notebook_path", ...(typeof tool === "string" ? [] : (tool.pathArgs ?? []))];
  return names.flatMap((name) => {
    const path = Object.hasOwn(args, name) ? args[name] : undefined;
    return typeof path === "string" ? (sensitivePath(path) ?? []) : [];
  });
}
