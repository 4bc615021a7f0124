import { describe, expect, it } from "vitest";

import { createFetchRules } from "../../src/net/fetch-rules.ts";
import { readHostLists, type HostListsOptions } from "../../src/net/host-list.ts";
import { createGuardedFetch } from "../../src/net/index.ts";

const ADDRESSES = [
  "169.254.169.254",
  "169.254.170.2",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "fd00:ec2::254",
  "fd00:ec2::23",
  "fd20:ce::254",
  "fd00:c1::a9fe:a9fe",
  "fd00:42::42",
  "fe80::a9fe:a9fe",
];
/** The same addresses as others write them. */
const SPELLINGS = [
  "2852039166",
  "0xa9fea9fe",
  "0251.0376.0251.0376",
  "169.254.43518",
  "169.254.169.254.",
  "[::ffff:169.254.169.254]",
  "[::ffff:a9fe:a9fe]",
  "[::a9fe:a9fe]",
  "[64:ff9b::a9fe:a9fe]",
  "[64:ff9b:1::a9fe:a9fe]",
  "[2002:a9fe:a9fe::1]",
  "[::ffff:0:169.254.169.254]",
  "[0:0:0:0:0:ffff:6464:64c8]",
];
const NAMES = [
  "metadata.google.internal",
  "METADATA.GOOGLE.INTERNAL.",
  "metadata",
  "metadata.goog",
  "instance-data",
  "instance-data.ec2.internal",
  "metadata.tencentyun.com",
  "computemetadata.metadata.google.internal",
];

/** Everything that is private, in every way in which it can be permitted without naming what gives out credentials. */
const PERMITTED: readonly HostListsOptions[] = [
  { allowPrivate: true },
  { allowPrivate: ["*.google.internal", "*.internal", "*.goog", "*.com", "10.0.0.1"] },
  { allowPrivate: true, allow: ["*.google.internal", "*.internal", "*.goog", "*.com", "any.test", "*.test"] },
];

function judge(lists: HostListsOptions, url: string, addresses: readonly string[] = []): void {
  const rules = createFetchRules(readHostLists(lists));
  const { hostname, href } = new URL(url);
  rules.assertUrl(new URL(href));
  for (const address of addresses) rules.assertAddress(hostname, address);
}

describe("what gives out a machine's credentials is not reached because private addresses may be", () => {
  const hosts = [...ADDRESSES.map((address) => (address.includes(":") ? `[${address}]` : address)), ...SPELLINGS];

  it.each([...hosts, ...NAMES])("%s", async (host) => {
    for (const lists of PERMITTED) {
      expect(() => judge(lists, `http://${host}/latest/`)).toThrow(expect.objectContaining({ code: "network_denied" }));
    }
    const guarded = createGuardedFetch({ allowPrivate: true, lookup: async () => ["127.0.0.1"], timeoutMs: 2000 });
    await expect(guarded(`http://${host}/latest/`)).rejects.toMatchObject({ code: "network_denied" });
  });

  it.each([...ADDRESSES, "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fe80::a9fe:a9fe%eth0"])(
    "%s as the address of a name, also of one that may be private",
    async (address) => {
      for (const lists of [...PERMITTED, { allowPrivate: ["any.test"] }, { allowPrivate: true, allow: ["any.test"] }]) {
        const rules = createFetchRules(readHostLists(lists));
        const dial = (): void => rules.assertAddress("any.test", address);
        expect(dial).toThrow(expect.objectContaining({ code: "network_denied" }));
      }
      const guarded = createGuardedFetch({ allowPrivate: ["any.test"], lookup: async () => ["10.0.0.1", address] });
      await expect(guarded("http://any.test/")).rejects.toMatchObject({ code: "network_denied" });
    },
  );

  it("says how to permit it", () => {
    const visit = (): void => judge({ allowPrivate: true }, "http://169.254.169.254/");
    expect(visit).toThrow(
      '"169.254.169.254" is a metadata service, which gives out credentials: only by its own name in',
    );
  });
});

describe("a metadata service that is named is reached", () => {
  it.each<[HostListsOptions, string, string]>([
    [{ allowPrivate: ["169.254.169.254"] }, "http://169.254.169.254/", "169.254.169.254"],
    [{ allowPrivate: true, allow: ["169.254.169.254"] }, "http://169.254.169.254/", "169.254.169.254"],
    [{ allowPrivate: ["169.254.169.254"] }, "http://0xa9fea9fe/", "169.254.169.254"],
    [{ allowPrivate: ["fd00:ec2::254"] }, "http://[fd00:ec2::254]/", "fd00:ec2::254"],
    [{ allowPrivate: ["metadata.google.internal"] }, "http://metadata.google.internal/", "169.254.169.254"],
    [{ allowPrivate: ["any.test", "169.254.169.254"] }, "http://any.test/", "169.254.169.254"],
  ])("%j", (lists, url, address) => {
    expect(() => judge(lists, url, [address])).not.toThrow();
  });

  it.each<[HostListsOptions, string, string]>([
    // Another of them than the one that is named.
    [{ allowPrivate: ["169.254.169.254"] }, "http://169.254.170.2/", "169.254.170.2"],
    // Named, but private addresses may not be reached.
    [{ allow: ["169.254.169.254"] }, "http://169.254.169.254/", "169.254.169.254"],
    [
      { allowPrivate: ["metadata.google.internal"], block: ["google.internal"] },
      "http://metadata.google.internal/",
      "::1",
    ],
  ])("and not by %j", (lists, url, address) => {
    expect(() => judge(lists, url, [address])).toThrow(expect.objectContaining({ code: "network_denied" }));
  });

  it("leaves what is private alone", () => {
    for (const host of ["10.0.0.1", "127.0.0.1", "[fd00:1::1]", "printer.local", "localhost", "metadata.example.com"]) {
      expect(() => judge({ allowPrivate: true }, `http://${host}/`)).not.toThrow();
    }
    const addresses = ["10.0.0.1", "fd00:1::1", "::ffff:10.0.0.1"];
    expect(() => judge({ allowPrivate: true }, "http://any.test/", addresses)).not.toThrow();
  });
});
