export { openEditKeeper, type EditKeeperOptions } from "./edit-keeper.ts";
export type { Edit, KeptContent } from "./edit-record.ts";
export { openCheckpoints, type Checkpoints, type CheckpointsOptions } from "./open-checkpoints.ts";
export type { UndoneFile, UndoReport, UndoSelection } from "./undo-edits.ts";
