import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { z } from "zod";

import { defineTool, type Message, type Result, type RunOptions } from "../../src/index.ts";
import type { Tool } from "../../src/spec/index.ts";

/** A place for runs with a home and a working directory of its own: nothing of this machine is read or written. */
export interface Stage extends AsyncDisposable {
  readonly folder: string;
  options(parts?: RunOptions): RunOptions;
}

export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "harness-story-"));
  return {
    folder,
    options: (parts = {}) => ({
      apiKey: "test",
      cwd: folder,
      env: { HOME: folder, PATH: process.env["PATH"] },
      tools: [],
      ...parts,
    }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What a run showed. */
export interface Story {
  readonly all: readonly Message[];
  readonly result: Result;
}

/** Reads a run to its end and checks what holds for every run: numbers without a gap and one result, as the last message. */
export async function readStory(run: AsyncIterable<Message>): Promise<Story> {
  const all: Message[] = [];
  for await (const message of run) all.push(message);
  const result = expectWhole(all);
  return { all, result };
}

/** Checks that messages are those of one whole run and returns its result. */
export function expectWhole(all: readonly Message[]): Result {
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_message, index) => index));
  expect(new Set(all.map(({ sessionId }) => sessionId)).size).toBe(1);
  expect(all.filter(({ type }) => type === "result")).toHaveLength(1);
  const result = all.at(-1);
  if (result?.type !== "result") throw new Error("The run did not end with its result");
  return result;
}

/** The messages of a type, or of a subtype of the system's. */
export function messagesOf<Type extends Message["type"]>(
  { all }: Story,
  type: Type,
): readonly Extract<Message, { readonly type: Type }>[] {
  return all.filter((message): message is Extract<Message, { readonly type: Type }> => message.type === type);
}

export function subtypesOf(story: Story): readonly string[] {
  return messagesOf(story, "system").map(({ subtype }) => subtype);
}

/** What a reader saw of the text as it came. */
export function streamedText(story: Story): string {
  return messagesOf(story, "text")
    .flatMap(({ text, isPartial }) => (isPartial ? [text] : []))
    .join("");
}

/** A tool of the host, and the cities that it was asked for. */
export function weatherTool(): { readonly tool: Tool; readonly asked: readonly string[] } {
  const asked: string[] = [];
  const tool = defineTool({
    name: "Weather",
    description: "The weather of a city",
    input: z.object({ city: z.string() }),
    effect: "read",
    durability: "readOnly",
    execute({ city }) {
      asked.push(city);
      return `weather of ${city}: -3`;
    },
  });
  return { tool: tool as Tool, asked };
}
