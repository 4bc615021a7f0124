import { z } from "zod";

import type { BuiltinToolName } from "./tool-names.ts";

// Loading zod takes longer than everything else that a first message needs: only `lazy-input.ts` loads this file. What
// models read of these schemas stands in `input-schemas.generated.ts`; run `node scripts/generate-tool-schemas.mjs`
// after a change.

const filePath = z.string().min(1).describe("Path of the file, absolute or relative to the working directory");

/** The inputs of the built-in tools. Unknown keys are errors, so that a model learns of its mistake. */
export const INPUTS = {
  Read: z.strictObject({
    file_path: filePath,
    offset: z.int().min(1).describe("Line to begin with, from 1. Default 1").optional(),
    limit: z.int().min(1).describe("How many lines to read. Default and maximum 2000").optional(),
  }),
  Write: z.strictObject({
    file_path: filePath,
    content: z.string().describe("The whole content of the file"),
  }),
  Edit: z.strictObject({
    file_path: filePath,
    old_string: z.string().min(1).describe("The exact text to replace, without line numbers. Must not be empty"),
    new_string: z.string().describe("The text to put in its place. Must differ from old_string"),
    replace_all: z.boolean().describe("Replace every occurrence instead of exactly one. Default false").optional(),
  }),
  Bash: z.strictObject({
    command: z.string().regex(/\S/u, "The command is empty").describe("The shell command to run"),
    // Whatever is no number counts as not given: a command is not worth a second turn for that.
    timeout: z
      .number()
      .min(1)
      .optional()
      .catch(undefined)
      .describe("Milliseconds until the command is stopped. Default 120000, maximum 600000"),
  }),
  Glob: z.strictObject({
    pattern: z.string().min(1).max(1000).describe('Glob pattern such as "**/*.ts" or "src/{a,b}/*.json"'),
    path: z.string().min(1).describe("Directory to search. Default: the working directory").optional(),
  }),
  Grep: z.strictObject({
    pattern: z.string().min(1).max(2000).describe("Regular expression in RE2 syntax, matched line by line"),
    path: z.string().min(1).describe("File or directory to search. Default: the working directory").optional(),
    glob: z
      .string()
      .min(1)
      .max(1000)
      .describe('Search only files that match, such as "*.ts" or "src/**"; "!" in front leaves them out')
      .optional(),
    max_results: z.int().min(1).max(1000).describe("How many lines to return. Default 50").optional(),
  }),
  WebFetch: z.strictObject({
    url: z.string().min(1).describe("The http or https address to fetch"),
    max_length: z.int().min(1).max(200_000).describe("How many characters to return. Default 50000").optional(),
  }),
  RunCode: z.strictObject({
    code: z.string().min(1).max(1_000_000).describe("The code. The value of the last expression is the result"),
    language: z.enum(["javascript", "python"]).describe('Default "javascript"').optional(),
    timeout: z.number().min(1).optional().catch(undefined).describe("Milliseconds. Default 10000, maximum 60000"),
  }),
  AskUser: z.strictObject({
    question: z.string().regex(/\S/u, "The question is empty").describe("The question"),
    options: z.array(z.string().min(1)).max(20).describe("Answers to choose from").optional(),
  }),
  Checkpoint: z.strictObject({
    action: z
      .enum(["save", "restore", "list"])
      .describe("save keeps a copy of the file, restore brings a copy back, list shows the copies"),
    file_path: filePath.describe("The file. Needed for save and restore").optional(),
    version: z.int().min(1).describe("Which copy to restore. Default: the newest").optional(),
  }),
  TodoWrite: z.strictObject({
    todos: z
      .array(
        z.strictObject({
          content: z.string().min(1).max(2000).describe("What is to be done"),
          status: z.enum(["pending", "in_progress", "completed"]),
        }),
      )
      .max(200)
      .describe("The whole list; it replaces the one before"),
  }),
  ToolSearch: z.strictObject({
    query: z.string().regex(/\S/u, "The query is empty").describe("Words of the name or the description of the tool"),
  }),
} satisfies Record<BuiltinToolName, z.ZodType>;

/** What a built-in tool gets, by its name. */
export type BuiltinInput<Name extends BuiltinToolName> = z.output<(typeof INPUTS)[Name]>;
