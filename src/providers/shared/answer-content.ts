import type { AssistantPart } from "../../spec/index.ts";

/** A stretch of text or thought that still grows. */
interface Stretch {
  readonly type: "text" | "reasoning";
  text: string;
}

/** What an answer says, for vendors that do not tell where a stretch of text begins and ends. */
export class AnswerContent {
  readonly #parts: (AssistantPart | Stretch)[] = [];
  #open: Stretch | undefined;

  /** In the order in which they came. */
  get parts(): readonly AssistantPart[] {
    return this.#parts;
  }

  /** Adds a part as it is; text that follows begins anew. */
  push(part: AssistantPart): void {
    this.#open = undefined;
    this.#parts.push(part);
  }

  /** Adds to the text or thought that is being said. */
  grow(type: Stretch["type"], text: string): void {
    if (this.#open?.type === type) {
      this.#open.text += text;
      return;
    }
    this.#open = { type, text };
    this.#parts.push(this.#open);
  }
}
