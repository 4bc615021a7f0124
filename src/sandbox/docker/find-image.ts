import type Docker from "dockerode";

import { describeError } from "../../errors/index.ts";
import type { DockerOptions, PullProgress } from "../sandbox-options.ts";
import { statusOf, toSandboxError, unavailable } from "./engine.ts";

/** The image where none is named. */
const DEFAULT_IMAGE = "python:3.12-slim";

/**
 * The id of the image: a container is made of what was looked at, also when its name is given to another one meanwhile.
 * Fetching one is for the host to permit.
 */
export async function findImage(docker: Docker, options: DockerOptions = {}): Promise<string> {
  const { image = DEFAULT_IMAGE, pull = "never" } = options;
  const found = await inspect(docker, image);
  if (found !== undefined) return found;
  if (pull === "never") throw unavailable(`The Docker image "${image}" is not here: docker pull ${image}`, undefined);
  await pullImage(docker, image, options.onPull);
  const pulled = await inspect(docker, image);
  if (pulled !== undefined) return pulled;
  throw unavailable(`The Docker image "${image}" was fetched and is not here`, undefined);
}

async function inspect(docker: Docker, image: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(image).inspect()).Id;
  } catch (cause) {
    if (statusOf(cause) === 404) return undefined;
    throw toSandboxError(cause);
  }
}

/** What the engine says while it fetches. */
interface PullEvent {
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

async function pullImage(docker: Docker, image: string, onPull: DockerOptions["onPull"]): Promise<void> {
  try {
    const stream = await docker.pull(image);
    await new Promise<void>((resolve, reject) => {
      const onEnd = (error: Error | null): void => (error === null ? resolve() : reject(error));
      docker.modem.followProgress(stream, onEnd, (event: PullEvent) => onPull?.(toProgress(image, event)));
    });
  } catch (cause) {
    throw unavailable(`The Docker image "${image}" could not be fetched: ${describeError(cause)}`, cause);
  }
}

function toProgress(image: string, { status = "", id, progressDetail = {} }: PullEvent): PullProgress {
  const { current, total } = progressDetail;
  return {
    image,
    status,
    ...(id === undefined ? {} : { layer: id }),
    ...(current === undefined ? {} : { current }),
    ...(total === undefined ? {} : { total }),
  };
}
