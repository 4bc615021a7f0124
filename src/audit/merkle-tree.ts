import { hash } from "node:crypto";

/**
 * The root of a Merkle tree that grows leaf by leaf (RFC 6962, 2.1), with one hash for each level kept. A leaf is the
 * 32 bytes of a record's hash.
 */
export interface MerkleTree {
  readonly size: number;
  /** Adds a leaf, a record's hash, given in hex. */
  add(recordHash: string): void;
  /** The root of what was added, in base64. */
  root(): string;
  /** Roots of its full subtrees in hex, the largest first: all that is needed to go on with it. */
  edge(): readonly string[];
}

/** Makes an empty tree, or goes on with one. */
export function createMerkleTree(
  start: { readonly size: number; readonly edge: readonly string[] } = EMPTY,
): MerkleTree {
  const edge: Buffer[] = start.edge.map((node) => Buffer.from(node, "hex"));
  let { size } = start;
  return {
    get size() {
      return size;
    },
    add(recordHash) {
      let node: Buffer = hash("sha256", Buffer.from(`00${recordHash}`, "hex"), "buffer");
      // The new leaf completes a subtree for each bit that is set at the end of the size.
      for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
        const left = edge.pop();
        if (left !== undefined) node = joinNodes(left, node);
      }
      edge.push(node);
      size += 1;
    },
    root() {
      const last = edge.at(-1);
      if (last === undefined) return hash("sha256", "", "base64");
      return edge
        .slice(0, -1)
        .reduceRight((right, left) => joinNodes(left, right), last)
        .toString("base64");
    },
    edge: () => edge.map((node) => node.toString("hex")),
  };
}

const EMPTY = { size: 0, edge: [] };
const ONE = Buffer.from([1]);

function joinNodes(left: Uint8Array, right: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([ONE, left, right]), "buffer");
}
