export { readEventStream } from "./event-stream.ts";
export { keepAliveFetch } from "./keep-alive-fetch.ts";
