import { suggestName } from "../errors/index.ts";
import type { DefineToolOptions } from "./define-tool-options.ts";

const NAME = /^[a-zA-Z0-9_-]{1,64}$/u;

/** Every option; leaving one out does not compile. */
const KNOWN: Readonly<Record<keyof DefineToolOptions, true>> = {
  name: true,
  description: true,
  input: true,
  inputSchema: true,
  effect: true,
  durability: true,
  risk: true,
  timeoutMs: true,
  maxOutputBytes: true,
  isReadWhole: true,
  maxCost: true,
  cancel: true,
  isDeferred: true,
  isUntrusted: true,
  dataLabels: true,
  sendsOut: true,
  pathArgs: true,
  identify: true,
  execute: true,
  reconcile: true,
};

const CHOICES = new Map<string, readonly unknown[]>([
  ["effect", ["read", "write", "execute", "network", "agent"]],
  ["durability", [undefined, "readOnly", "idempotent", "atMostOnce"]],
  ["risk", [undefined, "low", "medium", "high", "block"]],
  ["cancel", [undefined, "immediate", "cooperative", "never"]],
  ["isDeferred", [undefined, true, false]],
  ["isUntrusted", [undefined, true, false]],
  ["sendsOut", [undefined, true, false]],
]);

/** Throws a `TypeError` that names the option: a tool that is not what its author meant must not be offered. */
export function checkToolOptions(options: unknown): void {
  if (!isRecord(options)) throw new TypeError("defineTool needs an options object");
  const { name, description, input, inputSchema, execute, reconcile, pathArgs, dataLabels, identify } = options;
  if (typeof name !== "string" || !NAME.test(name)) {
    throw new TypeError(`Tool name ${JSON.stringify(name)}: 1 to 64 letters, digits, "_" or "-" are needed`);
  }
  const need = (isMet: boolean, text: string): void => {
    if (!isMet) throw new TypeError(`Tool "${name}": ${text}`);
  };
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(KNOWN, key)) need(false, `unknown option "${key}".${suggestName(key, Object.keys(KNOWN))}`);
  }
  need(typeof description === "string" && description.trim() !== "", "description must say what the tool does");
  need(isStandardSchema(input), "input must be a Standard Schema (zod, valibot, arktype …)");
  need(typeof execute === "function", "execute must be a function");
  need(reconcile === undefined || typeof reconcile === "function", "reconcile must be a function");
  need(
    inputSchema === undefined || (isRecord(inputSchema) && inputSchema["type"] === "object"),
    'inputSchema must be a JSON Schema of type "object"',
  );
  need(identify === undefined || typeof identify === "function", "identify must be a function of the arguments");
  need(isTexts(pathArgs), "pathArgs must be a list of argument names");
  need(isTexts(dataLabels), 'dataLabels must be a list of words such as "customer"');
  for (const [key, choices] of CHOICES) {
    const words = choices
      .filter((choice) => choice !== undefined)
      .map(String)
      .join(", ");
    need(choices.includes(options[key]), `${key} must be one of ${words}, not ${JSON.stringify(options[key])}`);
  }
  checkLimits(options, need);
}

function checkLimits(options: Record<string, unknown>, need: (isMet: boolean, text: string) => void): void {
  const { timeoutMs, maxOutputBytes, maxCost } = options;
  // Node's timers take no more; a longer one would fire at once.
  need(
    timeoutMs === undefined || isBetween(timeoutMs, 1, 2 ** 31 - 1),
    "timeoutMs must be from 1 to 2147483647 milliseconds",
  );
  need(
    maxOutputBytes === undefined ||
      (Number.isSafeInteger(maxOutputBytes) && isBetween(maxOutputBytes, 1, Number.MAX_SAFE_INTEGER)),
    "maxOutputBytes must be a whole number of bytes above 0",
  );
  need(
    maxCost === undefined || isBetween(maxCost, 0, Number.MAX_SAFE_INTEGER),
    "maxCost must be a number of USD from 0 on",
  );
}

function isTexts(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((item) => typeof item === "string"));
}

function isBetween(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Schemas may be functions (arktype). */
function isStandardSchema(value: unknown): boolean {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || !("~standard" in value))
    return false;
  const standard = value["~standard"];
  return isRecord(standard) && typeof standard["validate"] === "function";
}
