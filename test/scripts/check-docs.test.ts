import { describe, expect, it } from "vitest";
import { checkDocs } from "../../scripts/check-docs.ts";
import { makeTree } from "./tree.ts";

const MANIFEST = JSON.stringify({ name: "harness-agent", exports: { ".": "./dist/index.js" } });
const TSCONFIG = JSON.stringify({
  compilerOptions: {
    module: "nodenext",
    target: "es2023",
    types: [],
    strict: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    paths: { "harness-agent": ["./src/index.ts"] },
  },
});

function makePackage(source: string, readme = "") {
  return makeTree({ "package.json": MANIFEST, "tsconfig.json": TSCONFIG, "src/index.ts": source, "README.md": readme });
}

const EXAMPLE = (code: string) =>
  `/**\n * Adds one.\n *\n * @example\n * \`\`\`ts\n * import { add } from "harness-agent";\n * ${code}\n * \`\`\`\n */\nexport const add = (x: number): number => x + 1;\n`;

describe("checkDocs()", () => {
  it("finds nothing wrong with comments and examples that hold", () => {
    using tree = makePackage(
      EXAMPLE("const two: number = add(1);"),
      "```ts\nimport { add } from 'harness-agent';\nadd(1);\n```\n",
    );
    expect(checkDocs(tree.root)).toEqual([]);
  });

  it("reports a public symbol without comment, also behind a re-export", () => {
    using tree = makeTree({
      "package.json": MANIFEST,
      "tsconfig.json": TSCONFIG,
      "src/index.ts": "export { bare, type Told } from './deep.ts';",
      "src/deep.ts": "/** Told. */\nexport interface Told { x: 1 }\nexport const bare = 1;\nexport const hidden = 2;",
    });
    expect(checkDocs(tree.root)).toEqual([expect.stringMatching(/^src\/deep\.ts:3: bare/)]);
  });

  it("reports an example that does not compile, with the line where it stands", () => {
    using tree = makePackage(EXAMPLE("const two: string = add(1);"));
    expect(checkDocs(tree.root)).toEqual([expect.stringMatching(/^src\/index\.ts:7: example does not compile/)]);
  });

  it("reports a block of the README that does not compile", () => {
    using tree = makePackage(
      "/** Nothing. */\nexport const none = 0;",
      "# Title\n\n```ts\nimport { gone } from 'harness-agent';\n```\n",
    );
    expect(checkDocs(tree.root)).toEqual([expect.stringMatching(/^README\.md:4: .*gone/)]);
  });
});
