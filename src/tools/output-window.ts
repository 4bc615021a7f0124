/** Keeps the head and the tail of a text that comes in pieces, in bounded memory. */
export interface OutputWindow {
  push(text: string): void;
  /** Characters so far. */
  readonly length: number;
  /** The whole text, or its ends with a note of how much is missing between them. */
  text(): string;
}

/** Opens a window of `maxLength` characters: half for the head, half for the tail. */
export function openOutputWindow(maxLength: number): OutputWindow {
  const half = Math.floor(maxLength / 2);
  let head = "";
  let tail = "";
  let length = 0;
  return {
    push(text) {
      length += text.length;
      const room = half - head.length;
      if (room > 0) head += text.slice(0, room);
      const rest = text.slice(Math.max(0, room));
      // Cut now and then, not at each piece: joining is cheap, slicing copies.
      tail = rest.length >= half ? rest.slice(-half) : tail + rest;
      if (tail.length > 4 * maxLength) tail = tail.slice(-half);
    },
    get length() {
      return length;
    },
    text() {
      if (length <= 2 * half) return head + tail;
      // Halves of a character that the cut went through.
      const first = head.replace(/[\ud800-\udbff]$/u, "");
      const last = tail.slice(-half).replace(/^[\udc00-\udfff]/u, "");
      return `${first}\n\n[… ${length - first.length - last.length} characters left out …]\n\n${last}`;
    },
  };
}
