import type { JsonObject, ModelInfo } from "../../spec/index.ts";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Options of `ollama`. There is no `client`: the package's own prints what it cannot read to the console and goes on. */
export interface OllamaOptions {
  /** The name of the model as `ollama list` shows it. */
  readonly model: string;
  /** @default the variable OLLAMA_HOST, else http://127.0.0.1:11434 */
  readonly baseUrl?: string;
  /** For a server that asks for one. @default for ollama.com alone the variable OLLAMA_API_KEY */
  readonly apiKey?: string;
  /** @default a `fetch` over keep-alive connections of `node:http(s)` */
  readonly fetch?: typeof fetch;
  readonly headers?: Readonly<Record<string, string>>;
  /** Tokens of an answer where the request says nothing. @default the server's own limit */
  readonly maxOutputTokens?: number;
  /**
   * The server's `options`, such as `{ num_ctx: 32768 }`. A server's default context window may be small, and it drops the
   * begin of a longer conversation without a word.
   */
  readonly modelOptions?: JsonObject;
  /** How long the server keeps the model in memory, as "10m" or in seconds. @default the server's own */
  readonly keepAlive?: string | number;
  readonly info?: ModelInfo;
  /** Read at the first call. @default process.env */
  readonly env?: Environment;
}
