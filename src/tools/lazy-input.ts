import type { StandardSchemaV1 } from "@standard-schema/spec";

import type { BuiltinInput } from "./inputs.ts";
import type { BuiltinToolName } from "./tool-names.ts";

/** The input schema of a built-in tool, whose library is loaded when the first call is parsed. */
export function lazyInput<Name extends BuiltinToolName>(name: Name): StandardSchemaV1<unknown, BuiltinInput<Name>> {
  return {
    "~standard": {
      version: 1,
      vendor: "harness-agent",
      async validate(value) {
        const { INPUTS } = await import("./inputs.ts");
        const result = await INPUTS[name]["~standard"].validate(value);
        // Name and schema belong together; the compiler loses that link through the union of all inputs.
        return result as StandardSchemaV1.Result<BuiltinInput<Name>>;
      },
    },
  };
}
