import assert from "node:assert/strict";
import { dirname } from "node:path";

import { HarnessError } from "../../errors/index.ts";
import type { ErrorCode, Files } from "../../spec/index.ts";
import type { ConformanceCase } from "./conformance-case.ts";

/** Gives files whose `cwd` is empty, can be written and is the only root. */
export type OpenFiles = () => Files | Promise<Files>;

/** What files promise: nothing outside the roots can be reached, and nobody's change is overwritten unseen. */
export function filesConformance(open: OpenFiles): readonly ConformanceCase[] {
  return [...accessCases(open), ...folderCases(open), ...writeCases(open)];
}

function accessCases(open: OpenFiles): readonly ConformanceCase[] {
  return [
    {
      name: "every method refuses what is outside the roots",
      async run() {
        const files = await open();
        const outside = [
          "..",
          "../escaped",
          `${files.cwd}-escaped/file`,
          `${dirname(files.cwd)}/escaped`,
          "a/../../escaped",
        ];
        for (const path of outside) {
          const attempts = [
            files.resolve(path),
            files.read(path),
            files.write(path, "x"),
            files.stat(path),
            files.list(path),
            files.remove(path),
          ];
          await Promise.all(attempts.map((attempt) => rejectsWith(attempt, "path_outside")));
        }
      },
    },
    {
      name: "resolve() gives the absolute path, also of what is not there yet",
      async run() {
        const files = await open();
        assert.equal(await files.resolve("a/../b"), `${files.cwd}/b`);
        assert.equal(await files.resolve(`${files.cwd}/b`), `${files.cwd}/b`);
      },
    },
    {
      name: "stat() gives undefined for what is not there; read() throws",
      async run() {
        const files = await open();
        assert.equal(await files.stat("nothing"), undefined);
        await assert.rejects(files.read("nothing"));
      },
    },
  ];
}

function folderCases(open: OpenFiles): readonly ConformanceCase[] {
  return [
    {
      name: "list() gives files and directories",
      async run() {
        const files = await open();
        await files.write("top.txt", "1");
        await files.write("folder/inner.txt", "2");
        const entries = [...(await files.list("."))].sort((left, right) => (left.name < right.name ? -1 : 1));
        assert.deepEqual(
          entries.map(({ name, type }) => ({ name, type })),
          [
            { name: "folder", type: "directory" },
            { name: "top.txt", type: "file" },
          ],
        );
      },
    },
    {
      name: "remove() removes",
      async run() {
        const files = await open();
        await files.write("file", "1");
        await files.remove("file");
        assert.equal(await files.stat("file"), undefined);
      },
    },
  ];
}

function writeCases(open: OpenFiles): readonly ConformanceCase[] {
  return [
    {
      name: "write() makes parent directories and replaces the whole file; read() gives it back",
      async run() {
        const files = await open();
        await files.write("a/b/file", "a longer text than the next");
        const written = await files.write("a/b/file", new TextEncoder().encode("grüße"));
        const { bytes, state, isTruncated } = await files.read("a/b/file");
        assert.equal(new TextDecoder().decode(bytes), "grüße");
        assert.deepEqual(
          { path: state.path, size: state.size, isTruncated },
          { path: `${files.cwd}/a/b/file`, size: 7, isTruncated: false },
        );
        assert.deepEqual(state, written);
      },
    },
    {
      name: "read() gives the asked part and tells when it cut",
      async run() {
        const files = await open();
        await files.write("file", "0123456789");
        const part = await files.read("file", { offset: 2, maxBytes: 3 });
        assert.deepEqual([new TextDecoder().decode(part.bytes), part.isTruncated], ["234", true]);
        const rest = await files.read("file", { offset: 8 });
        assert.deepEqual([new TextDecoder().decode(rest.bytes), rest.isTruncated], ["89", false]);
      },
    },
    {
      name: "write() refuses a file that is not in the expected state any more, and leaves it",
      async run() {
        const files = await open();
        const first = await files.write("file", "first", { expect: null });
        await rejectsWith(files.write("file", "again", { expect: null }), "file_changed");
        await files.write("file", "second, of another size", { expect: first });
        await rejectsWith(files.write("file", "third", { expect: first }), "file_changed");
        assert.equal(new TextDecoder().decode((await files.read("file")).bytes), "second, of another size");
      },
    },
  ];
}

async function rejectsWith(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert(HarnessError.isInstance(error), `a HarnessError with code "${code}" was due, got ${String(error)}`);
    assert.equal(error.code, code);
    return true;
  });
}
