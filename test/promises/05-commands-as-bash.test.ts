import { readdir } from "node:fs/promises";
import { expect, it } from "vitest";

import { useStage } from "./stage.ts";

const stage = useStage();

it.each([
  "touch made",
  "to'u'ch made",
  "\\touch made",
  "/usr/bin/touch made",
  "env touch made",
  "FOO=1 touch made",
  "true && touch made",
  "bash -c 'touch made'",
  "echo $(touch made)",
  "(touch made)",
  "if true; then touch made; fi",
  "eval 'touch made'",
  "xargs touch <<< made",
  "t=touch; $t made",
  "$(printf tou)ch made",
])("promise 5: a denial of touch holds for %s", async (command) => {
  const { results } = await stage.callTools([{ name: "Bash", args: { command } }], {
    permissions: { deny: ["Bash(touch *)"] },
  });
  expect(results[0]?.outcome).toBe("denied");
  expect(await readdir(stage.folder)).not.toContain("made");
});
