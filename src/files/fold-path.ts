/** One form for all spellings that a file system may take for the same name: see `foldAlways`. */
export function foldPath(path: string, platform: NodeJS.Platform = process.platform): string {
  return platform === "darwin" || platform === "win32" ? foldAlways(path) : path;
}

/** Characters that file systems of macOS ignore in names; `.g\u200cit` is `.git` there (CVE-2014-9390). */
const IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu;

/** Case, Unicode composition and ignored characters folded away; so are the dots and spaces at the end of a name that Windows drops. */
export function foldAlways(path: string): string {
  const names = path.replace(IGNORED, "").normalize("NFC").toLowerCase().split(/[/\\]/u);
  return names.map((name) => (name === "." || name === ".." ? name : name.replace(/[. ]{1,255}$/u, ""))).join("/");
}
