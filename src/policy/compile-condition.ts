import { RE2JS } from "re2js";

import type { PathForms, PathPlace } from "../paths/index.ts";
import { commandGlob, coversEveryCommand, matchAnyCommand, matchGlob, type CommandMatch } from "../shell/index.ts";
import { textsOf } from "./call-facts.ts";
import { coverCommandForm, matchCommandForm } from "./compile-command-form.ts";
import type { Condition } from "./condition.ts";
import { commandRegex } from "./command-regex.ts";
import { isCoveredAccess, isInvolved, type WantedAccess } from "./file-access.ts";
import { hostPattern } from "./host-pattern.ts";
import { anyPathPattern, pathGlob, pathRegex, type PathPattern, type PathPatternOptions } from "./path-pattern.ts";
import type { PolicyEffect } from "./policy-decision.ts";
import type { ReachedFile } from "./read-paths.ts";
import type { ArgumentCondition, PatternCondition, ReadCondition } from "./read-conditions.ts";
import { compileTime } from "./time-window.ts";

/** How conditions are compiled. */
export interface ConditionOptions extends PathPatternOptions {
  readonly effect: PolicyEffect;
  /** Another condition of the rule judges the files that a command reaches. */
  readonly judgesPaths: boolean;
  /** The only use of files that the rule's conditions about paths mean. */
  readonly access: WantedAccess | undefined;
  /** Another condition of the rule judges the command. */
  readonly judgesCommand: boolean;
}

const MAX_CONTENT_PATTERN = 1024;

/**
 * Compiles a condition for rules of one effect. Denials and questions hold when any part of a call matches, and
 * `maybe` when a part that is known only at run time could; allowances only when every part matches for certain.
 * Throws what the pattern's parser throws.
 */
export function compileCondition(condition: ReadCondition, options: ConditionOptions): Condition {
  const isAllowance = options.effect === "allow";
  switch (condition.type) {
    case "command_matches": {
      const { syntax, pattern } = condition;
      return compileCommand(syntax === "glob" ? commandGlob(pattern) : commandRegex(pattern), options);
    }
    case "command":
      return isAllowance
        ? coverCommandForm(condition, { mayRedirect: options.judgesPaths })
        : matchCommandForm(condition);
    case "path_matches":
    case "path":
      return isAllowance
        ? everyPath(coveredBy(pathsOf(condition, options)), options)
        : anyPath(pathsOf(condition, options), options);
    case "not_path_matches": {
      const paths = pathsOf(condition, options);
      const isOutside = (forms: PathForms): boolean => forms.places !== undefined && !isNamed(forms, paths);
      return isAllowance ? everyPath(isOutside, options) : pathOutside(paths, options);
    }
    case "url":
      return matchUrls(({ href }) => condition.patterns.some((glob) => matchGlob(glob, href)), options);
    case "host": {
      const patterns = condition.patterns.map(hostPattern);
      return matchUrls(({ host }) => patterns.some((matches) => matches(host)), options);
    }
    case "content_matches":
      return compileContent([condition.pattern], options);
    case "content":
      return compileContent(condition.patterns, options);
    case "access":
      // The conditions about paths, one of which stands beside it, go by it.
      return () => "yes";
    case "args":
      return compileArgument(condition, isAllowance);
    case "agent":
      return ({ agent }) =>
        agent === undefined ? unknown(isAllowance) : certain(condition.patterns.some((glob) => matchGlob(glob, agent)));
    case "tainted":
      return ({ isTainted }) =>
        isTainted === undefined ? unknown(isAllowance) : certain(isTainted === condition.value);
    case "time": {
      const isInside = compileTime(condition.window);
      return ({ now }) => certain(isInside(now));
    }
    default:
      return condition satisfies never;
  }
}

function certain(isMatch: boolean): CommandMatch {
  return isMatch ? "yes" : "no";
}

/** What nobody said may hold for a denial and never does for an allowance. */
function unknown(isAllowance: boolean): CommandMatch {
  return isAllowance ? "no" : "maybe";
}

function compileCommand(pattern: ReturnType<typeof commandGlob>, { effect, judgesPaths }: ConditionOptions): Condition {
  if (effect !== "allow") return ({ command }) => (command === undefined ? "no" : matchAnyCommand(command, pattern));
  return ({ command }) =>
    certain(command !== undefined && coversEveryCommand(command, pattern, { mayRedirect: judgesPaths }));
}

type PathCondition = PatternCondition | Extract<ReadCondition, { readonly type: "path" }>;

