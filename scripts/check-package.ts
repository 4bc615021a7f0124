/**
 * Fails when the package would not work for those who install it: publint, attw, and the packed tarball unpacked in a
 * folder elsewhere, where every door is imported, required and type-checked. Needs dist/ and no network.
 * `node scripts/check-package.ts [root]`
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Door, readDoors, readManifest } from "./doors.ts";
import { type Problems, runCheck } from "./run-check.ts";

/** Compilers of consumers, by the name of their folder in node_modules. */
const COMPILERS = {
  "TypeScript 5.9": "typescript59",
  "TypeScript 6": "typescript",
  "TypeScript 7": "@typescript/native",
};
/** Program files of each kind of consumer. */
const CONSUMERS = {
  NodeNext: { module: "nodenext", moduleResolution: "nodenext", files: ["consumer.mts", "consumer.cts"] },
  Bundler: { module: "esnext", moduleResolution: "bundler", files: ["consumer.ts"] },
};

export function checkPackage(root: string): Problems {
  const unbuilt = readDoors(root).filter(({ built }) => !existsSync(join(root, built)));
  if (unbuilt.length > 0) return unbuilt.map(({ built }) => `${built} is not there: run npm run build`);
  const linted = [
    ...runTool(root, "publint", ["node_modules/publint/src/cli.js", "--strict"]),
    ...runTool(root, "attw", [
      "node_modules/@arethetypeswrong/cli/dist/index.js",
      "--pack",
      ".",
      "--profile",
      "esm-only",
      "--no-emoji",
    ]),
  ];
  const folder = mkdtempSync(join(tmpdir(), "harness-package-"));
  try {
    // Without a package of its own the folder would belong to one that lies above it by chance.
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true }));
    const unpacked = unpack(root, folder);
    if (unpacked.length > 0) return [...linted, ...unpacked];
    const { dependencies, peerDependencies } = readManifest(root);
    link(root, folder, Object.keys(dependencies ?? {}));
    // First without the optional peers: opening a door must not need them.
    const opened = openDoors(root, folder);
    link(root, folder, [...Object.keys(peerDependencies ?? {}), "@types/node", "@types/dockerode"]);
    return [...linted, ...opened, ...typeCheck(root, folder)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runTool(root: string, name: string, args: readonly string[]): Problems {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  return status === 0 ? [] : [`${name} is not content:\n${stdout}${stderr}`.trimEnd()];
}

/** `npm install` of a file would ask the registry for the dependencies; the tarball is unpacked in its place. */
function unpack(root: string, folder: string): Problems {
  const target = join(folder, "node_modules", readManifest(root).name);
  mkdirSync(target, { recursive: true });
  const packed = spawnSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
  });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) return [`npm pack failed:\n${packed.stderr}`];
  const { status, stderr } = spawnSync("tar", ["xzf", join(folder, tarball), "--strip-components=1", "-C", target], {
    encoding: "utf8",
  });
  return status === 0 ? [] : [`the tarball cannot be unpacked: ${stderr}`];
}

/** Packages of the repository stand in for installed ones; through a link each still finds its own dependencies. */
function link(root: string, folder: string, names: readonly string[]): void {
  for (const name of names) {
    const path = join(folder, "node_modules", name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(root, "node_modules", name), path, "dir");
  }
}

function openDoors(root: string, folder: string): Problems {
  const specifiers = JSON.stringify(readDoors(root).map(({ specifier }) => specifier));
  const each = (open: string): string =>
    `const failed = []; for (const name of ${specifiers}) { try { ${open} } catch (error) { failed.push(name + ": " + error.message) } } console.log(JSON.stringify(failed));`;
  writeFileSync(join(folder, "open.mjs"), each("await import(name)"));
  writeFileSync(join(folder, "open.cjs"), each("require(name)"));
  const nodes = { "Node 24": process.execPath, "Node 22": join(root, "node_modules", "node22", "bin", "node") };
  return Object.entries(nodes).flatMap(([node, program]) =>
    ["open.mjs", "open.cjs"].flatMap((file) => {
      const { stdout, stderr } = spawnSync(program, [file], { cwd: folder, encoding: "utf8" });
      const verb = file.endsWith(".cjs") ? "require" : "import";
      if (!stdout.startsWith("[")) return [`${node} cannot ${verb} from the tarball: ${stderr.trim()}`];
      const failed = JSON.parse(stdout) as readonly string[];
      return failed.map((one) => `${node} cannot ${verb} from the tarball without the optional peers: ${one}`);
    }),
  );
}

function typeCheck(root: string, folder: string): Problems {
  const doors = readDoors(root);
  writeFileSync(join(folder, "consumer.mts"), doors.map(writeImport).join("\n"));
  writeFileSync(join(folder, "consumer.ts"), doors.map(writeImport).join("\n"));
  writeFileSync(join(folder, "consumer.cts"), doors.map(writeRequire).join("\n"));
  return Object.entries(CONSUMERS).flatMap(([kind, { files, ...options }]) => {
    const compilerOptions = {
      ...options,
      target: "es2023",
      lib: ["es2023", "esnext.disposable"],
      types: ["node"],
      strict: true,
      noEmit: true,
      skipLibCheck: false,
    };
    writeFileSync(join(folder, `tsconfig.${kind}.json`), JSON.stringify({ compilerOptions, files }));
    return Object.entries(COMPILERS).flatMap(([name, compiler]) => {
      const program = join(root, "node_modules", compiler, "bin", "tsc");
      const { status, stdout } = spawnSync(
        process.execPath,
        [program, "--pretty", "false", "-p", `tsconfig.${kind}.json`],
        { cwd: folder, encoding: "utf8" },
      );
      return status === 0 ? [] : judgeOutput(root, stdout).map((line) => `${name}, ${kind}: ${line}`);
    });
  });
}

/** Errors inside other packages' declarations are not ours to mend. */
function judgeOutput(root: string, output: string): Problems {
  const lines = output.split("\n").filter((line) => /error TS\d+/.test(line));
  const own = lines.filter(
    (line) => line.startsWith("consumer") || line.includes(`node_modules/${readManifest(root).name}/`),
  );
  return lines.length === 0 ? [`the compiler failed: ${output.slice(0, 500)}`] : own;
}

function writeImport({ specifier }: Door, index: number): string {
  return `import * as door${index} from "${specifier}";\nexport type Names${index} = keyof typeof door${index};`;
}

function writeRequire({ specifier }: Door, index: number): string {
  return `import door${index} = require("${specifier}");\nexport type Names${index} = keyof typeof door${index};`;
}

await runCheck(
  import.meta.url,
  checkPackage,
  "The packed package works: import, require, TypeScript 5.9 to 7, without its peers.",
);
