import type { OutputStream } from "../output-buffer.ts";

/**
 * Takes the engine's stream of two outputs apart, in the order in which they came: each frame has a header of 8 bytes,
 * the stream and the length of what follows.
 * Source: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
 */
export function createDemuxer(write: (chunk: Uint8Array, stream: OutputStream) => void): (chunk: Buffer) => void {
  let header = Buffer.alloc(0);
  let left = 0;
  let stream: OutputStream = "stdout";
  return (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (left > 0) {
        const part = rest.subarray(0, left);
        write(part, stream);
        left -= part.length;
        rest = rest.subarray(part.length);
        continue;
      }
      const missing = 8 - header.length;
      header = Buffer.concat([header, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (header.length < 8) return;
      stream = header[0] === 2 ? "stderr" : "stdout";
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
  };
}
