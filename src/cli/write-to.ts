/**
 * What a terminal obeys instead of showing it: control characters but line feeds and tabs, and marks that change the
 * direction of text. They come from models, tools, and files of projects that nobody trusts: they could move the cursor
 * over what was shown, or fill the clipboard.
 */
const OBEYED = /(?!\r\n)[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g; // eslint-disable-line no-control-regex -- these are the characters that must be shown

/** Makes the way to an output: to a terminal, its control characters are shown (`\u001b`); elsewhere all stays as it is. */
export function writeTo(output: { readonly isTTY?: boolean; write(text: string): unknown }): (text: string) => void {
  return (text) => void output.write(output.isTTY === true ? text.replace(OBEYED, nameOf) : text);
}

/** As JSON writes it, so that lines of JSON stay what they are. */
function nameOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
