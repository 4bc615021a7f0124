/**
 * Keeps the head and the tail of a text, with a note of what is missing between them. Never splits a character. A text
 * that fits is returned as it is.
 */
export function shortenText(text: string, maxBytes: number, note: (missing: number) => string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return text;
  const buffer = Buffer.from(text);
  const head = cutBefore(buffer, Math.ceil((maxBytes * 2) / 3));
  const tail = cutAfter(buffer, bytes - Math.floor(maxBytes / 3));
  return `${buffer.subarray(0, head).toString()}\n${note(tail - head)}\n${buffer.subarray(tail).toString()}`;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function cutBefore(buffer: Buffer, index: number): number {
  let position = index;
  while (position > 0 && isContinuation(buffer[position])) position -= 1;
  return position;
}

function cutAfter(buffer: Buffer, index: number): number {
  let position = index;
  while (position < buffer.length && isContinuation(buffer[position])) position += 1;
  return position;
}
