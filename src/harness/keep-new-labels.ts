import { isPromise } from "../async/index.ts";
import type { Labeller, LabelSource } from "../spec/index.ts";

/** A labeller that remembers what is new until somebody takes it to keep it. */
export interface KeptLabels {
  readonly labeller: Labeller;
  readonly takeNewLabels: () => readonly LabelSource[];
}

/** Makes a labeller remember what it adds, so that no label is lost between the call that brings it and the journal. */
export function keepNewLabels(labeller: Labeller): KeptLabels {
  const fresh: LabelSource[] = [];
  const note = (sources: readonly LabelSource[]): readonly LabelSource[] => {
    fresh.push(...sources);
    return sources;
  };
  return {
    labeller: {
      current: () => labeller.current(),
      label(call, outcome) {
        const found = labeller.label(call, outcome);
        return isPromise(found) ? Promise.resolve(found).then(note) : note(found);
      },
      add: (sources) => note(labeller.add(sources)),
    },
    takeNewLabels: () => fresh.splice(0),
  };
}
