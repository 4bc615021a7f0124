import { createHash } from "node:crypto";
import { homedir } from "node:os";

import { checkKnownNames, type KnownNames } from "../errors/index.ts";
import { realPath } from "../paths/index.ts";
import { readCall, type CallFactsOptions } from "./call-facts.ts";
import { checkExamples } from "./check-examples.ts";
import { compileLayer, type CompiledLayer, type CompiledRule, type LayerSource } from "./compile-layer.ts";
import { decide, type ToolRules } from "./decide.ts";
import { lintLayers } from "./lint-layers.ts";
import { loadLayers, type LoadLayersOptions } from "./load-layers.ts";
import type { PolicyCall, PolicyDecision, PolicyFinding, PolicyMatch } from "./policy-decision.ts";
import type { PolicyLayer, PolicyLevel } from "./policy-layer.ts";
import { layerSource } from "./layer-source.ts";

/** What an engine made in code is made of. */
export interface PolicyEngineOptions {
  /** In any order of levels; within a level, later ones are more specific. */
  readonly layers: readonly PolicyLayer[];
  /** Answer "none" always, with what the answer would have been beside it. @default false */
  readonly simulation?: boolean;
  /** What `~` stands for. @default the user's home */
  readonly home?: string;
  /**
   * Follows the symbolic links of an absolute path as far as it exists; `undefined` when that fails. Called by
   * `check` for calls that name paths: its only way to the outside. @default asks the file system
   */
  readonly realpath?: (path: string) => string | undefined;
  /** The time for `time:` conditions, in milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

/** Where `PolicyEngine.load` looks for policies. */
export interface PolicyLoadOptions
  extends LoadLayersOptions, Pick<PolicyEngineOptions, "simulation" | "realpath" | "now"> {}

const LOAD_OPTIONS: KnownNames<PolicyLoadOptions> = {
  paths: true,
  cwd: true,
  home: true,
  trustProject: true,
  discover: true,
  simulation: true,
  realpath: true,
  now: true,
};

/** The most general first. */
const LEVELS: readonly PolicyLevel[] = ["organisation", "host", "team", "project"];
const MAX_CACHED_TOOLS = 1000;

/**
 * Decides about tool calls by rules that people wrote. Compiled once, then never changed; `check` is synchronous and
 * depends on nothing but the call and the links of the files it names.
 *
 * Layers stand above each other: host and organisation, team, project. The first rule of a layer that matches is that
 * layer's answer. The most specific layer that has one answers, but a denial of a higher layer stands unless it is
 * `overridable`, and an untrusted layer can only tighten. Rules that deny or ask hold when any part of a command or any
 * path matches; when what would match is known only at run time they ask. Rules that allow hold only when every part
 * matches for certain.
 */
export class PolicyEngine {
  /** SHA-256 in hex over the rules of all layers. */
  readonly hash: string;
  /** The files that were read, the most general first. */
  readonly files: readonly string[];
  readonly isSimulation: boolean;
  /** The most specific first. */
  readonly #layers: readonly CompiledLayer[];
  readonly #facts: CallFactsOptions;
  readonly #byTool = new Map<string, ToolRules>();

  /** Compiles layers made in code. Throws a `PolicyError` when one is wrong. */
  constructor(options: PolicyEngineOptions) {
    const { layers, simulation = false, home = homedir(), realpath = realPath, now = Date.now } = options ?? {};
    if (!Array.isArray(layers))
      throw new TypeError("A policy needs layers, or is read from files by PolicyEngine.load()");
    const sources = layers
      .map((layer, index) => (isLoaded(layer) ? layer : layerSource(layer, index)))
      .toSorted((left, right) => LEVELS.indexOf(left.level) - LEVELS.indexOf(right.level));
    this.#facts = { home, realpath, now };
    this.isSimulation = simulation;
    this.files = sources.flatMap(({ source }) => source.file ?? []);
    this.hash = hashLayers(sources);
    this.#layers = sources.map((layer) => this.#compile(layer)).toReversed();
  }

