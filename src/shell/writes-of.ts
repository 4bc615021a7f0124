import { tarWrites, unzipWrites } from "./archive-writes.ts";
import { gitWrites } from "./git-writes.ts";
import { afterText, readOptions } from "./read-options.ts";
import type { ShellWord, ShellWrite } from "./shell-analysis.ts";
import { findResult } from "./unwrap-wrapper.ts";
import { splitWords } from "./words.ts";

/** Which arguments of a program are files that it writes, creates or removes. */
interface WriteRule {
  /** Which operands: all, all but the first, the last of several, the last one also when it stands alone, none. */
  readonly operands?: "all" | "rest" | "second" | "last" | "none";
  /** Options that name a file to write. */
  readonly outputs?: readonly string[];
  /** Options that take a value of another kind. */
  readonly values?: readonly string[];
  /** Only with such an option. */
  readonly only?: RegExp;
}

const WRITES: ReadonlyMap<string, WriteRule> = new Map<string, WriteRule>([
  ...each("mount mkfifo mknod rm rmdir shred sponge tee unlink wipefs", { operands: "all" }),
  ["fallocate", { operands: "all", values: splitWords("-l -o --length --offset") }],
  ["mkdir", { operands: "all", values: splitWords("-m --mode") }],
  ["mktemp", { operands: "all", outputs: splitWords("-p --tmpdir") }],
  ["touch", { operands: "all", values: splitWords("-d -r -t --date --reference --time") }],
  ["truncate", { operands: "all", values: splitWords("-r -s --reference --size") }],
  ...each("chattr chgrp chmod chown setfacl mkfs dos2unix unix2dos", { operands: "all" }),
  ...each("gzip gunzip bzip2 bunzip2 xz unxz zstd lz4 compress", { operands: "all" }),
  ...each("vi vim nvim view nano emacs ed ex pico micro code subl virtualenv", {
    operands: "all",
    values: splitWords("-c --cmd -S -u"),
  }),
  ["mv", { operands: "all", outputs: splitWords("-t --target-directory"), values: splitWords("-S --suffix") }],
  ["link", { operands: "last" }],
  ["ln", { operands: "all", outputs: splitWords("-t --target-directory"), values: splitWords("-S --suffix") }],
  ...each("cp scp rsync", {
    operands: "last",
    outputs: splitWords("-t --target-directory"),
    values: splitWords("-S --suffix -e --rsh --exclude --include --filter --port -P -i -F"),
  }),
  [
    "install",
    {
      operands: "last",
      outputs: splitWords("-t --target-directory"),
      values: splitWords("-m --mode -o --owner -g --group -S --suffix --strip-program"),
    },
  ],
  ["sed", { operands: "all", only: /^(?:-[nErsuz]*i|--in-)/, values: splitWords("-e -f --expression --file") }],
  ["perl", { operands: "all", only: /^-[a-zA-Z0]*i/, values: splitWords("-e -E") }],
  ["ruby", { operands: "all", only: /^-[a-zA-Z]*i/, values: splitWords("-e -r") }],
  ["gawk", { operands: "rest", only: /^(?:inplace|--include=inplace)$/, values: splitWords("-i -v -f -F") }],
  ["yq", { operands: "rest", only: /^(?:-i|--in-?place)/ }],
  ["prettier", { operands: "all", only: /^(?:-w|--write)$/ }],
  ["eslint", { operands: "all", only: /^--fix/ }],
  ["uniq", { operands: "second", values: splitWords("-f -s -w") }],
  ["split", { operands: "second", values: splitWords("-b -l -n -C -a --filter --additional-suffix") }],
  ["xxd", { operands: "second", values: splitWords("-l -s -c -g") }],
  ["objcopy", { operands: "last", values: splitWords("-O -I -j -R -B") }],
  ["strip", { operands: "none", outputs: ["-o"] }],
  [
    "patch",
    { operands: "all", outputs: splitWords("-o --output -r -d --directory"), values: splitWords("-p -i --input -F") },
  ],
  [
    "ffmpeg",
    { operands: "last", values: splitWords("-i -c -f -ss -t -to -vf -af -b -r -s -map -preset -crf -an -vn") },
  ],
  ...each("convert magick", {
    operands: "last",
    values: splitWords("-resize -quality -crop -density -geometry -background"),
  }),
  ["script", { operands: "last", values: splitWords("-c --command -E -o") }],
  ["csplit", { outputs: splitWords("-f --prefix") }],
  ["shuf", { outputs: splitWords("-o --output") }],
  ["sort", { outputs: splitWords("-o --output") }],
  [
    "curl",
    {
      outputs: splitWords(
        "-o --output -D --dump-header -c --cookie-jar --trace --trace-ascii --stderr --output-dir --etag-save",
      ),
    },
  ],
  [
    "wget",
    {
      outputs: splitWords(
        "-O --output-document -P --directory-prefix -o --output-file -a --append-output --save-cookies",
      ),
    },
  ],
  ["openssl", { outputs: splitWords("-out -keyout -CAserial -writerand") }],
  ["gpg", { outputs: splitWords("-o --output") }],
  ["age", { outputs: splitWords("-o --output") }],
  ["zip", { operands: "none", outputs: splitWords("-O --out") }],
  ["find", { outputs: splitWords("-fprint -fprintf -fls -fprint0") }],
  ...each("gcc g++ cc c++ clang clang++ ld gold go rustc gfortran ar as nasm swiftc tcc dmd ghc ocamlc", {
    outputs: splitWords("-o --output -MF --out-dir"),
  }),
  ...each("javac kotlinc scalac", { outputs: splitWords("-d -s -h") }),
  ...each("pandoc jq dot plantuml protoc tsc esbuild rollup webpack", {
    outputs: splitWords("-o --output --outfile --outdir --outDir --out --output-path -d --dir"),
  }),
  ...each("strace ltrace time perf", { outputs: splitWords("-o --output") }),
  ["screen", { outputs: splitWords("-Logfile") }],
  ["logsave", { operands: "none" }],
]);

