import { readOptions } from "./read-options.ts";
import type { ShellWord } from "./shell-analysis.ts";
import { splitWords } from "./words.ts";

/** Programs that read every operand, with the options whose value is none. */
const READ_ALL: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    base32: "-w",
    base64: "-w",
    bat: "-l --language --style --theme -r",
    bzcat: "",
    cat: "",
    cksum: "",
    cmp: "-n",
    column: "-s -c",
    comm: "",
    cut: "-d -f -c -b",
    diff: "-U -C -I --label -x",
    file: "",
    fold: "-w",
    gunzip: "",
    head: "-n -c",
    hexdump: "-n -s -e",
    join: "-t -o -1 -2",
    less: "",
    md5sum: "",
    more: "",
    nl: "-b -w -s",
    od: "-A -t -j -N",
    paste: "-d",
    rev: "",
    sha1sum: "",
    sha256sum: "",
    sha512sum: "",
    sort: "-k -t -S -T",
    source: "",
    ".": "",
    strings: "-n -t",
    tac: "-s",
    tail: "-n -c -s",
    uniq: "-f -s -w",
    wc: "",
    xxd: "-l -s -c",
    zcat: "",
  }).map(([program, options]) => [program, options === "" ? [] : splitWords(options)]),
);
/** Programs whose last operand is where the others go. */
const COPYING = new Set(["cp", "install", "ln", "mv", "rsync", "scp"]);
const COPY_FOLDERS = ["-t", "--target-directory"];
const COPY_VALUES = [...COPY_FOLDERS, "-m", "-o", "-g", "-e"];
/** Programs whose first operand is a pattern or a program text, unless `-e` or `-f` gives it. */
const SEARCHING = new Set(["awk", "egrep", "fgrep", "gawk", "grep", "jq", "rg", "sed", "yq"]);
const SEARCH_VALUES = splitWords("-e -f -m -A -B -C -v -F -g -t --include --exclude --regexp --file --glob --arg");
/** Options whose value is a file's name behind `@`. */
const CURL_DATA = splitWords("-d --data --data-binary --data-urlencode --data-ascii -F --form --json");
const IN_FILE: ReadonlyMap<string, readonly string[]> = new Map([
  ["curl", splitWords("-T --upload-file -K --config")],
  ["dd", []],
  ["openssl", splitWords("-in -inkey -passin")],
  ["wget", splitWords("--post-file --body-file -i --input-file")],
  ["tar", splitWords("-T --files-from")],
]);

/** The files that a known program reads because of its arguments; what else it reads is not known. */
export function readsOf(program: string, words: readonly ShellWord[]): readonly ShellWord[] {
  const all = READ_ALL.get(program);
  if (all !== undefined) return files(readOptions(words, all).operands);
  if (COPYING.has(program)) {
    const { operands } = readOptions(words, COPY_VALUES);
    // With `-t folder` all of them are copied.
    const isGiven = readOptions(words, COPY_FOLDERS).values.length > 0 && program !== "rsync" && program !== "scp";
    return files(isGiven ? operands : operands.slice(0, -1));
  }
  if (SEARCHING.has(program)) {
    const { operands } = readOptions(words, SEARCH_VALUES);
    const isGiven = words.some(({ text }) => /^(?:-e|-f|--regexp|--file|--expression)/.test(text));
    return files(isGiven ? operands : operands.slice(1));
  }
  if (program === "dd") return words.filter(({ text }) => text.startsWith("if=")).map((word) => cut(word, 3));
  const options = IN_FILE.get(program);
  if (options === undefined) return [];
  const { values } = readOptions(words, options);
  if (program !== "curl") return values;
  const data = readOptions(words, CURL_DATA).values.filter(({ text }) => text.includes("@"));
  return [...values, ...data.map((word) => cut(word, word.text.indexOf("@") + 1))];
}

function files(words: readonly ShellWord[]): readonly ShellWord[] {
  return words.filter(({ text }) => text !== "-" && !/^[<>]\(/.test(text));
}

function cut({ type, text, known }: ShellWord, length: number): ShellWord {
  const rest = text.slice(length);
  return { type, text: rest, known: type === "literal" ? rest : known.slice(length) };
}
