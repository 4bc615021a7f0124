/** An address as numbers of 16 bits: two for IPv4, eight for IPv6. Without Node's sockets, for who only compares. */
export type IpGroups = readonly number[];

/** A range such as "10.0.0.0/8" or "fc00::/7". */
export interface IpRange {
  readonly network: IpGroups;
  readonly bits: number;
}

/** Reads an address as resolvers and the URL parser write it, with a zone or brackets; `undefined` for a name. */
export function readIp(address: string): IpGroups | undefined {
  const [text = ""] = address.replace(/^\[|\]$/gu, "").split("%");
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/u.test(text)) return readIpv4(text);
  const url = text.includes(":") ? URL.parse(`http://[${text}]/`) : null;
  return url === null ? undefined : readIpv6(url.hostname.slice(1, -1));
}

/** Reads a range, which must be one. */
export function readRange(range: string): IpRange {
  const [network = "", bits] = range.split("/");
  return { network: readIp(network) ?? [], bits: Number(bits) };
}

/** Whether an address lies in a range of its family. */
export function isWithin(address: IpGroups, { network, bits }: IpRange): boolean {
  if (address.length !== network.length) return false;
  return network.every((group, index) => {
    const left = Math.min(16, Math.max(0, bits - 16 * index));
    return group >> (16 - left) === (address[index] ?? 0) >> (16 - left);
  });
}

/** Ranges that hold an IPv4 address in their last 32 bits: compatible, mapped, translated, NAT64 (RFC 4291, 6052, 8215). */
const CARRIERS: readonly IpRange[] = [
  { network: [0, 0, 0, 0, 0, 0, 0, 0], bits: 96 },
  { network: [0, 0, 0, 0, 0, 0xffff, 0, 0], bits: 96 },
  { network: [0, 0, 0, 0, 0xffff, 0, 0, 0], bits: 96 },
  { network: [0x64, 0xff9b, 0, 0, 0, 0, 0, 0], bits: 96 },
  { network: [0x64, 0xff9b, 1, 0, 0, 0, 0, 0], bits: 48 },
];

/** The IPv4 address that an IPv6 address leads to, if any. */
export function carriedIpv4(address: IpGroups): IpGroups | undefined {
  // 6to4 (RFC 3056).
  if (address.length === 8 && address[0] === 0x2002) return address.slice(1, 3);
  return CARRIERS.some((range) => isWithin(address, range)) ? address.slice(-2) : undefined;
}

/** An IPv4 address as people write it. */
export function writeIpv4(address: IpGroups): string {
  return address.flatMap((group) => [group >> 8, group & 0xff]).join(".");
}

function readIpv4(text: string): IpGroups {
  const [a = 0, b = 0, c = 0, d = 0] = text.split(".").map(Number);
  return [a * 256 + b, c * 256 + d];
}

/** The URL parser writes all forms as hexadecimal groups, with one gap at most. */
function readIpv6(text: string): IpGroups {
  const read = (part: string): IpGroups =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const [head = "", tail = ""] = text.split("::");
  const [first, last] = [read(head), read(tail)];
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
}
