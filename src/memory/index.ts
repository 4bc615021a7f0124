export { createMemoryGuard } from "./memory-guard.ts";
export { writeMemoryIndex } from "./memory-index.ts";
export {
  openMemoryStore,
  type MemoryEntry,
  type MemoryScope,
  type MemoryStore,
  type MemoryStoreOptions,
} from "./memory-store.ts";
export { createMemoryTools, MEMORY_WRITE_TOOL, type MemoryAccess, type MemoryToolsOptions } from "./memory-tools.ts";
