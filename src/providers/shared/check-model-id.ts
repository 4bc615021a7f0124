/** Refuses a model that is not named, as JavaScript may leave it out: throws a `TypeError` before anybody is asked. */
export function checkModelId(id: unknown, provider: string): void {
  if (typeof id === "string" && id.trim() !== "") return;
  throw new TypeError(`${provider}: pass the id of a model, as model`);
}
