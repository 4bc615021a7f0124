import { isToolGlob } from "../shell/tool-glob.ts";
import type { HookEventName, HookEvents } from "../spec/index.ts";
import { EVENT_RULES } from "./event-names.ts";

/**
 * Which events a hook is for: tool names with `*` for any characters, a regular expression for the tool's name, or a
 * function of the payload. Only functions can be used with events that are not about a tool.
 */
export type HookMatcher<Name extends HookEventName = HookEventName> =
  string | readonly string[] | RegExp | ((payload: HookEvents[Name]) => boolean);

/** Compiles a matcher. Throws a `TypeError` for one that could never match. */
export function compileMatcher<Name extends HookEventName>(
  event: Name,
  matcher: HookMatcher<Name> | undefined,
): (payload: HookEvents[Name]) => boolean {
  if (matcher === undefined) return () => true;
  if (typeof matcher === "function") return matcher;
  if (!EVENT_RULES[event].isTool) {
    throw new TypeError(`A matcher for tool names never matches the event "${event}": leave it out or pass a function`);
  }
  const pattern = matcher instanceof RegExp ? withoutState(matcher) : compileGlobs(matcher);
  return (payload) => pattern.test(toolNameOf(payload));
}

/** The tool that an event is about; "" where there is none. */
function toolNameOf(payload: HookEvents[HookEventName]): string {
  if ("name" in payload) return payload.name;
  return "result" in payload && "name" in payload.result ? payload.result.name : "";
}

function compileGlobs(matcher: string | readonly string[]): RegExp {
  const globs: readonly unknown[] = typeof matcher === "string" ? [matcher] : matcher;
  if (globs.length === 0) throw new TypeError("A matcher without a tool name never matches: leave it out to match all");
  return new RegExp(`^(?:${globs.map(globToPattern).join("|")})$`, "s");
}

function globToPattern(glob: unknown): string {
  if (typeof glob !== "string" || !isToolGlob(glob)) {
    const hint = "Write several as a list, or pass a regular expression";
    throw new TypeError(`A matcher is a tool name with "*" for any characters, got ${JSON.stringify(glob)}. ${hint}`);
  }
  // One run of stars is one star: neighbours would make the match quadratic.
  return glob
    .replaceAll(/\*+/g, "*")
    .replaceAll(/[^*\w]/g, String.raw`\$&`)
    .replaceAll("*", ".*");
}

/** A regular expression with "g" or "y" remembers where it stopped: the same name would match every second time. */
function withoutState(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ""));
}
