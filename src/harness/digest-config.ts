import { hash } from "node:crypto";

/** SHA-256 of a configuration: tells whether two runs had the same. Keys of providers have no part in it. */
export function digestConfig(config: object): string {
  const text = JSON.stringify(config, (key, value: unknown) => {
    if (key === "apiKey") return undefined;
    return value instanceof Map ? [...value] : value;
  });
  return hash("sha256", text);
}
