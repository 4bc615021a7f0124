import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 22) throw new Error(`Tests need Node 22 or newer, this is ${process.version}: run them with npm test`);

const source = fileURLToPath(new URL("src", import.meta.url));

export default defineConfig({
  resolve: {
    // The `paths` of tsconfig.json: a test may import the package by its name and gets the source.
    alias: [
      { find: /^harness-agent$/, replacement: `${source}/index.ts` },
      { find: /^harness-agent\/(?!package\.json)(.+)$/, replacement: `${source}/$1/index.ts` },
    ],
  },
  test: {
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    // What has not happened by then will not: limits are for what hangs, and no machine is too slow for them.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    // Hundreds of tests wait for a process of their own: it finds the sources compiled already, which halves its start.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL(".tmp/compile-cache", import.meta.url)) },
    // They wait more than they compute, so that even on two cores two of them go faster than one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      // Files share a process and its modules: ten times as fast. What counts handles or changes the process is isolated.
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/isolated/**"],
          isolate: false,
          setupFiles: "test/fixed-seed.ts",
        },
      },
      { extends: true, test: { name: "isolated", include: ["test/isolated/**/*.test.ts"], isolate: true } },
    ],
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "json-summary"] },
  },
});
