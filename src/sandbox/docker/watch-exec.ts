import type { Readable } from "node:stream";

import type Docker from "dockerode";

/** A look-out for the end of a program in a container. */
export interface ExecWatch extends Disposable {
  readonly seen: Promise<void>;
}

/** Asks the engine to tell when the first process of an exec has died. Open it before the exec is started. */
export async function watchExec(docker: Docker, id: string): Promise<ExecWatch> {
  // The types say only that it can be read; it is the engine's answer, which is a stream of Node.
  const events = (await docker.getEvents({ filters: { event: ["exec_die"] } })) as Readable;
  const seen = new Promise<void>((resolve) => {
    let text = "";
    events.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      // An id is 64 random characters: no need to parse what else the engine tells.
      if (text.includes(id)) resolve();
      text = text.slice(-id.length);
    });
  });
  // The engine went away: the stream of the exec ends too, and tells.
  events.on("error", () => {});
  return { seen, [Symbol.dispose]: () => void events.destroy() };
}
