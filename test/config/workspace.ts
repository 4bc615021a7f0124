import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { loadConfig, type LoadConfigOptions, type LoadedConfig } from "../../src/config/index.ts";

/** A home and a project in it, both empty. */
export interface Workspace extends AsyncDisposable {
  readonly home: string;
  readonly cwd: string;
  /** Writes a file below the workspace's folder: "home/AGENTS.md". */
  write(path: string, text: string): Promise<string>;
  user(text: string): Promise<string>;
  project(text: string): Promise<string>;
  load(options?: Partial<LoadConfigOptions>): Promise<LoadedConfig>;
}

export async function openWorkspace(): Promise<Workspace> {
  const base = await realpath(await mkdtemp(join(tmpdir(), "harness-config-")));
  const home = join(base, "home");
  const cwd = join(home, "project");
  await mkdir(cwd, { recursive: true });
  const write = async (path: string, text: string): Promise<string> => {
    const file = join(base, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  };
  return {
    home,
    cwd,
    write,
    user: (text) => write("home/.harness/config.toml", text),
    project: (text) => write("home/project/.harness/config.toml", text),
    load: (options) => loadConfig({ cwd, home, env: {}, ...options }),
    [Symbol.asyncDispose]: () => rm(base, { recursive: true, force: true }),
  };
}
