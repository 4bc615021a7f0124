import { ProviderError, describeError, importPeer } from "../../errors/index.ts";
import type { JsonSchema, ModelRequest } from "../../spec/index.ts";
import { PROVIDER } from "./provider.ts";

/** Writes the field `output_config`, keeping each schema's strict form. */
export function createOutputConfig(): (request: ModelRequest) => Promise<object> {
  const strict = new WeakMap<JsonSchema, object>();

  const toStrict = async (schema: JsonSchema): Promise<object> => {
    const known = strict.get(schema);
    if (known !== undefined) return known;
    const { transformJSONSchema } = await importPeer(
      "@anthropic-ai/sdk",
      () => import("@anthropic-ai/sdk/lib/transform-json-schema"),
    );
    const made = refuseUnless(() => transformJSONSchema(schema));
    strict.set(schema, made);
    return made;
  };

  return async ({ output, reasoning }) => {
    const effort = reasoning?.effort;
    const config: Record<string, unknown> = {};
    if (effort !== undefined && effort !== "none") config["effort"] = effort;
    // The API takes closed objects and few keywords; the SDK closes them and moves the rest into the description.
    if (output !== undefined) config["format"] = { type: "json_schema", schema: await toStrict(output.schema) };
    return Object.keys(config).length === 0 ? {} : { output_config: config };
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
