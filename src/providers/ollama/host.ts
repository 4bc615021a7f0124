import type { Environment } from "./options.ts";

const DEFAULT_PORT = "11434";

/**
 * The address of the server without a trailing slash. Takes what OLLAMA_HOST may hold too: a host or port alone, and the
 * addresses on which a server listens but to which nobody connects. Throws a `TypeError` for what is no address.
 */
export function toHost(baseUrl: string | undefined, env: Environment): string {
  const text = (baseUrl || env["OLLAMA_HOST"] || "127.0.0.1").trim();
  const hasScheme = text.includes("://");
  const url = URL.parse(hasScheme ? text : `http://${text.startsWith(":") ? `127.0.0.1${text}` : text}`);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`ollama: ${baseUrl === undefined ? "OLLAMA_HOST" : "baseUrl"} is no http address: ${text}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new TypeError("ollama: the address holds a password, which fetch does not take: pass apiKey or headers");
  }
  if (!hasScheme && url.port === "") url.port = DEFAULT_PORT;
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  if (url.hostname === "[::]") url.hostname = "[::1]";
  return `${url.protocol}//${url.host}${url.pathname}`.replace(/\/+$/, "");
}
