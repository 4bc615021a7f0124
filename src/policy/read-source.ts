import { extname } from "node:path";

import { PolicyError } from "../errors/index.ts";
// The file itself: nothing of access to files is needed.
import { readTextFile } from "../files/read-text-file.ts";
import { parseToml } from "./parse-toml.ts";
import { parseYaml } from "./parse-yaml.ts";
import type { PolicySource } from "./policy-source.ts";

/** More than this is no policy. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Reads and parses a file, as TOML or as YAML by its name. Throws a `PolicyError` when it cannot be used. */
export async function readSource(file: string, what: "policy" | "tests"): Promise<PolicySource> {
  const read = await readTextFile(file, { maxBytes: MAX_BYTES });
  switch (read.type) {
    case "text":
      return extname(file) === ".toml" ? await parseToml(read.text, file) : await parseYaml(read.text, file);
    case "missing":
      throw new PolicyError(`The ${what} cannot be read: there is no such file`, { file });
    case "problem":
      throw new PolicyError(`The ${what} cannot be read: ${read.problem}`, { file, cause: read.cause });
    default:
      return read satisfies never;
  }
}
