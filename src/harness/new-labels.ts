import { isPromise } from "../async/index.ts";
import type { ContextLabels, Labeller, LabelSource } from "../spec/index.ts";

/** A labeller that remembers what is new until somebody takes it to keep it: no label is lost before the journal has it. */
export class NewLabels implements Labeller {
  readonly #labeller: Labeller;
  #fresh: readonly LabelSource[] = [];

  constructor(labeller: Labeller) {
    this.#labeller = labeller;
  }

  current(): ContextLabels {
    return this.#labeller.current();
  }

  label(...call: Parameters<Labeller["label"]>): ReturnType<Labeller["label"]> {
    const found = this.#labeller.label(...call);
    return isPromise(found) ? Promise.resolve(found).then((sources) => this.#note(sources)) : this.#note(found);
  }

  add(sources: readonly LabelSource[]): readonly LabelSource[] {
    return this.#note(this.#labeller.add(sources));
  }

  /** What is new since it was taken last. */
  take(): readonly LabelSource[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  #note(sources: readonly LabelSource[]): readonly LabelSource[] {
    if (sources.length > 0) this.#fresh = [...this.#fresh, ...sources];
    return sources;
  }
}
