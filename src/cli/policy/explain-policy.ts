import { escapeControls } from "../../approval/index.ts";
import { analyseCommand, type PolicyDecision, type PolicyEngine, type PolicyMatch } from "../../policy/index.ts";
import type { CliContext } from "../cli-context.ts";
import type { Command } from "../command.ts";
import { loadPolicy, readCall, readPolicyOptions } from "./policy-options.ts";

/** `harness policy explain TOOL SUBJECT`: what is decided about a call, by which rule, and what every layer and rule says. */
export const explainPolicy: Command = async (args, { out }) => {
  const options = readPolicyOptions(args);
  const call = readCall(options);
  const engine = await loadPolicy(options);
  const decision = engine.check(call);
  const matches = engine.simulate(call);
  const { command } = call.args;
  const analysis = typeof command === "string" ? analyseCommand(command) : undefined;
  if (options.json) {
    const read =
      analysis === undefined ? {} : { commands: analysis.commands.map(({ text }) => text), opaque: analysis.opaque };
    out(`${JSON.stringify({ call, decision, matches, hash: engine.hash, ...read }, undefined, 2)}\n`);
    return 0;
  }
  const line = lineWriter(out);
  line(`${decision.simulated?.effect ?? decision.effect}  ${call.tool} ${JSON.stringify(call.args)}`);
  describeDecision(decision, line);
  line("\nLayers, the most specific first");
  for (const { layer, file, effect, reason } of decision.trace) {
    line(`  ${effect.padEnd(6)} ${layer}${file === undefined ? "" : ` (${file})`}: ${reason}`);
  }
  line(matches.length === 0 ? "\nNo rule matches" : "\nRules that match, in the order in which they are asked");
  for (const match of matches) line(`  ${describeMatch(match)}`);
  if (analysis !== undefined) {
    line("\nThe command as bash reads it");
    for (const { text } of analysis.commands) line(`  ${text}`);
    for (const { message } of analysis.opaque) line(`  not known before it runs: ${message}`);
  }
  line(`\nPolicy ${engine.hash.slice(0, 16)} of ${engine.rules().length} rules in ${engine.files.length} files`);
  return 0;
};

type Line = (text: string) => void;

/** Nothing that a policy or a call holds may move the terminal's cursor. */
function lineWriter(out: CliContext["out"]): Line {
  return (text) =>
    out(
      `${text
        .split("\n")
        .map((part) => escapeControls(part))
        .join("\n")}\n`,
    );
}

function describeDecision({ rule, layer, reason, simulated }: PolicyDecision, line: Line): void {
  if (rule !== undefined) line(`rule    ${rule}${layer === undefined ? "" : ` (${layer})`}`);
  line(`reason  ${simulated?.reason ?? reason}`);
  if (simulated !== undefined) line("mode    simulation: this is what would be decided");
}

/** One rule on one line. */
function describeMatch({ effect, rule, layer, file, line, match }: PolicyMatch): string {
  const place = file === undefined ? layer : `${layer}, ${file}${line === undefined ? "" : `:${line}`}`;
  return `${effect.padEnd(6)} ${rule} (${place})${match === "maybe" ? ": could match, by what is known only at run time" : ""}`;
}

/** `harness policy lint`: rules that never decide, tools that do not exist, patterns in the wrong language. Exit code 1 when there are any. */
export const lintPolicy: Command = async (args, { out }) => {
  const options = readPolicyOptions(args);
  const engine = await loadPolicy(options);
  const findings = engine.lint();
  if (options.json) out(`${JSON.stringify(findings, undefined, 2)}\n`);
  else {
    const line = lineWriter(out);
    for (const { type, rule, layer, file, line: at, message } of findings) {
      line(`${file ?? layer}${at === undefined ? "" : `:${at}`}: ${type}: "${rule}": ${message}`);
    }
    line(
      findings.length === 0
        ? `Nothing to find in ${describeSize(engine)}`
        : `${findings.length} findings in ${describeSize(engine)}`,
    );
  }
  return findings.length === 0 ? 0 : 1;
};

function describeSize(engine: PolicyEngine): string {
  return `${engine.rules().length} rules, ${engine.files.length} files`;
}
