import type { Message, MessageBase, Result } from "../spec/index.ts";

/** A message without what every message carries. */
export type MessageBody = Message extends infer Member
  ? Member extends Message
    ? Omit<Member, keyof MessageBase>
    : never
  : never;

/** Where messages go: one hop from the model's parser to the reader. */
export interface MessageSink {
  push(message: Message): void;
  /** Whether the reader is so far behind that the producer should wait for `ready()`. */
  readonly isFull: boolean;
  ready(): Promise<void>;
}

/** Numbers the messages of a run and stamps them with who speaks. */
export interface Emitter {
  emit(body: MessageBody): void;
  /** Numbers the terminal message, which its maker hands on itself. */
  stamp(body: Omit<Result, keyof MessageBase>): Result;
  /** The emitter of a sub-agent: its messages stand in the same stream and count on in the same numbers. */
  forAgent(agent: string, parentToolUseId: string): Emitter;
  readonly isFull: boolean;
  ready(): Promise<void>;
}

/** Options of `createEmitter`. */
export interface EmitterOptions {
  readonly sessionId: string;
  readonly agent: string;
  readonly parentToolUseId?: string;
  readonly sink: MessageSink;
  /** Gives the next number of the run; shared by all its agents. */
  readonly nextSeq: () => number;
}

/** Makes the emitter of one agent. */
export function createEmitter(options: EmitterOptions): Emitter {
  return new AgentEmitter(options);
}

class AgentEmitter implements Emitter {
  readonly #options: EmitterOptions;
  readonly #base: Pick<MessageBase, "agent" | "parentToolUseId">;

  constructor(options: EmitterOptions) {
    const { agent, parentToolUseId } = options;
    this.#options = options;
    this.#base = parentToolUseId === undefined ? { agent } : { agent, parentToolUseId };
  }

  emit(body: MessageBody): void {
    const { sink, sessionId, nextSeq } = this.#options;
    // A body with the base is the message: the spread loses the link between `type` and its fields.
    sink.push({ ...body, sessionId, seq: nextSeq(), ...this.#base } as Message);
  }

  stamp(body: Omit<Result, keyof MessageBase>): Result {
    const { sessionId, nextSeq } = this.#options;
    return { ...body, sessionId, seq: nextSeq(), ...this.#base };
  }

  forAgent(agent: string, parentToolUseId: string): Emitter {
    return new AgentEmitter({ ...this.#options, agent, parentToolUseId });
  }

  get isFull(): boolean {
    return this.#options.sink.isFull;
  }

  ready(): Promise<void> {
    return this.#options.sink.ready();
  }
}
