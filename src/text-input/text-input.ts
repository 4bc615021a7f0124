import { suggestName } from "../errors/index.ts";
import type { JsonSchema, Tool } from "../spec/index.ts";

/** What one text of an input may be. */
export interface TextRule {
  /** For the model. */
  readonly description?: string;
  /** The texts that it may be. @default any */
  readonly oneOf?: readonly string[];
  /** What it is where the model leaves it out. @default it must be there */
  readonly otherwise?: string | undefined;
  /** It may be left out, and then is not there. @default false */
  readonly isOptional?: boolean;
  /** Not only blanks. @default false */
  readonly hasWords?: boolean;
}

/** Inputs of a tool that are texts: their schema, and what a model reads of it. */
export type TextInput<Input> = Pick<Tool<Input>, "input" | "inputSchema">;

/**
 * Makes the schema of an input of texts. By hand: the schema's library is not worth loading for a few texts, and for some
 * the valid words are known only when a run begins. Unknown keys are errors, so that a model learns of its mistake.
 */
export function textInput<Input>(rules: Readonly<Record<keyof Input & string, TextRule>>): TextInput<Input> {
  const named: readonly (readonly [string, TextRule])[] = Object.entries<TextRule>(rules);
  const properties = Object.fromEntries(named.map(([name, rule]) => [name, describeRule(rule)]));
  const required = named.filter(([, rule]) => isRequired(rule)).map(([name]) => name);
  return {
    inputSchema: { type: "object", properties, required, additionalProperties: false },
    input: {
      "~standard": {
        version: 1,
        vendor: "harness-agent",
        validate(value) {
          const problem = findProblem(value, named);
          if (problem !== undefined) return { issues: [{ message: problem }] };
          // Every text was looked at; what was left out is what its rule says.
          return { value: { ...defaultsOf(named), ...(value as Input) } };
        },
      },
    },
  };
}

function isRequired({ otherwise, isOptional = false }: TextRule): boolean {
  return otherwise === undefined && !isOptional;
}

function describeRule({ description, oneOf }: TextRule): JsonSchema {
  const words = oneOf === undefined ? {} : { enum: [...oneOf] };
  return { type: "string", ...words, ...(description === undefined ? {} : { description }) };
}

function defaultsOf(rules: readonly (readonly [string, TextRule])[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    rules.flatMap(([name, { otherwise }]) => (otherwise === undefined ? [] : [[name, otherwise] as const])),
  );
}

function findProblem(value: unknown, rules: readonly (readonly [string, TextRule])[]): string | undefined {
  if (typeof value !== "object" || value === null) return "an object is needed";
  const names = rules.map(([name]) => name);
  const unknown = Object.keys(value).find((key) => !names.includes(key));
  if (unknown !== undefined) return `Unknown key "${unknown}".${suggestName(unknown, names)}`;
  for (const [name, rule] of rules) {
    // Any object can be read by string keys; the values stay unknown.
    const text: unknown = Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
    const problem = findTextProblem(name, text, rule);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function findTextProblem(name: string, text: unknown, rule: TextRule): string | undefined {
  if (text === undefined) return isRequired(rule) ? `${name} is missing` : undefined;
  if (typeof text !== "string") return `${name} must be a text`;
  if (rule.hasWords === true && text.trim() === "") return `${name} must be a text that is not empty`;
  const { oneOf } = rule;
  if (oneOf === undefined || oneOf.includes(text)) return undefined;
  return `${name} must be one of ${oneOf.join(", ")}, not "${text.slice(0, 80)}".${suggestName(text, oneOf)}`;
}
