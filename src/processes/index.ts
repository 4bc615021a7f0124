export { bootId, isProcessDead, ownProcess, type ProcessIdentity } from "./process-identity.ts";
