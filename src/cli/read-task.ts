import { once } from "node:events";
import type { Readable } from "node:stream";

/** Options of `readTask`. */
export interface ReadTaskOptions {
  readonly task: string | undefined;
  readonly input: Readable & { readonly isTTY?: boolean };
  /** With a task on the command line: how long to wait for the first piped byte. @default 1000 */
  readonly firstByteMs?: number;
}

const MAX_INPUT_BYTES = 10 * 1024 * 1024;

/**
 * The task: from the command line, with what is piped in behind it, or from the pipe alone. A pipe that nobody writes
 * to (a parent process that left it open) does not hold a task back.
 */
export async function readTask({ task, input, firstByteMs = 1000 }: ReadTaskOptions): Promise<string> {
  if (input.isTTY === true) return task ?? "";
  const piped = await readPipe(input, task === undefined ? undefined : firstByteMs);
  return [task, piped.trim()].filter((part) => part !== undefined && part !== "").join("\n\n");
}

async function readPipe(input: Readable, firstByteMs: number | undefined): Promise<string> {
  if (firstByteMs !== undefined && !(await hasData(input, firstByteMs))) {
    input.destroy();
    return "";
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > MAX_INPUT_BYTES) throw new RangeError("More than 10 MB were piped in: give a file's path instead");
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function hasData(input: Readable, ms: number): Promise<boolean> {
  if (input.readableEnded) return false;
  try {
    await once(input, "readable", { signal: AbortSignal.timeout(ms) });
    return input.readableLength > 0;
  } catch {
    return false;
  }
}
