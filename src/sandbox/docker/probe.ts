import type { ContainerRun } from "./run-in-container.ts";

/** A run of our own in the container. */
export function probe(
  { container, watch }: Pick<ContainerRun, "container" | "watch">,
  argv: readonly string[],
): ContainerRun {
  return {
    container,
    watch,
    argv,
    cwd: "/",
    environment: {},
    stdin: undefined,
    timeoutMs: undefined,
    disk: undefined,
    maxOutputBytes: 4096,
    signals: [],
    onOutput: undefined,
    stop: () => Promise.resolve(),
  };
}