  /**
   * Reads the organisation's policy (`~/.harness/policy.yml`, `.yaml`, `.toml`), the files in `paths`, the project's
   * (`<cwd>/.harness/policy.…`) and their parents. Throws a `PolicyError` with file, line and column when anything in
   * them is unknown or missing.
   *
   * @example
   * const policy = await PolicyEngine.load({ cwd: "/srv/project" });
   * policy.check({ tool: "Bash", args: { command: "curl example.com" }, cwd: "/srv/project" }).effect;
   */
  static async load(options: PolicyLoadOptions = {}): Promise<PolicyEngine> {
    checkKnownNames("PolicyEngine.load()", options, LOAD_OPTIONS);
    const { simulation = false, home = homedir(), realpath = realPath, now = Date.now } = options;
    return new PolicyEngine({ simulation, home, realpath, now, layers: await loadLayers(options) });
  }

  /** Decides about a call. Throws a `TypeError` for what is none: without arguments no rule would apply. Fails closed: what cannot be known statically is never allowed by a rule about it. */
  check(call: PolicyCall): PolicyDecision {
    checkCall(call);
    const decision = decide(this.#rulesFor(call.tool), readCall(call, this.#facts));
    if (!this.isSimulation || decision.effect === "none") return decision;
    const { effect, rule, reason, trace } = decision;
    const simulated = { effect, reason, ...(rule === undefined ? {} : { rule }) };
    return { effect: "none", reason: "The policy is only simulated", trace, simulated };
  }

  /** Every rule that matches a call, the most specific first, whether or not it decides. */
  simulate(call: PolicyCall): readonly PolicyMatch[] {
    checkCall(call);
    const facts = readCall(call, this.#facts);
    return this.#rulesFor(call.tool).layers.flatMap(({ layer, rules }) =>
      rules.flatMap((rule): PolicyMatch[] => {
        const match = rule.match(facts);
        if (match === "no") return [];
        return [{ ...describeRule(rule, layer), match }];
      }),
    );
  }

  /** Every rule in the order in which it is asked: the most specific layer first. */
  rules(): readonly Omit<PolicyMatch, "match">[] {
    return this.#layers.flatMap((layer) => layer.rules.map((rule) => describeRule(rule, layer)));
  }

  /** What in the layers is probably not meant: rules that can never decide, tools that do not exist. */
  lint(): readonly PolicyFinding[] {
    return lintLayers(this.#layers);
  }

  #compile(layer: LayerSource): CompiledLayer {
    const compiled = compileLayer(layer, { home: this.#facts.home });
    for (const rule of compiled.rules) checkExamples(rule, layer.source, this.#facts);
    return compiled;
  }

  #rulesFor(tool: string): ToolRules {
    const cached = this.#byTool.get(tool);
    if (cached !== undefined) return cached;
    const layers = this.#layers.map((layer) => ({ layer, rules: layer.rules.filter((rule) => rule.appliesTo(tool)) }));
    const trusted = layers.filter(({ layer }) => layer.isTrusted);
    const untrusted = layers.filter(({ layer }) => !layer.isTrusted);
    const found = { layers, trusted, untrusted };
    // Names come from the model: without a limit it could fill the memory with them.
    if (this.#byTool.size < MAX_CACHED_TOOLS) this.#byTool.set(tool, found);
    return found;
  }
}

/** Of a call without arguments, or with misspelt ones, no condition would be true. */
function checkCall(call: PolicyCall): void {
  const { tool, args } = (call ?? {}) as { readonly tool?: unknown; readonly args?: unknown };
  if (typeof tool === "string" && typeof args === "object" && args !== null && !Array.isArray(args)) return;
  throw new TypeError('A call is { tool, args }, such as { tool: "Bash", args: { command: "ls" } }');
}

function describeRule(rule: CompiledRule, layer: CompiledLayer): Omit<PolicyMatch, "match"> {
  return {
    effect: rule.effect,
    rule: rule.name,
    layer: layer.name,
    ...(layer.file === undefined ? {} : { file: layer.file }),
    ...(rule.line === undefined ? {} : { line: rule.line }),
  };
}

function isLoaded(layer: PolicyLayer): layer is LayerSource {
  return "document" in layer && "source" in layer;
}

function hashLayers(layers: readonly LayerSource[]): string {
  const content = layers.map(({ level, isTrusted, document }) => ({ level, isTrusted, document }));
  return createHash("sha256")
    .update(JSON.stringify({ format: 1, content }))
    .digest("hex");
}
