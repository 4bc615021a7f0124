import type { Tool, ToolContext, ToolOutput } from "../spec/index.ts";
import { defineTool } from "./define-tool.ts";
import { openCheckpointStore, type CheckpointStore, type CheckpointVersion } from "./checkpoint-store.ts";
import { INPUT_SCHEMAS } from "./input-schemas.generated.ts";
import type { BuiltinInput } from "./inputs.ts";
import { lazyInput } from "./lazy-input.ts";
import { showPath } from "./show-path.ts";
import { toolError } from "./tool-error.ts";
import type { ToolSession } from "./tool-session.ts";

const MAX_BYTES = 50 * 1024 * 1024;

const DESCRIPTION = `Keeps copies of files outside of the project and brings them back.
- save a file before a risky change; every save is a new version.
- restore replaces the file by its newest version, or by the one you name.
- list shows all versions.`;

/** Makes the tool that keeps copies of files. */
export function createCheckpointTool(session: ToolSession): Tool<BuiltinInput<"Checkpoint">> {
  let opened: Promise<CheckpointStore> | undefined;
  return defineTool({
    name: "Checkpoint",
    description: DESCRIPTION,
    input: lazyInput("Checkpoint"),
    inputSchema: INPUT_SCHEMAS.Checkpoint,
    effect: "write",
    maxOutputBytes: 256 * 1024,
    pathArgs: ["file_path"],
    cancel: "never",
    async execute({ action, file_path: path, version }, context) {
      if (session.checkpointDir === undefined) return toolError("There is no place for checkpoints: the host set none");
      opened ??= openCheckpointStore(session.checkpointDir);
      const store = await opened;
      if (action === "list") return await listVersions(store, context);
      if (path === undefined) return toolError(`file_path is missing: ${action} needs one`);
      if (action === "save") return await save(path, { store, session }, context);
      return await restore({ path, version }, { store, session }, context);
    },
  });
}

interface CheckpointMeans {
  readonly store: CheckpointStore;
  readonly session: ToolSession;
}

async function save(
  path: string,
  { store, session }: CheckpointMeans,
  { files, signal }: ToolContext,
): Promise<ToolOutput> {
  const { bytes, state, isTruncated } = await files.read(path, { maxBytes: MAX_BYTES, signal });
  if (isTruncated) return toolError(`"${path}" has ${state.size} bytes; ${MAX_BYTES} is the most that is kept`);
  const { version } = await store.save(state.path, bytes, session.clock.now());
  return `Saved ${showPath(state.path, files.cwd)} as version ${version} (${bytes.length} bytes)`;
}

async function restore(
  { path, version: wanted }: { readonly path: string; readonly version: number | undefined },
  { store, session }: CheckpointMeans,
  { files }: ToolContext,
): Promise<ToolOutput> {
  // Also for a file that was removed since: then it is made again.
  const realPath = await files.resolve(path);
  const versions = await store.versions(realPath);
  const version = wanted === undefined ? versions.at(-1) : versions.find((known) => known.version === wanted);
  if (version === undefined) {
    return toolError(
      versions.length === 0
        ? `There is no checkpoint of "${path}"`
        : `"${path}" has no version ${String(wanted)}, only 1 to ${versions.length}`,
    );
  }
  const state = await files.write(path, await store.load(realPath, version));
  session.tracker.see(state);
  return `Restored ${showPath(realPath, files.cwd)} to version ${version.version} (${version.size} bytes)`;
}

async function listVersions(store: CheckpointStore, { files }: ToolContext): Promise<ToolOutput> {
  const entries = await store.list();
  if (entries.length === 0) return "There are no checkpoints";
  const lines = entries.flatMap(({ path, versions }) =>
    versions.map((version) => describeVersion(showPath(path, files.cwd), version)),
  );
  return lines.join("\n");
}

function describeVersion(path: string, { version, savedAt, size }: CheckpointVersion): string {
  return `${path} version ${version}, ${size} bytes, saved ${new Date(savedAt).toISOString()}`;
}
