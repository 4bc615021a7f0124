import { ProviderError, describeError, importPeer } from "../../errors/index.ts";
import type { JsonSchema, ModelRequest } from "../../spec/index.ts";
import { PROVIDER } from "./provider.ts";

/** Makes the field `output_config`. */
export interface OutputConfig {
  /** Makes the strict form of a request's schema, which is kept; `undefined` when it is there. */
  prepare(request: ModelRequest): Promise<void> | undefined;
  /** The field of a request, which must be prepared; `undefined` when it needs none. */
  read(request: ModelRequest): object | undefined;
}

/** Starts to keep the strict forms of schemas. */
export function createOutputConfig(): OutputConfig {
  const strict = new WeakMap<JsonSchema, object>();

  const makeStrict = async (schema: JsonSchema): Promise<void> => {
    const { transformJSONSchema } = await importPeer(
      "@anthropic-ai/sdk",
      () => import("@anthropic-ai/sdk/lib/transform-json-schema"),
    );
    strict.set(
      schema,
      refuseUnless(() => transformJSONSchema(schema)),
    );
  };

  return {
    prepare: ({ output }) =>
      output === undefined || strict.has(output.schema) ? undefined : makeStrict(output.schema),
    read({ output, reasoning }) {
      const effort = reasoning?.effort === "none" ? undefined : reasoning?.effort;
      if (output === undefined) return effort === undefined ? undefined : { effort };
      // The API takes closed objects and few keywords; the SDK closes them and moves the rest into the description.
      const format = { type: "json_schema", schema: strict.get(output.schema) };
      return effort === undefined ? { format } : { effort, format };
    },
  };
}

function refuseUnless(transform: () => object): object {
  try {
    return transform();
  } catch (cause) {
    const message = `Anthropic does not take this output schema: ${describeError(cause)}`;
    throw new ProviderError(message, { provider: PROVIDER, isRetryable: false, cause });
  }
}
