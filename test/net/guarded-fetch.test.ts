import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createGuardedFetch } from "../../src/net/index.ts";

let server: Server;
let port: number;
/** What reached the server: every entry of a refusal test is a leak. */
let seen: {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}[] = [];
let openAnswers = 0;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://server");
  if (url.pathname === "/redirect") {
    response
      .writeHead(Number(url.searchParams.get("status") ?? 302), { location: url.searchParams.get("to") ?? "/" })
      .end("moved");
  } else if (url.pathname === "/bomb") {
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(5_000_000)));
  } else if (url.pathname === "/endless") {
    openAnswers += 1;
    response.on("close", () => (openAnswers -= 1));
    response.writeHead(200);
    const send = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on("drain", send);
    send();
  } else if (url.pathname === "/silent") {
    openAnswers += 1;
    response.on("close", () => (openAnswers -= 1));
  } else {
    response.writeHead(200, { "content-type": "text/plain" }).end("SECRET");
  }
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { url: path = "", method = "", headers } = request;
      seen.push({ path, method, headers, body: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  });
  // All addresses: whatever spelling of this machine gets through is answered.
  server.listen(0, "::");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Names of this test, all on this machine. */
const lookup = async (host: string): Promise<readonly string[]> => {
  if (host === "both.test") return ["93.184.215.14", "127.0.0.1"];
  if (host === "nothing.test") return [];
  return ["127.0.0.1"];
};

const own = Object.values(networkInterfaces())
  .flatMap((entries) => entries ?? [])
  .map(({ address, family }) => (family === "IPv6" ? `[${address.split("%")[0] ?? ""}]` : address));

