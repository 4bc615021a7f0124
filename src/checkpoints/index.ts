export { openEditKeeper } from "./edit-keeper.ts";
export type { CommandNote, Edit, KeptContent } from "./edit-record.ts";
export type { EditKeeperOptions } from "./keep-edit.ts";
export { openCheckpoints, type Checkpoints, type CheckpointsOptions } from "./open-checkpoints.ts";
export type { UndoneFile, UndoReport, UndoSelection } from "./undo-edits.ts";
