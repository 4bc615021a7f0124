import { HarnessError } from "./harness-error.ts";

/**
 * Loads an optional package. The import stands at the caller, so that bundlers see it:
 * `importPeer("openai", () => import("openai"))`.
 * Throws code "package_missing" with the command that installs it.
 */
export async function importPeer<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
    const message = isMissing
      ? `The package "${name}" is needed for this and is not installed: npm install ${name}`
      : `The package "${name}" could not be loaded`;
    throw new HarnessError(message, { code: "package_missing", cause });
  }
}
