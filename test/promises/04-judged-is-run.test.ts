import { expect, it } from "vitest";
import { z } from "zod";

import { defineTool, type Check } from "../../src/index.ts";
import { useStage } from "./stage.ts";

const stage = useStage();

it("promise 4: what a hook writes and what a schema makes of it is what is judged, approved and run", async () => {
  const judged: unknown[] = [];
  const ran: unknown[] = [];
  const tool = defineTool({
    name: "Deploy",
    description: "Deploys",
    input: z.object({ target: z.string().trim().toLowerCase() }),
    effect: "execute",
    execute: (input) => {
      ran.push(input);
      return "ok";
    },
  });
  const watch: Check = {
    check: ({ args }) => {
      judged.push(args);
      return { effect: "none", basis: "default", reason: "looking" };
    },
  };
  await stage.callTools([{ name: "Deploy", args: { target: "Staging" } }], {
    tools: [tool],
    permissionMode: "default",
    hooks: [{ event: "beforeToolCall", run: () => ({ type: "modify", args: { target: "  PRODUCTION " } }) }],
    policy: watch,
    onApproval: ({ args }) => {
      judged.push(args);
      // What was judged cannot be changed behind the gate's back.
      return !Reflect.set(args, "target", "elsewhere");
    },
  });
  expect(judged).toEqual([{ target: "production" }, { target: "production" }]);
  expect(ran).toEqual([{ target: "production" }]);
});
