import { suggestName } from "./nearest-name.ts";

/** Every option of a module; leaving one out does not compile. */
export type KnownNames<Options> = Readonly<Record<keyof Options, true>>;

/**
 * Refuses options that nobody reads: a limit, a list or a path that is misspelt would not hold, and nobody would know.
 * Throws a `TypeError` with the nearest valid name.
 */
export function checkKnownNames<Options extends object>(
  what: string,
  options: Options,
  names: KnownNames<Options>,
): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue;
    throw new TypeError(`${what} has no option "${name}".${suggestName(name, Object.keys(names))}`);
  }
}