describe("createGuardedFetch() refuses", () => {
  it.each([
    "http://127.0.0.1:PORT/",
    "http://127.1:PORT/",
    "http://2130706433:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://0x7f.0.0.1:PORT/",
    "http://0x7f000001:PORT/",
    "http://127.0.0.1.:PORT/",
    "http://①②⑦.⓪.⓪.①:PORT/",
    "http://127。0。0。1:PORT/",
    "http://0:PORT/",
    "http://0.0.0.0:PORT/",
    "http://[::1]:PORT/",
    "http://[::]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[::127.0.0.1]:PORT/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/",
    "http://[64:ff9b::127.0.0.1]:PORT/",
    "http://[64:ff9b::a9fe:a9fe]:PORT/",
    "http://[64:ff9b::]:PORT/",
    "http://[2002:7f00:1::]:PORT/",
    "http://[fe80::1]:PORT/",
    "http://[fc00::1]:PORT/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]:PORT/",
    "http://10.0.0.1:PORT/",
    "http://100.64.0.1:PORT/",
    "http://172.16.0.1:PORT/",
    "http://172.31.255.255:PORT/",
    "http://192.168.1.1:PORT/",
    "http://198.18.0.1:PORT/",
    "http://224.0.0.1:PORT/",
    "http://255.255.255.255:PORT/",
    "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/",
    "http://100.100.100.200/",
    "http://192.0.0.192/",
    "http://localhost:PORT/",
    "http://LOCALHOST:PORT/",
    "http://localhost.:PORT/",
    "http://anything.localhost:PORT/",
    "http://metadata.google.internal/",
    "http://metadata/",
    "http://printer.local/",
    "http://user:secret@example.com/",
    "http://example.com@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\\@example.com/",
    "http://rebind.test:PORT/",
    "https://rebind.test:PORT/",
    "http://both.test:PORT/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "data:text/plain,hello",
    "gopher://127.0.0.1:PORT/",
    "javascript:alert(1)",
    "blob:http://127.0.0.1/1",
    ...own.map((host) => `http://${host}:PORT/`),
  ])("%s", async (template) => {
    seen = [];
    const guarded = createGuardedFetch({ lookup });
    const url = template.replace("PORT", String(port));
    await expect(guarded(url)).rejects.toMatchObject({ code: "network_denied" });
    await expect(guarded(new URL(url))).rejects.toMatchObject({ code: "network_denied" });
    expect(seen).toEqual([]);
  });

  it("a redirect to a private address, a private name and another scheme", async () => {
    const guarded = createGuardedFetch({ lookup, allowPrivate: ["start.test"] });
    for (const to of [
      `http://127.0.0.1:${port}/`,
      `http://[::1]:${port}/`,
      `http://other.test:${port}/`,
      "http://169.254.169.254/",
      "file:///etc/passwd",
      `http://user:pw@start.test:${port}/`,
    ]) {
      seen = [];
      const url = `http://start.test:${port}/redirect?to=${encodeURIComponent(to)}`;
      await expect(guarded(url)).rejects.toMatchObject({ code: "network_denied" });
      expect(seen).toHaveLength(1);
    }
  });

  it("a name whose address changes between two requests", async () => {
    const answers = [["127.0.0.1"], ["10.0.0.1"]];
    const guarded = createGuardedFetch({ lookup: async () => answers.pop() ?? ["127.0.0.1"] });
    for (let round = 0; round < 3; round += 1) {
      await expect(guarded(`http://flip.test:${port}/`)).rejects.toMatchObject({ code: "network_denied" });
    }
  });

  it("with a message that names host and reason", async () => {
    const guarded = createGuardedFetch({ lookup });
    await expect(guarded("http://10.1.2.3/")).rejects.toThrow('"10.1.2.3" is a private or reserved address');
    await expect(guarded(`http://rebind.test:${port}/`)).rejects.toThrow('"rebind.test" leads to 127.0.0.1');
  });

  it("hosts of the block list and below, and hosts beside the allow list, on label borders", async () => {
    const blocking = createGuardedFetch({ lookup, allowPrivate: true, block: ["evil.test", "*.bad.test"] });
    for (const host of ["evil.test", "www.evil.test", "EVIL.test.", "a.bad.test"]) {
      await expect(blocking(`http://${host}:${port}/`)).rejects.toMatchObject({ code: "network_denied" });
    }
    for (const host of ["notevil.test", "bad.test"])
      expect((await blocking(`http://${host}:${port}/`)).status).toBe(200);

    const allowing = createGuardedFetch({
      lookup,
      allowPrivate: true,
      allow: ["good.test", "*.fine.test", "127.0.0.1"],
    });
    for (const host of [
      "evilgood.test",
      "www.good.test",
      "fine.test",
      "evilfine.test",
      "good.test.evil.test",
      "10.0.0.1",
    ]) {
      await expect(allowing(`http://${host}:${port}/`)).rejects.toMatchObject({ code: "network_denied" });
    }
    for (const host of ["good.test", "Good.Test.", "a.fine.test", "127.0.0.1", "0x7f.1"]) {
      expect((await allowing(`http://${host}:${port}/`)).status).toBe(200);
    }
  });

  it("a redirect to a host of the block list", async () => {
    const guarded = createGuardedFetch({ lookup, allowPrivate: true, block: ["evil.test"] });
    const to = encodeURIComponent(`http://evil.test:${port}/`);
    await expect(guarded(`http://start.test:${port}/redirect?to=${to}`)).rejects.toMatchObject({
      code: "network_denied",
    });
  });

  it("lists that make no sense", () => {
    for (const entry of ["https://example.com", "a/b", "", "*.", "exa mple.com", "a*b.com", "*.*.com", "user@host"]) {
      expect(() => createGuardedFetch({ allow: [entry] })).toThrow(TypeError);
      expect(() => createGuardedFetch({ block: [entry] })).toThrow(TypeError);
    }
    expect(() => createGuardedFetch({ maxBytes: -1 })).toThrow(RangeError);
    expect(() => createGuardedFetch({ timeoutMs: Number.NaN })).toThrow(RangeError);
  });
});