/** The files that a known program writes because of its arguments; what else it writes is not known. */
export function writesOf(program: string, words: readonly ShellWord[]): readonly ShellWrite[] {
  const targets = targetsOf(program, words);
  return targets.length === 0 ? [] : targets.map((target) => ({ target, by: "argument" }));
}

function targetsOf(program: string, words: readonly ShellWord[]): readonly ShellWord[] {
  switch (program) {
    case "dd":
      return words
        .slice(1)
        .filter(({ text }) => text.startsWith("of="))
        .map((word) => afterText(word, 3));
    case "git":
      return gitWrites(words.slice(1));
    case "find":
      return [...ruleTargets(WRITES.get("find") ?? {}, words), ...deleted(words)];
    case "tar":
    case "bsdtar":
      return tarWrites(words);
    case "unzip":
      return unzipWrites(words);
    case "zip":
      return ruleTargets({ operands: "all" }, words).slice(0, 1);
    case "python":
    case "python3":
      return words[1]?.text === "-m" && words[2]?.text === "venv" ? words.slice(3).filter(isOperand) : [];
    default: {
      const rule = WRITES.get(program);
      return rule === undefined ? [] : ruleTargets(rule, words);
    }
  }
}

function ruleTargets(rule: WriteRule, words: readonly ShellWord[]): readonly ShellWord[] {
  const { outputs = [], values = [], only } = rule;
  if (only !== undefined && !words.slice(1).some(({ text }) => only.test(text))) return [];
  const named = outputs.length === 0 ? [] : readOptions(words, outputs).values;
  return [...named, ...operandsOf(rule, readOptions(words, [...outputs, ...values]).operands)];
}

function operandsOf({ operands: which = "none" }: WriteRule, operands: readonly ShellWord[]): readonly ShellWord[] {
  switch (which) {
    case "all":
      return operands;
    case "rest":
      return operands.slice(1);
    case "second":
      return operands.slice(1, 2);
    case "last":
      return operands.slice(-1);
    case "none":
      return [];
    default:
      return which satisfies never;
  }
}

/** `find start -delete` removes what it finds below its starting points. */
function deleted(words: readonly ShellWord[]): readonly ShellWord[] {
  if (!words.some(({ text }) => text === "-delete")) return [];
  const end = words.findIndex(({ text }, at) => at > 0 && /^[-(!]/.test(text));
  return [...words.slice(1, end < 0 ? undefined : end), findResult(words)];
}

function isOperand({ text }: ShellWord): boolean {
  return !text.startsWith("-");
}

function each(programs: string, rule: WriteRule): readonly (readonly [string, WriteRule])[] {
  return splitWords(programs).map((program) => [program, rule] as const);
}
