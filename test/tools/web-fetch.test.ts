import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createGuardedFetch } from "../../src/net/index.ts";
import { openSession, type Called } from "./call-tool.ts";

let server: Server;
let base: string;
let openAnswers = 0;

const PAGES = new Map<string, { readonly type?: string; readonly body: string | Uint8Array; readonly status?: number }>(
  [
    [
      "/page",
      {
        type: "text/html; charset=utf-8",
        body: `<!doctype html><html><head><title>The title</title><style>p { color: red }</style><script>alert("x")</script></head>
<body><h1>Hello&nbsp;&amp; welcome</h1><p>One <b>bold</b>
word &lt;tag&gt; &#169; &#x1F600; &eacute;&unknown;</p><ul><li>first<li>second</ul><!-- hidden --><a href="/next?a=1&amp;b=2">Next</a>
<a href="javascript:alert(1)">bad</a><pre>if (x) {
    indented &lt; code
}</pre><script>more()</script></body></html>`,
      },
    ],
    ["/text", { type: "text/plain", body: "a < b &amp; c" }],
    ["/json", { type: "application/json", body: '{"a":1}' }],
    ["/problem", { type: "application/problem+json; charset=utf-8", body: '{"title":"gone"}', status: 410 }],
    ["/latin1", { type: "text/plain; charset=iso-8859-1", body: Buffer.from("caf\xe9", "latin1") }],
    ["/meta", { type: "text/html", body: Buffer.from('<meta charset="windows-1252"><p>caf\xe9', "latin1") }],
    ["/image", { type: "image/png", body: "\x89PNG" }],
    ["/untyped", { body: "<!DOCTYPE html><p>untyped" }],
    ["/untyped-binary", { body: Buffer.from([1, 0, 2]) }],
    ["/long", { type: "text/plain", body: "x".repeat(60_000) }],
    ["/empty", { type: "text/html", body: "<script>x</script>" }],
  ],
);

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? "";
    if (path === "/moved") {
      response.writeHead(302, { location: "/text" }).end();
      return;
    }
    if (path === "/endless") {
      openAnswers += 1;
      response.on("close", () => (openAnswers -= 1));
      response.writeHead(200, { "content-type": "text/plain" });
      const send = (): void => {
        while (!response.destroyed && response.write("y".repeat(65_536)));
      };
      response.on("drain", send);
      send();
      return;
    }
    if (path === "/half") {
      response.writeHead(200, { "content-type": "text/plain", "content-length": "100" });
      response.write("half", () => response.destroy());
      return;
    }
    const page = PAGES.get(path);
    response.writeHead(
      page?.status ?? (page === undefined ? 404 : 200),
      page?.type === undefined ? {} : { "content-type": page.type },
    );
    response.end(page?.body ?? "nothing here");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function fetchPage(args: object, allowPrivate = true): Promise<Called> {
  const session = await openSession(tmpdir(), { fetch: createGuardedFetch({ allowPrivate }) });
  return await session.call("WebFetch", args);
}

describe("WebFetch", () => {
  it.each([
    [{}, "url"],
    [{ url: "" }, "url"],
    [{ url: "not a url" }, "not a URL"],
    [{ url: "ftp://example.com/" }, "neither http nor https"],
    [{ url: "file:///etc/passwd" }, "neither http nor https"],
    [{ url: "http://127.0.0.1/", max_length: 0 }, "max_length"],
    [{ url: "http://127.0.0.1/", method: "POST" }, "method"],
    [{ url: "http://127.0.0.1:1/" }, "could not be fetched"],
  ])("refuses %j", async (args, word) => {
    expect(await fetchPage(args)).toMatchObject({ isError: true, text: expect.stringContaining(word) });
  });

  it("does not reach private addresses through the guarded fetch", async () => {
    expect(await fetchPage({ url: `${base}/text` }, false)).toMatchObject({
      isError: true,
      text: expect.stringContaining("refused"),
    });
  });

  it("makes text of HTML: no tags, scripts or styles, entities decoded, code and links kept", async () => {
    const { text, isError } = await fetchPage({ url: `${base}/page` });
    expect(isError).toBe(false);
    expect(text).toBe(`The title

# Hello & welcome

One bold word <tag> © 😀 é&unknown;

- first
- second
[Next](${base}/next?a=1&b=2) bad
if (x) {
    indented < code
}`);
  });

  it.each([
    ["/text", "a < b &amp; c"],
    ["/json", '{"a":1}'],
    ["/latin1", "café"],
    ["/meta", "café"],
    ["/untyped", "untyped"],
    ["/empty", "(the page has no text)"],
  ])("reads %s", async (path, text) => {
    expect(await fetchPage({ url: base + path })).toMatchObject({ text, isError: false });
  });

  it.each([
    ["/image", "image/png"],
    ["/untyped-binary", "binary"],
    ["/half", "broke off: "],
    ["/none", "answers 404 Not Found\n\nnothing here"],
    ["/problem", 'answers 410 Gone\n\n{"title":"gone"}'],
  ])("tells why it does not read %s", async (path, word) => {
    expect(await fetchPage({ url: base + path })).toMatchObject({ isError: true, text: expect.stringContaining(word) });
  });

  it("says where a redirect led", async () => {
    expect((await fetchPage({ url: `${base}/moved` })).text).toContain(`[redirected to ${base}/text]`);
  });

  it("bounds what it returns and what it downloads", async () => {
    const page = await fetchPage({ url: `${base}/long` });
    expect(page.text).toBe(`${"x".repeat(50_000)}\n\n[cut: 50000 of 60000 characters]`);
    expect((await fetchPage({ url: `${base}/long`, max_length: 10 })).text).toMatch(/^x{10}\n/u);
    expect((await fetchPage({ url: `${base}/endless`, max_length: 10 })).text).toContain(
      "[only the first 5242880 bytes were fetched]",
    );
    await expect.poll(() => openAnswers).toBe(0);
  });
});
