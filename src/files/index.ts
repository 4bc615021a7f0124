export { aliasFiles, rebaseFiles, type PathAlias } from "./alias-files.ts";
export { createFiles, type FilesOptions } from "./create-files.ts";
export { isInside } from "./confinement.ts";
export { withReadable } from "./readable-files.ts";
export { isSameState } from "./file-state.ts";
export { createProtection, DEFAULT_PROTECTED_PATHS } from "./protected-paths.ts";
