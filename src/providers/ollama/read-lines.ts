/** Characters that one line may have: a stream without line ends must not eat the memory. */
const MAX_LINE_LENGTH = 64 * 1024 * 1024;

/** The lines of a stream without empty ones; those that arrive in one chunk come as one batch. Throws what the body throws. */
export async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true });
    const end = text.lastIndexOf("\n");
    if (end === -1) {
      rest += text;
      if (rest.length > MAX_LINE_LENGTH) {
        throw new RangeError(`A line of the stream is longer than ${MAX_LINE_LENGTH} characters`);
      }
      continue;
    }
    const lines = (rest + text.slice(0, end)).split("\n").filter((line) => line.trim() !== "");
    rest = text.slice(end + 1);
    if (lines.length > 0) yield lines;
  }
  rest += decoder.decode();
  if (rest.trim() !== "") yield [rest];
}
