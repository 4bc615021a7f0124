import { ConfigError, type SourcePosition } from "../errors/index.ts";

const NAME = /^[a-z][a-z0-9_-]{0,63}$/i;

/** Refuses a name that a message, a policy or a file could not carry: throws a `ConfigError`. */
export function checkAgentName(name: string, place: SourcePosition = {}): void {
  if (NAME.test(name) && name !== "main") return;
  throw new ConfigError(
    `An agent's name has letters, digits, "-" and "_", begins with a letter and is not "main": ${JSON.stringify(name.slice(0, 80))}`,
    place,
  );
}
