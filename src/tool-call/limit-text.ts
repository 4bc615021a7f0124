/**
 * Cuts a text to about `maxBytes` UTF-8 bytes, keeping its head and its tail, with a note of what is missing between
 * them, and of where the whole is kept, if it is. Never splits a character.
 */
export function limitText(text: string, maxBytes: number, keptAt?: string): string {
  // A UTF-16 unit has at most three bytes: most texts need no counting.
  if (text.length * 3 <= maxBytes) return text;
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return text;
  const buffer = Buffer.from(text);
  const half = Math.floor(maxBytes / 2);
  const head = buffer.subarray(0, backToBoundary(buffer, half)).toString();
  const tail = buffer.subarray(forwardToBoundary(buffer, bytes - half)).toString();
  const where =
    keptAt === undefined
      ? ""
      : `; the whole is in ${keptAt}: read parts of it with Read (offset, limit) or search it with Grep`;
  return `${head}\n[… ${bytes - maxBytes} bytes left out${where} …]\n${tail}`;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function backToBoundary(buffer: Buffer, index: number): number {
  let position = index;
  while (position > 0 && isContinuation(buffer[position])) position -= 1;
  return position;
}

function forwardToBoundary(buffer: Buffer, index: number): number {
  let position = index;
  while (position < buffer.length && isContinuation(buffer[position])) position += 1;
  return position;
}
