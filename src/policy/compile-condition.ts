import { RE2JS } from "re2js";

import type { PathForms, PathPlace } from "../paths/index.ts";
import { commandGlob, coversEveryCommand, matchAnyCommand, type CommandMatch } from "../shell/index.ts";
import type { CallFacts } from "./call-facts.ts";
import { commandRegex } from "./command-regex.ts";
import { pathGlob, pathRegex, type PathPattern, type PathPatternOptions } from "./path-pattern.ts";
import type { PolicyEffect } from "./policy-decision.ts";
import type { ReadCondition } from "./read-document.ts";

/** Whether a condition holds for a call. */
export type Condition = (facts: CallFacts) => CommandMatch;

/** How conditions are compiled. */
export interface ConditionOptions extends PathPatternOptions {
  readonly effect: PolicyEffect;
  /** Another condition of the rule judges the files that a command reaches. */
  readonly judgesPaths: boolean;
}

const MAX_CONTENT_PATTERN = 1024;

/**
 * Compiles a condition for rules of one effect. Denials and questions hold when any part of a call matches, and
 * `maybe` when a part that is known only at run time could; allowances only when every part matches for certain.
 * Throws what the pattern's parser throws.
 */
export function compileCondition({ type, syntax, pattern }: ReadCondition, options: ConditionOptions): Condition {
  const isAllowance = options.effect === "allow";
  switch (type) {
    case "command_matches":
      return compileCommand(syntax === "glob" ? commandGlob(pattern) : commandRegex(pattern), options);
    case "path_matches": {
      const paths = syntax === "glob" ? pathGlob(pattern, options) : pathRegex(pattern, options);
      return isAllowance ? everyPath((forms) => isCovered(forms, paths)) : anyPath(paths);
    }
    case "not_path_matches": {
      const paths = syntax === "glob" ? pathGlob(pattern, options) : pathRegex(pattern, options);
      return isAllowance
        ? everyPath((forms) => forms.places !== undefined && !isNamed(forms, paths))
        : pathOutside(paths);
    }
    case "content_matches":
      return compileContent(pattern, isAllowance);
    default:
      return type satisfies never;
  }
}

function compileCommand(pattern: ReturnType<typeof commandGlob>, { effect, judgesPaths }: ConditionOptions): Condition {
  if (effect !== "allow") return ({ command }) => (command === undefined ? "no" : matchAnyCommand(command, pattern));
  return ({ command }) =>
    command !== undefined && coversEveryCommand(command, pattern, { mayRedirect: judgesPaths }) ? "yes" : "no";
}

function anyPath(pattern: PathPattern): Condition {
  return ({ paths }) => {
    if (paths.known.some((forms) => isNamed(forms, pattern))) return "yes";
    return paths.hasUnknown || paths.known.some(({ places }) => places === undefined) ? "maybe" : "no";
  };
}

/** For a denial outside of a pattern: a call that names no file is outside as well. */
function pathOutside(pattern: PathPattern): Condition {
  return ({ paths }) => {
    if (paths.known.some((forms) => forms.places !== undefined && !isCovered(forms, pattern))) return "yes";
    if (paths.hasUnknown || paths.known.some(({ places }) => places === undefined)) return "maybe";
    return paths.known.length === 0 ? "yes" : "no";
  };
}

function everyPath(isMeant: (forms: PathForms) => boolean): Condition {
  return ({ paths: { known, hasUnknown } }) => (!hasUnknown && known.length > 0 && known.every(isMeant) ? "yes" : "no");
}

function isNamed({ names }: PathForms, pattern: PathPattern): boolean {
  return names.some((name) => pattern.matches(name));
}

function isCovered({ places }: PathForms, pattern: PathPattern): boolean {
  return places !== undefined && places.every((place: PathPlace) => pattern.covers(place));
}

function compileContent(pattern: string, isAllowance: boolean): Condition {
  if (pattern.length > MAX_CONTENT_PATTERN) {
    throw new RangeError(`A content pattern has at most ${MAX_CONTENT_PATTERN} characters, this one ${pattern.length}`);
  }
  const regex = RE2JS.compile(pattern);
  return ({ contents }) => {
    const isMatch = isAllowance
      ? contents.length > 0 && contents.every((content) => regex.test(content))
      : contents.some((content) => regex.test(content));
    return isMatch ? "yes" : "no";
  };
}
