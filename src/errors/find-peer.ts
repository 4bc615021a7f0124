import { createRequire } from "node:module";
import { dirname } from "node:path";

import { HarnessError } from "./harness-error.ts";

/** The folder of an optional package, which is not loaded by this; `undefined` where it is not installed. */
export function findPeer(name: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** The same where the package is needed. Throws code "package_missing" with the command that installs it. */
export function locatePeer(name: string): string {
  const folder = findPeer(name);
  if (folder !== undefined) return folder;
  const message = `The package "${name}" is needed for this and is not installed: npm install ${name}`;
  throw new HarnessError(message, { code: "package_missing" });
}
