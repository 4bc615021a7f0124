import { carriedIpv4, isWithin, readIp, readRange, type IpRange } from "./ip-groups.ts";

/**
 * Where clouds tell a machine about itself, and give credentials to whoever asks. The one list of them; what is private for
 * other reasons stands in `private-address.ts`.
 * Source: the vendors' pages. Link-local addresses are theirs as a whole: nothing else that a program would fetch is there.
 */
const ADDRESSES = [
  // Nearly all of them at 169.254.169.254; task and pod identities of AWS, and Tencent, at others.
  "169.254.0.0/16",
  "fe80::/10",
  // Alibaba Cloud.
  "100.100.100.200/32",
  "fd00:100::100:200/128",
  // Azure's host.
  "168.63.129.16/32",
  // Oracle Cloud.
  "192.0.0.192/32",
  "fd00:c1::a9fe:a9fe/128",
  // AWS: metadata, pod identities, names and time.
  "fd00:ec2::/32",
  // Google Cloud.
  "fd20:ce::254/128",
  // Scaleway.
  "fd00:42::42/128",
  // Akamai.
  "fd00:a9fe:a9fe::1/128",
] as const;

/** Their names, and all that lies below those. */
const NAMES = [
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "metadata.azure.internal",
  "metadata.tencentyun.com",
  "metadata.packet.net",
  "metadata.platformequinix.com",
  "instance-data",
  "instance-data.ec2.internal",
  "rancher-metadata",
] as const;

/** Read when the first address is judged. */
let ranges: readonly IpRange[] | undefined;

/**
 * Whether a host, as URLs write it, or an address is a metadata service. An IPv4 address counts inside of IPv6 too (mapped,
 * NAT64, 6to4).
 */
export function isMetadataHost(host: string): boolean {
  const address = readIp(host);
  if (address === undefined) return NAMES.some((name) => host === name || host.endsWith(`.${name}`));
  const carried = carriedIpv4(address);
  ranges ??= ADDRESSES.map(readRange);
  return ranges.some((range) => isWithin(address, range) || (carried !== undefined && isWithin(carried, range)));
}
