/** Hooks: before-hooks may deny, ask or modify; after-hooks observe. A hook that fails denies. */
import { run } from "harness-agent";
import { HookBus } from "harness-agent/hooks";
import { scriptedModel } from "harness-agent/testing";

const hooks = new HookBus();

hooks.on(
  "beforeToolCall",
  ({ args }) => {
    const { command } = args;
    if (typeof command !== "string") return undefined;
    if (command.includes("--force")) return { type: "deny", reason: "Nobody forces anything here" };
    return { type: "modify", args: { ...args, command: `nice ${command}` } };
  },
  { matcher: "Bash" },
);
hooks.on("afterToolCall", ({ result: { name, outcome, content } }) => {
  console.log(`${name}: ${outcome} → ${typeof content === "string" ? content.trim() : "[content]"}`);
});

const model = scriptedModel([
  { toolCalls: [{ name: "Bash", args: { command: "echo hello" } }] },
  { toolCalls: [{ name: "Bash", args: { command: "git push --force" } }] },
  "I said hello and pushed nothing.",
]);

console.log(await run("Say hello and push", { model, hooks, permissionMode: "bypass", audit: false }).text());
