/**
 * Whether a text can mean tools: a name, with `*` and `?` for any characters. Names hold letters, digits, "_" and "-", and
 * with some vendors ".", ":" and "/"; of `Edit|Write` nothing would ever match, and nobody would know.
 */
export function isToolGlob(text: string): boolean {
  return /^[\w*?.:/-]+$/.test(text);
}
