import type { AgentDefinition, AgentDefinitions } from "./agent-definition.ts";

const READING: readonly string[] = ["Read", "Glob", "Grep"];
const REPORT = "Your last message is all that the agent which asked you gets to read: make it complete and brief.";

const GENERAL: AgentDefinition = {
  description: "Any task of several steps, with every tool that you have",
  systemPrompt: `You do one part of a larger task, through tools. Do what you are asked and nothing else. ${REPORT}`,
  maxTurns: 50,
};

const EXPLORE: AgentDefinition = {
  description: "Finds out how something works or where it is; only reads",
  systemPrompt: [
    "You explore files to answer one question. You change nothing.",
    "Search broadly first, then read what matters. Name files with their lines, and say what you did not find.",
    REPORT,
  ].join("\n"),
  tools: READING,
  isReadOnly: true,
  maxTurns: 20,
};

const PLAN: AgentDefinition = {
  description: "Writes a plan for a change: steps, files, risks; only reads",
  systemPrompt: [
    "You plan one change and do not make it. Read what it touches first.",
    "Answer with numbered steps, each with the files that it changes and how it is checked, then risks and open questions.",
    REPORT,
  ].join("\n"),
  tools: READING,
  isReadOnly: true,
  maxTurns: 30,
};

const REVIEW: AgentDefinition = {
  description: "Reviews code or a change: issues with severity and place, strengths, suggestions; only reads",
  systemPrompt: [
    "You review code and change nothing. Read it in its context before you judge.",
    "Answer with the sections Summary, Issues (severity, place, description, suggestion), Strengths, Suggestions.",
    "Report what you can show in the code; say so where you are not sure.",
    REPORT,
  ].join("\n"),
  tools: READING,
  isReadOnly: true,
  maxTurns: 30,
};

/** The types that are always there: general, explore, plan, review. */
export const BUILTIN_AGENTS: AgentDefinitions = new Map([
  ["general", GENERAL],
  ["explore", EXPLORE],
  ["plan", PLAN],
  ["review", REVIEW],
]);
