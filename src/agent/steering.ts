import { HostRequests } from "./host-requests.ts";

/** What became of a steering message. */
export type SteerReceipt =
  | { readonly status: "delivered"; readonly turn: number }
  | { readonly status: "not_delivered"; readonly reason: string };

/** Messages of the person to a run that is under way: delivered before the next model call. */
export type Steering = HostRequests<string, SteerReceipt>;

const refuse = (reason: string): SteerReceipt => ({ status: "not_delivered", reason });

/** Makes the steering of one run. */
export function createSteering(): Steering {
  return new HostRequests(refuse);
}

/** Says something to the model before its next turn; nothing is not said. */
export function steer(steering: Steering, text: string): Promise<SteerReceipt> {
  if (typeof text !== "string") return Promise.reject(new TypeError("steer() needs a text"));
  return text.trim() === "" ? Promise.resolve(refuse("The message is empty")) : steering.send(text);
}
