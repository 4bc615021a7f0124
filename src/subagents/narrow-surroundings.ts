import { HarnessError, SandboxError } from "../errors/index.ts";
import type { Check, CheckAnswer, Files, Sandbox, Tool } from "../spec/index.ts";
import type { AgentDefinition, AgentSandbox } from "./agent-definition.ts";

/** What tools work with. */
export interface Surroundings {
  readonly files: Files;
  readonly sandbox: Sandbox;
  readonly fetch: typeof fetch;
}

/** What a definition closes. An agent that only reads gets files that can only be read. */
export function closedBy({
  sandbox = {},
  isReadOnly = false,
}: Pick<AgentDefinition, "sandbox" | "isReadOnly">): AgentSandbox {
  return isReadOnly ? { ...sandbox, files: "read-only" } : sandbox;
}

/** The parent's surroundings with doors closed: what is left is passed on as it is, so it is never more. */
export function narrowSurroundings({ files, sandbox, fetch }: Surroundings, closed: AgentSandbox): Surroundings {
  const ownFiles = closed.files === "read-only" ? readOnlyFiles(files) : files;
  const refusal = refusalOfCommands(sandbox, closed);
  const isClosed = closed.files === "read-only" || refusal !== undefined;
  return {
    files: ownFiles,
    sandbox: isClosed ? narrowSandbox(sandbox, { closed, refusal }) : sandbox,
    fetch: closed.network === "none" ? refuseFetch : fetch,
  };
}

/** Denies the tools whose kind of effect is closed, whatever they work with. */
export function denyClosed(sandbox: Sandbox, closed: AgentSandbox): Check {
  return {
    check({ tool }) {
      const why = whyClosed(tool, sandbox, closed);
      return why === undefined
        ? NO_OPINION
        : { effect: "deny", basis: "rule", reason: `${tool.name} is closed to this agent: ${why}` };
    },
  };
}

/** Why an agent is not offered a tool; `undefined` where nothing stands against it. */
export function whyClosed(
  { effect, sendsOut }: Pick<Tool, "effect" | "sendsOut">,
  sandbox: Sandbox,
  closed: AgentSandbox,
): string | undefined {
  if (closed.files === "read-only" && effect === "write") return "its files are read-only";
  if (closed.network === "none" && (effect === "network" || sendsOut === true)) return "it has no network";
  return effect === "execute" ? refusalOfCommands(sandbox, closed) : undefined;
}

const NO_OPINION: CheckAnswer = { effect: "none", basis: "default", reason: "Nothing is closed that the tool needs" };

/** Commands can write, and where the sandbox does not hold the network back they can reach it. */
function refusalOfCommands({ isolation, mode }: Sandbox, closed: AgentSandbox): string | undefined {
  if (closed.files === "read-only") return "its files are read-only, and commands could write";
  if (closed.network !== "none" || isolation.network === "none") return undefined;
  return `it has no network, and sandbox mode "${mode}" does not keep commands from theirs`;
}

function readOnlyFiles(files: Files): Files {
  const refuse = (path: string): Promise<never> =>
    Promise.reject(
      new HarnessError(`"${path}" cannot be changed: this agent's files are read-only`, { code: "path_protected" }),
    );
  return {
    cwd: files.cwd,
    roots: files.roots,
    resolve: (path) => files.resolve(path),
    read: (path, options) => files.read(path, options),
    stat: (path) => files.stat(path),
    list: (path) => files.list(path),
    write: refuse,
    remove: refuse,
  };
}

function narrowSandbox(
  sandbox: Sandbox,
  { closed, refusal }: { readonly closed: AgentSandbox; readonly refusal: string | undefined },
): Sandbox {
  const { mode, isolation, files } = sandbox;
  return {
    mode,
    isolation,
    ...(files === undefined ? {} : { files: closed.files === "read-only" ? readOnlyFiles(files) : files }),
    exec(command, options) {
      if (refusal === undefined) return sandbox.exec(command, options);
      return Promise.reject(new SandboxError(`This agent runs no commands: ${refusal}`, { code: "command_blocked" }));
    },
    // Code that runs by itself has neither files nor network.
    ...(sandbox.runCode === undefined ? {} : { runCode: sandbox.runCode.bind(sandbox) }),
    // It is the parent's: a child cannot close it.
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const refuseFetch: typeof fetch = () =>
  Promise.reject(new HarnessError("This agent has no network", { code: "network_denied" }));
