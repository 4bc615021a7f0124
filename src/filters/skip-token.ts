/** Characters that tokens and passwords consist of, in pieces that no engine finds too long. */
const PIECE = /[\w.+/=~%:-]{1,4096}/y;

/** The end of the token that a text goes on with at `from`. */
export function skipToken(text: string, from: number): number {
  const piece = new RegExp(PIECE);
  let end = from;
  piece.lastIndex = from;
  while (piece.test(text)) end = piece.lastIndex;
  return end;
}
