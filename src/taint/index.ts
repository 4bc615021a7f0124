export { createLabeller, type LabellerOptions } from "./create-labeller.ts";
export { createTaintCheck, type TaintCheckOptions } from "./create-taint-check.ts";
export { DEFAULT_PRIVATE_PATHS } from "./private-paths.ts";
export type { ContextLabels, Labeller, LabelKind, LabelSource } from "../spec/index.ts";