describe("createGuardedFetch() with permission for private addresses", () => {
  const open = createGuardedFetch({ lookup, allowPrivate: true, maxBytes: 1_000_000 });
  const at = (path: string, host = "start.test"): string => `http://${host}:${port}${path}`;

  it("fetches by name, address and Request", async () => {
    expect(await (await open(at("/"))).text()).toBe("SECRET");
    expect(await (await open(`http://127.0.0.1:${port}/`)).text()).toBe("SECRET");
    expect(await (await open(`http://[::1]:${port}/`)).text()).toBe("SECRET");
    const response = await open(new Request(at("/x"), { method: "POST", body: "hello", headers: { "x-mine": "1" } }));
    expect([response.ok, response.url, response.redirected]).toEqual([true, at("/x"), false]);
    expect(response).toBeInstanceOf(Response);
    expect(seen.at(-1)).toMatchObject({ method: "POST", body: "hello", headers: { "x-mine": "1" } });
  });

  it("follows redirects and drops credentials at another origin only", async () => {
    const headers = { authorization: "Bearer key", cookie: "a=b", "x-api-key": "key", accept: "text/plain" };
    const same = await open(at("/redirect?to=/end"), { headers });
    expect([same.url, same.redirected, await same.text()]).toEqual([at("/end"), true, "SECRET"]);
    expect(seen.at(-1)?.headers).toMatchObject(headers);
    await (await open(at(`/redirect?to=${encodeURIComponent(at("/end", "other.test"))}`), { headers })).text();
    const last = seen.at(-1);
    expect(last?.headers).toMatchObject({ accept: "text/plain", host: `other.test:${port}` });
    for (const name of ["authorization", "cookie", "x-api-key"]) expect(last?.headers).not.toHaveProperty(name);
  });

  it.each([
    [301, "POST", "GET", ""],
    [302, "POST", "GET", ""],
    [303, "PUT", "GET", ""],
    [307, "POST", "POST", "body"],
    [308, "PUT", "PUT", "body"],
    [302, "PUT", "PUT", "body"],
  ])("after a %i sends a %s on as %s", async (status, method, expected, body) => {
    await (await open(at(`/redirect?status=${status}&to=/end`), { method, body: "body" })).text();
    expect(seen.at(-1)).toMatchObject({ path: "/end", method: expected, body });
  });

  it("honours redirect modes and the limit of hops", async () => {
    const manual = await open(at("/redirect?to=/end"), { redirect: "manual" });
    expect([manual.status, manual.headers.get("location")]).toEqual([302, "/end"]);
    await manual.body?.cancel();
    await expect(open(at("/redirect?to=/end"), { redirect: "error" })).rejects.toThrow(TypeError);
    seen = [];
    const loop = at(`/redirect?to=${encodeURIComponent("/redirect?to=/redirect")}`);
    const looping = createGuardedFetch({ lookup, allowPrivate: true, maxRedirects: 1 });
    await expect(looping(loop)).rejects.toMatchObject({ code: "network_denied" });
    expect(seen).toHaveLength(2);
  });

  it("stops at the size limit, also of what unpacks to more, and closes the connection", async () => {
    const bomb = await open(at("/bomb"));
    await expect(bomb.text()).rejects.toMatchObject({ code: "network_denied" });
    const endless = await open(at("/endless"));
    await expect(endless.arrayBuffer()).rejects.toMatchObject({ code: "network_denied" });
    await expect.poll(() => openAnswers).toBe(0);
  });

  it("closes the connection when the reader leaves early", async () => {
    const endless = await open(at("/endless"));
    const reader = endless.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await expect.poll(() => openAnswers).toBe(0);
  });

  it("gives an abort's reason back unchanged, before and during the body", async () => {
    const reason = new Error("mine");
    await expect(open(at("/"), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const silent = new AbortController();
    const pending = open(at("/silent"), { signal: silent.signal });
    await expect.poll(() => openAnswers).toBe(1);
    silent.abort(reason);
    await expect(pending).rejects.toBe(reason);
    const during = new AbortController();
    const endless = await createGuardedFetch({ lookup, allowPrivate: true, maxBytes: 1e12 })(at("/endless"), {
      signal: during.signal,
    });
    const reading = endless.arrayBuffer();
    during.abort(reason);
    await expect(reading).rejects.toBe(reason);
    await expect.poll(() => openAnswers).toBe(0);
  });

  it("ends at its time limit with code timeout", async () => {
    const hasty = createGuardedFetch({ lookup, allowPrivate: true, timeoutMs: 50 });
    await expect(hasty(at("/silent"))).rejects.toMatchObject({ code: "timeout" });
    await expect.poll(() => openAnswers).toBe(0);
  });

  it("rejects with fetch's TypeError when there is nobody", async () => {
    await expect(open("http://nothing.test/")).rejects.toThrow(TypeError);
    await expect(open("http://127.0.0.1:1/")).rejects.toThrow(TypeError);
    await expect(open("no url")).rejects.toThrow(TypeError);
  });
});
