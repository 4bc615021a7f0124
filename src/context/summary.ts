/** What stays of the part of a conversation that was taken out. Each list may be empty. */
export interface Summary {
  /** What the person asked for, in their words. Kept by the harness, not by a model. */
  readonly task: readonly string[];
  /** The list of things to do as it was last written. Kept by the harness. */
  readonly todos: readonly string[];
  /** Files that calls changed, with the tool. Kept by the harness. */
  readonly files: readonly string[];
  /** What was decided, and why. */
  readonly decisions: readonly string[];
  /** What was learned and is still needed. */
  readonly findings: readonly string[];
  /** How far the work is, and what was about to happen. */
  readonly state: readonly string[];
}

/** The name of a section. */
export type SummarySection = keyof Summary;

const TITLES: Readonly<Record<SummarySection, string>> = {
  task: "Task",
  todos: "Open todos",
  files: "Touched files",
  decisions: "Decisions",
  findings: "Findings",
  state: "State and next steps",
};

/** The sections that a model writes. */
export const WRITTEN_SECTIONS = ["decisions", "findings", "state"] as const satisfies readonly SummarySection[];

const SECTIONS: readonly SummarySection[] = ["task", "todos", "files", "decisions", "findings", "state"];
const OPENING = "[Summary of the conversation so far: the messages before this one were taken out to make room]";
const CLOSING = "[End of the summary. Go on with the task from here.]";

/** Nothing in any section. */
export const EMPTY_SUMMARY: Summary = { task: [], todos: [], files: [], decisions: [], findings: [], state: [] };

/** A summary as the model reads it. What stands in it cannot pass for a section: its lines are indented. */
export function writeSummary(summary: Summary): string {
  const sections = SECTIONS.filter((name) => summary[name].length > 0).map(
    (name) => `## ${TITLES[name]}\n${summary[name].map(writeItem).join("\n")}`,
  );
  return [OPENING, ...sections, CLOSING].join("\n\n");
}

function writeItem(item: string): string {
  return `- ${item.replaceAll("\n", "\n  ")}`;
}

/** The summary that a text begins with, so that the next one goes on from it; `undefined` when there is none. */
export function readSummary(text: string): Summary | undefined {
  if (!text.startsWith(OPENING)) return undefined;
  const end = text.indexOf(`\n${CLOSING}`);
  return readSections(end < 0 ? text : text.slice(0, end));
}

/** Reads sections by their titles; lines before the first title are left out. */
export function readSections(text: string): Summary {
  const read: Record<SummarySection, string[]> = {
    task: [],
    todos: [],
    files: [],
    decisions: [],
    findings: [],
    state: [],
  };
  let section: SummarySection | undefined;
  for (const line of text.split("\n")) {
    const title = /^#{1,3} (.+?)\s*$/.exec(line)?.[1];
    if (title !== undefined) {
      section = SECTIONS.find((name) => TITLES[name].toLowerCase() === title.toLowerCase());
      continue;
    }
    if (section === undefined || line.trim() === "") continue;
    const items = read[section];
    const item = /^[-*] (.*)$/.exec(line)?.[1];
    const last = items.length - 1;
    if (item !== undefined) items.push(item);
    else if (last < 0) items.push(line.trim());
    else items[last] = `${items[last]}\n${line.replace(/^ {2}/, "")}`;
  }
  return read;
}

/** How the sections that a model writes are called. */
export function sectionTitle(section: SummarySection): string {
  return TITLES[section];
}
