import { sha256 } from "../digest/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { Files, KeptFiles } from "../spec/index.ts";
import { isSameContent, type Edit, type KeptContent } from "./edit-record.ts";
import { describeEdit, endEdit, keepContent, lookAt, type OfCall } from "./keep-edit.ts";

/** A file whose old content is kept while the call is at work. */
interface Pending {
  readonly edit: Omit<Edit, "after">;
  /** What the call wrote through `files`; `undefined` when the file has to be looked at. */
  written: KeptContent | undefined;
}

/** What a call that writes finds, kept before it changes; what it left, on record when it ends. */
export class KeptCall implements KeptFiles {
  readonly files: Files;
  readonly #ofCall: OfCall;
  readonly #pending = new Map<string, Promise<Pending>>();
  readonly #writing = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(ofCall: OfCall) {
    this.#ofCall = ofCall;
    const { files } = ofCall.means;
    this.files = {
      ...files,
      write: (path, data, options) =>
        this.#write(path, async (entry) => {
          const state = await files.write(path, data, options);
          entry.written = { sha256: sha256(data), size: Buffer.byteLength(data) };
          return state;
        }),
      remove: (path) =>
        this.#write(path, async (entry) => {
          await files.remove(path);
          entry.written = null;
        }),
    };
  }

  /** Keeps what the call says that it may change. */
  async keepDeclared(): Promise<void> {
    const { tool, args } = this.#ofCall.call;
    for (const name of tool.pathArgs ?? []) {
      const path = args[name];
      if (typeof path !== "string") continue;
      try {
        await this.#keep(path);
      } catch (error) {
        // What is outside of the directories of the run cannot be brought back; whether it may be written, others decide.
        if (!HarnessError.isInstance(error) || error.code !== "path_outside") throw error;
      }
    }
  }

  /** What is being written comes to its end first. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#writing);
    for (const begun of this.#pending.values()) await this.#end(await begun);
  }

  /** A tool that was left to itself changes nothing behind the back of the record. */
  async #write<Value>(path: string, perform: (entry: Pending) => Promise<Value>): Promise<Value> {
    if (this.#isClosed) {
      const message = `This call of ${this.#ofCall.call.tool.name} has ended: it writes no files any more`;
      throw new HarnessError(message, { code: "tool_failed" });
    }
    const work = this.#keep(path).then(perform);
    this.#writing.add(work);
    try {
      return await work;
    } finally {
      this.#writing.delete(work);
    }
  }

  async #keep(path: string): Promise<Pending> {
    const real = await this.#ofCall.means.files.resolve(path);
    // Writes of one file at once find one content.
    let begun = this.#pending.get(real);
    if (begun === undefined) {
      begun = this.#begin(path, real);
      this.#pending.set(real, begun);
      begun.catch(() => this.#pending.delete(real));
    }
    return await begun;
  }

  async #begin(path: string, real: string): Promise<Pending> {
    const { means } = this.#ofCall;
    const edit = describeEdit(real, await keepContent(path, means), this.#ofCall);
    await means.journal.append({ type: "begin", edit });
    return { edit, written: undefined };
  }

  async #end({ edit, written }: Pending): Promise<void> {
    const { files, journal } = this.#ofCall.means;
    // What cannot be looked at any more stays unknown: an undo will not touch it.
    const after = written === undefined ? await lookAt(edit.path, files).catch(() => undefined) : written;
    if (after === undefined) return;
    if (isSameContent(edit.before, after)) await journal.append({ type: "void", id: edit.id });
    else await endEdit(edit, after, this.#ofCall);
  }
}
