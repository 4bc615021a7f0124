import { BlockList, isIP, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";

import { carriedIpv4, readIp, writeIpv4 } from "./ip-groups.ts";

/**
 * Ranges that are not the public internet: private, shared, loopback, link-local, documentation, benchmarks, multicast,
 * reserved, tunnels into IPv4. Metadata services at other addresses stand in `metadata-hosts.ts`.
 * Source: IANA special-purpose address registries (RFC 6890).
 */
const PRIVATE_IPV4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
] as const;

const PRIVATE_IPV6 = [
  "::/96",
  "::ffff:0:0:0/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
] as const;

/** Tells why an address must not be reached; `undefined` when it is public. */
export type AddressJudge = (address: string) => string | undefined;

/** Makes the judge of addresses. IPv4 inside of IPv6 (mapped, NAT64) is judged as IPv4. */
export function createAddressJudge(): AddressJudge {
  const ranges = new BlockList();
  for (const range of PRIVATE_IPV4) addRange(ranges, range, "ipv4");
  for (const range of PRIVATE_IPV6) addRange(ranges, range, "ipv6");
  const nat64 = new BlockList();
  nat64.addSubnet("64:ff9b::", 96, "ipv6");

  const judge: AddressJudge = (address) => {
    // A zone ("fe80::1%eth0") names an interface of this machine.
    if (isIP(address) === 0 || address.includes("%")) return "is not a public address";
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (ranges.check(address, family)) return "is a private or reserved address";
    const carried = family === "ipv6" && nat64.check(address, "ipv6") ? carriedIpv4(readIp(address) ?? []) : undefined;
    if (carried !== undefined) return judge(writeIpv4(carried));
    if (isOwnAddress(address)) return "is an address of this machine";
    return undefined;
  };
  return judge;
}

function addRange(ranges: BlockList, range: string, family: "ipv4" | "ipv6"): void {
  const [network = "", bits] = range.split("/");
  ranges.addSubnet(network, Number(bits), family);
}

/** What listens on this machine may answer on its public address too, past any firewall. */
function isOwnAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some((entries) => entries?.some((entry) => entry.address === address));
}
