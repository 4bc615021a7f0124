export { bootId, isProcessDead, ownProcess, type ProcessIdentity } from "./process-identity.ts";
export {
  hasInEnvironment,
  listPids,
  listProcesses,
  readEnvironment,
  readProcess,
  type ProcessEntry,
} from "./process-table.ts";
export { isGroupAlive, stopTree, type TreeTarget } from "./stop-tree.ts";
