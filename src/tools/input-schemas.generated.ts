// Made by scripts/generate-tool-schemas.mjs from inputs.ts: don't edit.
import type { JsonSchema } from "../spec/index.ts";
import type { BuiltinToolName } from "./tool-names.ts";

/** What models read of the built-in tools' inputs. */
export const INPUT_SCHEMAS: Readonly<Record<BuiltinToolName, JsonSchema>> = {
  Read: {
    type: "object",
    properties: {
      file_path: {
        type: "string",
        minLength: 1,
        description: "Path of the file, absolute or relative to the working directory",
      },
      offset: { type: "integer", minimum: 1, description: "Line to begin with, from 1. Default 1" },
      limit: { type: "integer", minimum: 1, description: "How many lines to read. Default and maximum 2000" },
    },
    required: ["file_path"],
    additionalProperties: false,
  },
  Write: {
    type: "object",
    properties: {
      file_path: {
        type: "string",
        minLength: 1,
        description: "Path of the file, absolute or relative to the working directory",
      },
      content: { type: "string", description: "The whole content of the file" },
    },
    required: ["file_path", "content"],
    additionalProperties: false,
  },
  Edit: {
    type: "object",
    properties: {
      file_path: {
        type: "string",
        minLength: 1,
        description: "Path of the file, absolute or relative to the working directory",
      },
      old_string: {
        type: "string",
        minLength: 1,
        description: "The exact text to replace, without line numbers. Must not be empty",
      },
      new_string: { type: "string", description: "The text to put in its place. Must differ from old_string" },
      replace_all: { type: "boolean", description: "Replace every occurrence instead of exactly one. Default false" },
    },
    required: ["file_path", "old_string", "new_string"],
    additionalProperties: false,
  },
  Bash: {
    type: "object",
    properties: {
      command: { type: "string", pattern: "\\S", description: "The shell command to run" },
      timeout: {
        description: "Milliseconds until the command is stopped. Default 120000, maximum 600000",
        type: "number",
        minimum: 1,
      },
    },
    required: ["command"],
    additionalProperties: false,
  },
  Glob: {
    type: "object",
    properties: {
      pattern: {
        type: "string",
        minLength: 1,
        maxLength: 1000,
        description: 'Glob pattern such as "**/*.ts" or "src/{a,b}/*.json"',
      },
      path: { type: "string", minLength: 1, description: "Directory to search. Default: the working directory" },
    },
    required: ["pattern"],
    additionalProperties: false,
  },
  Grep: {
    type: "object",
    properties: {
      pattern: {
        type: "string",
        minLength: 1,
        maxLength: 2000,
        description: "Regular expression in RE2 syntax, matched line by line",
      },
      path: {
        type: "string",
        minLength: 1,
        description: "File or directory to search. Default: the working directory",
      },
      glob: {
        type: "string",
        minLength: 1,
        maxLength: 1000,
        description: 'Search only files that match, such as "*.ts" or "src/**"; "!" in front leaves them out',
      },
      max_results: { type: "integer", minimum: 1, maximum: 1000, description: "How many lines to return. Default 50" },
    },
    required: ["pattern"],
    additionalProperties: false,
  },
  WebFetch: {
    type: "object",
    properties: {
      url: { type: "string", minLength: 1, description: "The http or https address to fetch" },
      max_length: {
        type: "integer",
        minimum: 1,
        maximum: 200000,
        description: "How many characters to return. Default 50000",
      },
    },
    required: ["url"],
    additionalProperties: false,
  },
  RunCode: {
    type: "object",
    properties: {
      code: {
        type: "string",
        minLength: 1,
        maxLength: 1000000,
        description: "The code. The value of the last expression is the result",
      },
      language: { type: "string", enum: ["javascript", "python"], description: 'Default "javascript"' },
      timeout: { description: "Milliseconds. Default 10000, maximum 60000", type: "number", minimum: 1 },
    },
    required: ["code"],
    additionalProperties: false,
  },
  AskUser: {
    type: "object",
    properties: {
      question: { type: "string", pattern: "\\S", description: "The question" },
      options: {
        maxItems: 20,
        type: "array",
        items: { type: "string", minLength: 1 },
        description: "Answers to choose from",
      },
    },
    required: ["question"],
    additionalProperties: false,
  },
  Checkpoint: {
    type: "object",
    properties: {
      action: {
        type: "string",
        enum: ["save", "restore", "list"],
        description: "save keeps a copy of the file, restore brings a copy back, list shows the copies",
      },
      file_path: { type: "string", minLength: 1, description: "The file. Needed for save and restore" },
      version: { type: "integer", minimum: 1, description: "Which copy to restore. Default: the newest" },
    },
    required: ["action"],
    additionalProperties: false,
  },
  TodoWrite: {
    type: "object",
    properties: {
      todos: {
        maxItems: 200,
        type: "array",
        items: {
          type: "object",
          properties: {
            content: { type: "string", minLength: 1, maxLength: 2000, description: "What is to be done" },
            status: { type: "string", enum: ["pending", "in_progress", "completed"] },
          },
          required: ["content", "status"],
          additionalProperties: false,
        },
        description: "The whole list; it replaces the one before",
      },
    },
    required: ["todos"],
    additionalProperties: false,
  },
  ToolSearch: {
    type: "object",
    properties: {
      query: { type: "string", pattern: "\\S", description: "Words of the name or the description of the tool" },
    },
    required: ["query"],
    additionalProperties: false,
  },
};
