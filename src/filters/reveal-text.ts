/** Characters that people don't see and models do, and how much each hints at a hidden message (0 to 1). */
const INVISIBLE = [
  // Tag characters spell ASCII that no screen shows; variation selectors of the second plane carry bytes.
  { kind: "hidden_tags", weight: 0.7, pattern: /[\u{e0000}-\u{e0fff}]+/gu },
  { kind: "bidi_control", weight: 0.3, pattern: /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g },
  // A joiner between letters beyond ASCII belongs to a script or an emoji; a text selector to the sign before it.
  {
    kind: "zero_width",
    weight: 0.1,
    pattern:
      /(?:[\u00ad\u115f\u1160\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u180b-\u180f]|[\ufe00-\ufe0e]|\u034f)+|(?<=[\0-\u{7f}]|^)[\u200c\u200d]+|[\u200c\u200d]+(?=[\0-\u{7f}]|$)|(?<=[\0-\u{7f}])\ufe0f+/gu,
  },
  {
    kind: "terminal_escape",
    weight: 0,
    pattern:
      // Control sequences, strings up to their end (titles, links, clipboard), two-character escapes; 7 and 8 bit.
      /(?:\u001b\[|\u009b)[0-?]{0,64}[ -/]{0,8}[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]{0,4096}(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]{0,8}[0-~]/g,
  },
  // Last: what is left of broken escapes goes with the other control characters. A line ends with \n alone.
  { kind: "control", weight: 0, pattern: /[\0-\u0008\u000b-\u001f\u007f-\u009f]+/g },
] as const;

const ANY =
  /[\0-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u180b-\u180f]|[\ufe00-\ufe0f]|[\u{e0000}-\u{e0fff}]|\u034f/u;

/** Something that was invisible in a text. */
export interface InvisibleFinding {
  readonly kind: (typeof INVISIBLE)[number]["kind"];
  /** How much it hints at a hidden message, 0 to 1. */
  readonly weight: number;
  readonly count: number;
}

/** Takes out what a person would not see: hidden, zero-width, direction and control characters, terminal escapes. */
export function revealText(text: string): { readonly text: string; readonly findings: readonly InvisibleFinding[] } {
  if (!ANY.test(text)) return { text, findings: [] };
  const findings: InvisibleFinding[] = [];
  let current = text;
  for (const { kind, weight, pattern } of INVISIBLE) {
    let count = 0;
    current = current.replaceAll(pattern, (found) => {
      // The end of a line in Windows' way is nothing to tell.
      if (found !== "\r") count += 1;
      return "";
    });
    if (count > 0) findings.push({ kind, weight, count });
  }
  return { text: current, findings };
}
