import { rememberLast } from "./remember-last.ts";

/** Makes ISO 8601 times in UTC, with milliseconds. Many records come in a second: it is written once for all of them. */
export function createTimestamps(): (at: number) => string {
  const secondOf = rememberLast((second: number) => new Date(second * 1000).toISOString().slice(0, -"000Z".length));
  return (at) => {
    const milliseconds = Math.trunc(at);
    const second = Math.floor(milliseconds / 1000);
    return `${secondOf(second)}${String(milliseconds - second * 1000).padStart(3, "0")}Z`;
  };
}
