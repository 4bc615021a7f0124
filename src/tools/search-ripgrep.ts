import { openSignalScope } from "../async/index.ts";
import type { ExecResult, Sandbox } from "../spec/index.ts";
import { openRipgrepEvents, type RipgrepEvents } from "./ripgrep-events.ts";
import { MAX_SEARCHED_BYTES, SEARCH_TIMEOUT_MS, type LineSearch, type SearchResult } from "./search-result.ts";
import { timeoutProblem } from "./search-files.ts";
import { SKIPPED_DIRECTORIES } from "./walk-files.ts";

/** What ripgrep may print: a line for each match, each with the matching line in it. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** More than any result holds, since some of them don't stand the second look. */
const MAX_MATCHES_OF_A_FILE = 10_000;
const OLDEST_VERSION = 12;

/**
 * Whether the sandbox has a ripgrep that knows the options used here. Takes no signal: the answer is for all calls, and
 * one that is aborted must not answer for the others.
 */
export async function hasRipgrep(sandbox: Sandbox): Promise<boolean> {
  try {
    const { exitCode, stdout } = await sandbox.exec(["rg", "--version"], { timeoutMs: 5000 });
    return exitCode === 0 && Number(/^ripgrep (\d+)\./u.exec(stdout)?.[1]) >= OLDEST_VERSION;
  } catch {
    return false;
  }
}

/**
 * Searches a directory with ripgrep, in the sandbox and without a shell. It is stopped as soon as there is enough.
 * `undefined` when this version does not know something of the pattern, which is a valid one.
 */
export async function searchWithRipgrep(search: LineSearch, sandbox: Sandbox): Promise<SearchResult | undefined> {
  const { root, maxResults, signal } = search;
  using scope = openSignalScope([signal]);
  const enough = new DOMException("Enough was found", "AbortError");
  const events = openRipgrepEvents({ ...search, onEnough: () => scope.abort(enough) });
  let problem: unknown;
  let isStreamed = false;
  try {
    const result = await sandbox.exec(toArgv(search), {
      cwd: root,
      signal: scope.signal,
      timeoutMs: SEARCH_TIMEOUT_MS,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      onOutput(text, stream) {
        if (stream !== "stdout" || problem !== undefined) return;
        isStreamed = true;
        try {
          events.push(text);
        } catch (error) {
          problem = error;
          scope.abort(error);
        }
      },
    });
    if (!isStreamed) events.push(result.stdout);
    return readResult(result, events, maxResults);
  } catch (error) {
    if (error !== enough) throw error;
    return { type: "found", lines: events.lines.slice(0, maxResults + 1), isPartial: false };
  }
}

function toArgv({ forRipgrep }: LineSearch): readonly string[] {
  return [
    "rg",
    // No settings of the machine or the project: results must not depend on them, and a preprocessor runs programs.
    "--no-config",
    "--no-ignore",
    "--hidden",
    "--json",
    // One line after the other, as the built-in search reads them.
    "--no-mmap",
    "--encoding=none",
    "--sort=path",
    `--max-count=${MAX_MATCHES_OF_A_FILE}`,
    `--max-filesize=${MAX_SEARCHED_BYTES}`,
    ...SKIPPED_DIRECTORIES.map((name) => `--glob=!${name}/`),
    // "-e" and "--": nothing in a pattern or path is an option, so that "--pre=bash" is searched for and not obeyed.
    "-e",
    forRipgrep,
    "--",
    "./",
  ];
}

/** 0: found, 1: nothing found, 2: an error, which may be no more than a file that could not be read. */
function readResult(result: ExecResult, events: RipgrepEvents, maxResults: number): SearchResult | undefined {
  if (result.timedOut) return { type: "problem", problem: timeoutProblem() };
  const lines = events.lines.slice(0, maxResults + 1);
  if (result.exitCode === 0 || result.exitCode === 1) return { type: "found", lines, isPartial: result.truncated };
  if (result.exitCode === 2 && events.hasSummary) return { type: "found", lines, isPartial: true };
  // "regex parse error" or, when it would need too much memory, "Compiled regex exceeds size limit".
  if (result.exitCode === 2 && /\bregex\b/iu.test(result.stderr)) return undefined;
  const reason = result.stderr.trim().slice(0, 500);
  return { type: "problem", problem: `ripgrep failed (exit code ${String(result.exitCode)}): ${reason}` };
}
