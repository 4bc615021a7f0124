import { HarnessError } from "../errors/index.ts";

/** A refusal that names the host and the reason. */
export function refuseHost(host: string, reason: string): HarnessError {
  return new HarnessError(`Network access refused: "${host}" ${reason}`, { code: "network_denied" });
}
