import { HarnessError } from "../errors/index.ts";
import { assertProvider } from "./create-model.ts";
import type { Settings } from "./settings.ts";

/** Where a name of a model was written, and what makes of it. */
export interface ModelNameSource<Named> {
  readonly settings: Settings;
  /** The key of the configuration. */
  readonly key: string;
  readonly read: () => Named | Promise<Named>;
}

/**
 * Reads the name of a model that a configuration holds. Throws a `ConfigError` with its place and the nearest valid name for
 * one of which nobody knows whose it is.
 */
export async function readModelName<Named extends { readonly provider: string }>(
  written: string,
  { settings, key, read }: ModelNameSource<Named>,
): Promise<Named> {
  try {
    const named = await read();
    assertProvider(named.provider);
    return named;
  } catch (problem) {
    if (!HarnessError.isInstance(problem) || problem.code !== "model_not_found") throw problem;
    throw (await import("./unknown-model.ts")).unknownModel(written, { settings, key, problem });
  }
}
