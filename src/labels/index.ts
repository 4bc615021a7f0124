export { addLabels, NO_LABELS } from "./add-labels.ts";
