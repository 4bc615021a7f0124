import { decodeEntities } from "./html-entities.ts";

/** Elements whose content is not text for readers. */
const DROPPED = new Set(["script", "style", "template", "noscript", "svg", "iframe", "object", "canvas", "select"]);
/** Elements that stand on lines of their own. */
const BLOCKS = new Set(
  "address article aside blockquote body br dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html li main nav ol p pre section summary table tbody td tfoot th thead title tr ul".split(
    " ",
  ),
);

/** A tag as it stands in a page. */
interface HtmlTag {
  readonly name: string;
  readonly isClosing: boolean;
  readonly attributes: string;
  /** Where the text after it begins. */
  readonly end: number;
}

/**
 * The readable text of an HTML page: scripts and styles dropped, entities decoded, headings and list items marked,
 * links with their addresses. Goes through the page once, whatever is in it; regular expressions over whole pages can
 * take forever on hostile ones.
 */
export function htmlToText(html: string, baseUrl?: string): string {
  const output: string[] = [];
  let link: string | undefined;
  let isCode = false;
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    const stop = open === -1 ? html.length : open;
    if (stop > at)
      output.push(isCode ? keepSpaces(decodeEntities(html.slice(at, stop))) : joinSpaces(html.slice(at, stop)));
    if (open === -1) break;
    const tag = readTag(html, open);
    if (tag === undefined) {
      // A "<" that opens nothing is text.
      output.push("<");
      at = open + 1;
      continue;
    }
    at = tag.end;
    if (tag.name === "pre") isCode = !tag.isClosing;
    if (!tag.isClosing && DROPPED.has(tag.name)) at = skipElement(html, tag);
    else if (tag.name === "a") {
      if (link !== undefined) output.push(`](${link})`);
      link = tag.isClosing ? undefined : readLink(tag.attributes, baseUrl);
      if (link !== undefined) output.push("[");
    } else if (BLOCKS.has(tag.name)) output.push(tag.isClosing ? "\n" : markBlock(tag.name));
  }
  return tidy(output.join(""));
}

function joinSpaces(text: string): string {
  return decodeEntities(text.replace(/\s+/gu, " "));
}

/** Private characters stand for the spaces of code until everything else is tidy. */
const CODE_SPACE = "\ue000";
const CODE_TAB = "\ue001";

function keepSpaces(code: string): string {
  return code.replaceAll("\r", "").replaceAll(" ", CODE_SPACE).replaceAll("\t", CODE_TAB);
}

function readTag(html: string, open: number): HtmlTag | undefined {
  if (html.startsWith("<!--", open)) {
    const end = html.indexOf("-->", open + 4);
    return { name: "!", isClosing: false, attributes: "", end: end === -1 ? html.length : end + 3 };
  }
  const isClosing = html.charAt(open + 1) === "/";
  const start = open + (isClosing ? 2 : 1);
  if (!/[a-zA-Z!?]/u.test(html.charAt(start))) return undefined;
  const end = findTagEnd(html, start);
  const inside = html.slice(start, end);
  const name = /^[^\s/>]{0,40}/u.exec(inside)?.[0] ?? "";
  return { name: name.toLowerCase(), isClosing, attributes: inside.slice(name.length), end: end + 1 };
}

/** The ">" that ends a tag: not one in a quoted value. */
function findTagEnd(html: string, start: number): number {
  let quote = "";
  for (let at = start; at < html.length; at += 1) {
    const character = html.charAt(at);
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === ">") return at;
    // A quote begins a value only after "=": an apostrophe in a broken tag must not swallow the page.
    else if ((character === '"' || character === "'") && /=\s*$/u.test(html.slice(Math.max(start, at - 3), at)))
      quote = character;
  }
  return html.length;
}

function skipElement(html: string, { name, end, attributes }: HtmlTag): number {
  if (attributes.endsWith("/")) return end;
  const closing = new RegExp(`</${name}[\\s/>]`, "giu");
  closing.lastIndex = end;
  const found = closing.exec(html);
  if (found === null) return html.length;
  const close = html.indexOf(">", found.index);
  return close === -1 ? html.length : close + 1;
}

function readLink(attributes: string, baseUrl: string | undefined): string | undefined {
  const found = /\shref\s{0,9}=\s{0,9}(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'>]{1,2000}))/iu.exec(attributes);
  const href = decodeEntities(found?.[1] ?? found?.[2] ?? found?.[3] ?? "").trim();
  if (href === "" || href.startsWith("#") || !URL.canParse(href, baseUrl)) return undefined;
  const url = new URL(href, baseUrl);
  return url.protocol === "http:" || url.protocol === "https:" ? url.href : undefined;
}

function markBlock(name: string): string {
  if (name === "li") return "\n- ";
  if (name === "td" || name === "th") return " | ";
  const level = /^h([1-6])$/u.exec(name)?.[1];
  return level === undefined ? "\n" : `\n\n${"#".repeat(Number(level))} `;
}

function tidy(text: string): string {
  const lines = text.split("\n").map((line) => line.replaceAll("\u00a0", " ").replaceAll(/ {2,}/gu, " ").trim());
  const kept: string[] = [];
  for (const line of lines) if (line !== "" || kept.at(-1) !== "") kept.push(line);
  return kept.join("\n").trim().replaceAll(CODE_SPACE, " ").replaceAll(CODE_TAB, "\t");
}
