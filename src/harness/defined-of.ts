/**
 * The options that are set. One that is `undefined` was not meant as a value: spread over others it would take away what
 * a harness or a configuration says, such as a mode or a limit.
 */
export function definedOf<Options extends object>(options: Options): Defined<Options> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  // Only properties that may be left out can be `undefined`.
  return Object.fromEntries(entries) as Defined<Options>;
}

/** Options of which each may be left out, and none is `undefined`. */
export type Defined<Options> = { readonly [Key in keyof Options]?: Exclude<Options[Key], undefined> };
