import { toApprover } from "../approval/to-approver.ts";
import { checkObject, checkPort, hasMethod, showValue } from "./check-values.ts";

/** Options that are lists of texts. Those of tools may be tools, too; `skills` may be a switch. */
const TEXTS = ["directories", "tools", "skills"] as const;

/** Options that are texts; leaving one out has a meaning, an empty one has none. */
const WORDS = ["provider", "model", "apiKey", "baseUrl", "cwd", "sandboxMode"] as const;

/** Refuses values whose form is wrong within: throws a `TypeError` that names the place and what belongs there. */
export function checkShape(name: string, value: unknown): void {
  if (WORDS.some((known) => known === name)) checkText(name, value);
  if (TEXTS.some((known) => known === name) && typeof value !== "boolean") checkTexts(name, value);
  switch (name) {
    case "filters":
      return listOf(name, value).forEach((filter) => checkPort("every one of filters", filter, ["apply"]));
    case "permissions":
      checkObject(name, value);
      return Object.entries(value).forEach(([kind, rules]) => rules === undefined || listOf(`${name}.${kind}`, rules));
    case "onApproval":
      // A person's program, read as whoever asks will read it.
      return void toApprover(value as Parameters<typeof toApprover>[0]);
    case "outputSchema":
      return checkSchema(value);
    case "session":
      return checkStore(value);
    case "trustProject":
      if (typeof value === "boolean" || value === "ask") return;
      throw new TypeError(`trustProject must be true, false or "ask", not ${showValue(value)}`);
    case "config":
      if (value === false || typeof value === "string") return;
      throw new TypeError(`config must be a path or false, not ${showValue(value)}`);
    default:
  }
}

function checkText(name: string, value: unknown): void {
  // A model may also be an object: whoever checks ports looks at that.
  if (typeof value !== "string" && name === "model") return;
  if (typeof value !== "string") throw new TypeError(`${name} must be a string, not ${showValue(value)}`);
  if (value.trim() === "") throw new TypeError(`${name} is empty: leave it out for what holds by default`);
  if (name === "baseUrl" && !/^https?:/.test(URL.parse(value)?.protocol ?? "")) {
    throw new TypeError(`baseUrl must be an address such as "https://example.com/v1"`);
  }
}

/** The list that a value is; anything else is a `TypeError`. */
export function listOf(name: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`${name} must be a list, not ${showValue(value)}`);
}

function checkTexts(name: string, value: unknown): void {
  for (const [index, item] of listOf(name, value).entries()) {
    if (typeof item === "string" || (name === "tools" && hasMethod(item, "execute") && hasName(item))) continue;
    const wanted = name === "tools" ? "the name of a built-in tool, or a tool made by defineTool()" : "a string";
    throw new TypeError(`${name}[${index}] must be ${wanted}, not ${showValue(item)}`);
  }
}

function hasName(value: unknown): boolean {
  return typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";
}

/** Some libraries' schemas are functions. */
function checkSchema(value: unknown): void {
  const isOpen = (typeof value === "object" && value !== null) || typeof value === "function";
  if (isOpen && "~standard" in value) return;
  throw new TypeError("outputSchema must be a Standard Schema, such as one of zod, valibot or arktype");
}

/** A store that is not awaited yet would be taken for options without any. */
function checkStore(value: unknown): void {
  if (typeof value !== "object" || value === null || !("store" in value) || value.store === undefined) return;
  if (hasMethod(value.store, "then")) throw new TypeError("session.store must be a store, not a promise: await it");
  checkPort("session.store", value.store, ["append", "read"]);
}
