import { normalize } from "node:path/posix";

import type { ShellWord } from "../shell/index.ts";
import type { RiskFinding } from "./risk-finding.ts";

/** Folders without which a machine or an account does not work, and everything directly in them. */
const VITAL =
  /^(?:\/|~|\/(?:bin|boot|dev|etc|home|lib|lib64|opt|proc|root|sbin|srv|sys|usr|var|Users|System|Library|Applications)|\/(?:home|Users)\/[^/]+)$/;
/** The home as people write it; dynamic to the shell, plain to everybody else. */
const HOME = /^\$(?:HOME|\{HOME\})(?=\/|$)/;

/** How dangerous it is to remove these files. */
export function removalRisk(words: readonly ShellWord[]): readonly RiskFinding[] {
  const args = words.slice(1);
  const isRecursive = args.some(({ text }) => /^-[a-zA-Z]*[rR]|^--rec/.test(text));
  const operands = args.filter(({ text }) => !text.startsWith("-") || text === "-");
  return operands.map((word) => targetRisk(word, isRecursive));
}

function targetRisk({ type, text }: ShellWord, isRecursive: boolean): RiskFinding {
  const path = normalize(text.replace(HOME, "~")).replace(/(?<=.)\/$/, "");
  const folder = path.replace(/\/(?:\*|\.\*|\{\.?\*.*)$/, "") || "/";
  const isVital = VITAL.test(path) || (path !== folder && VITAL.test(folder));
  if (isRecursive && (isVital || path === "*" || path === "..")) {
    return isVital ? { level: "block", reason: `removes ${text}` } : { level: "high", reason: `removes ${text}` };
  }
  const isFar = path.startsWith("/") || path.startsWith("~") || path.startsWith("..") || type === "dynamic";
  return isRecursive && isFar
    ? { level: "high", reason: `removes ${text} and all below it` }
    : { level: "medium", reason: `removes ${text}` };
}