function pathsOf(condition: PathCondition, options: PathPatternOptions): PathPattern {
  if (condition.type === "path") return anyPathPattern(condition.patterns.map((glob) => pathGlob(glob, options)));
  return condition.syntax === "glob" ? pathGlob(condition.pattern, options) : pathRegex(condition.pattern);
}

function anyPath(pattern: PathPattern, { access: wanted }: ConditionOptions): Condition {
  return ({ paths: { known, globs, unknown } }) => {
    const isMeant = (use: Pick<ReachedFile, "access">): boolean => isInvolved(use.access, wanted);
    if (known.some((file) => isMeant(file) && isNamed(file.forms, pattern))) return "yes";
    if (globs.some((use) => isMeant(use) && use.forms.some((glob) => pattern.matches(glob)))) return "yes";
    if (unknown !== undefined && isInvolved(unknown, wanted)) return "maybe";
    if (known.some((file) => isMeant(file) && file.forms.places === undefined)) return "maybe";
    return globs.some((use) => isMeant(use) && use.forms.some((glob) => pattern.meets(glob))) ? "maybe" : "no";
  };
}

/**
 * For a denial outside of a pattern: a call that names no file is outside as well, unless the denial is about reading or
 * writing, which such a call does not do.
 */
function pathOutside(pattern: PathPattern, { access: wanted }: ConditionOptions): Condition {
  return ({ paths: { known, globs, unknown } }) => {
    const files = known.filter(({ access }) => isInvolved(access, wanted)).map(({ forms }) => forms);
    if (files.some((forms) => forms.places !== undefined && !isCovered(forms, pattern))) return "yes";
    if (unknown !== undefined && isInvolved(unknown, wanted)) return "maybe";
    if (globs.some(({ access }) => isInvolved(access, wanted))) return "maybe";
    if (files.some(({ places }) => places === undefined)) return "maybe";
    return certain(files.length === 0 && wanted === undefined);
  };
}

/** A command does more than reach files: an allowance about files alone says nothing about it. */
function everyPath(
  isMeant: (forms: PathForms) => boolean,
  { judgesCommand, access: wanted }: ConditionOptions,
): Condition {
  const isAllowed = ({ access, forms }: ReachedFile): boolean => isCoveredAccess(access, wanted) && isMeant(forms);
  return ({ command, paths: { known, globs, unknown } }) => {
    if (command !== undefined && !judgesCommand) return "no";
    return certain(unknown === undefined && globs.length === 0 && known.length > 0 && known.every(isAllowed));
  };
}

function isNamed({ names }: PathForms, pattern: PathPattern): boolean {
  return names.some((name) => pattern.matches(name));
}

function coveredBy(pattern: PathPattern): (forms: PathForms) => boolean {
  return (forms) => isCovered(forms, pattern);
}

function isCovered({ places }: PathForms, pattern: PathPattern): boolean {
  return places !== undefined && places.every((place: PathPlace) => pattern.covers(place));
}

function matchUrls(
  isMeant: (url: { readonly href: string; readonly host: string }) => boolean,
  { effect, judgesCommand }: ConditionOptions,
): Condition {
  if (effect !== "allow") {
    return ({ urls: { known, hasUnknown } }) => (known.some(isMeant) ? "yes" : hasUnknown ? "maybe" : "no");
  }
  return ({ urls: { known, hasUnknown, coversCommand } }) =>
    certain((coversCommand || judgesCommand) && !hasUnknown && known.length > 0 && known.every(isMeant));
}

function compileContent(patterns: readonly string[], { effect }: ConditionOptions): Condition {
  const tooLong = patterns.find((pattern) => pattern.length > MAX_CONTENT_PATTERN);
  if (tooLong !== undefined) {
    throw new RangeError(`A content pattern has at most ${MAX_CONTENT_PATTERN} characters, this one ${tooLong.length}`);
  }
  const regexes = patterns.map((pattern) => RE2JS.compile(pattern));
  const isMatch = (content: string): boolean => regexes.some((regex) => regex.test(content));
  return effect === "allow"
    ? ({ contents, command }) => certain(command === undefined && contents.length > 0 && contents.every(isMatch))
    : ({ contents }) => certain(contents.some(isMatch));
}

function compileArgument({ name, patterns }: ArgumentCondition, isAllowance: boolean): Condition {
  const isMatch = (text: string): boolean => patterns.some((glob) => matchGlob(glob, text));
  return ({ args }) => {
    const texts = textsOf(Object.hasOwn(args, name) ? args[name] : undefined);
    return certain(texts.length > 0 && (isAllowance ? texts.every(isMatch) : texts.some(isMatch)));
  };
}
