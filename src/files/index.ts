export { createFiles, type FilesOptions } from "./create-files.ts";
export { isInside } from "./confinement.ts";
export { DEFAULT_PROTECTED_PATHS } from "./protected-paths.ts";
