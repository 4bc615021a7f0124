import type { IncomingMessage } from "node:http";

import type Docker from "dockerode";

/** A look-out for the ends of programs in one container. */
export interface ExecWatch extends Disposable {
  /** Looks out for the death of the first process of an exec. Ask before it is started. */
  expect(execId: string): Promise<{ readonly death: Promise<void> }>;
}

/** What the engine tells; of all that only this is read. */
interface ExecEvent {
  readonly Actor?: { readonly Attributes?: { readonly execID?: string } };
}

/**
 * Lets the engine tell when programs have died, over one connection for the whole life of a sandbox. It is opened with
 * the first question and again when it broke; it does not keep the host program alive.
 */
export function watchExecs(docker: Docker, containerId: string): ExecWatch {
  const waiting = new Map<string, () => void>();
  let stream: Promise<IncomingMessage> | undefined;
  const open = async (): Promise<IncomingMessage> => {
    const filters = { event: ["exec_die"], container: [containerId] };
    // The types say only that it can be read; it is the engine's answer, which is a message of Node's HTTP client.
    const events = (await docker.getEvents({ filters })) as IncomingMessage;
    events.socket.unref();
    readLines(events, (line) => {
      const id = readEvent(line)?.Actor?.Attributes?.execID ?? "";
      waiting.get(id)?.();
      waiting.delete(id);
    });
    // The engine went away: the streams of the programs end too, and tell.
    events.on("error", () => {});
    events.once("close", () => (stream = undefined));
    return events;
  };
  return {
    async expect(execId) {
      stream ??= open();
      await stream.catch((error: unknown) => {
        stream = undefined;
        throw error;
      });
      return { death: new Promise<void>((resolve) => waiting.set(execId, resolve)) };
    },
    [Symbol.dispose]() {
      void stream?.then(
        (events) => events.destroy(),
        () => {},
      );
    },
  };
}

function readLines(stream: IncomingMessage, take: (line: string) => void): void {
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
}

function readEvent(line: string): ExecEvent | undefined {
  try {
    // An object of the engine; a field that is not there is looked at as such.
    return JSON.parse(line) as ExecEvent;
  } catch {
    return undefined;
  }
}
