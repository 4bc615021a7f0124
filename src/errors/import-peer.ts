import { describeError } from "./describe-error.ts";
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
    const message = isMissing(cause, name)
      ? `The package "${name}" is needed for this and is not installed: npm install ${name}`
      : `The package "${name}" could not be loaded: ${describeError(cause)}`;
    throw new HarnessError(message, { code: "package_missing", cause });
  }
}

/** Whether it is this package that is missing, and not one that it needs itself. */
function isMissing(cause: unknown, name: string): boolean {
  if (!(cause instanceof Error) || !("code" in cause)) return false;
  return /^(?:ERR_)?MODULE_NOT_FOUND$/.test(String(cause.code)) && cause.message.includes(`'${name}'`);
}
