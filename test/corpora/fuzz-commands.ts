import fc from "fast-check";

/** Pieces of shell text around a command that nothing may run. Only how they fit together is left to chance. */
const PIECES = [
  ..."curl x|c'u'rl x|\\curl x|cu\"rl\" x|curl|x".split("|"),
  ..."'|\"|`|$(|)|{|}|(|;|&&|&|\n|\\\n|\\|#| # |!|[[|]]|((|))|<(|>(|${A:-|$(("
    .split("|")
    .filter((piece) => piece !== ""),
  ..."||,|,|&,;;,$,$X,${X},\"$@\",$'\\x63url',$IFS,2>&1,>/dev/null,</dev/null,>f".split(","),
  ..."if true; then:fi:else:while true; do:done:break:for i in 1; do:case a in a):esac:f() {:f:function f {:time:coproc".split(
    ":",
  ),
  ..."eval:bash -c:sh -c:exec:command:builtin:env:env A=1:nice:timeout 1:xargs:find . -maxdepth 0 -exec:\\;:+".split(
    ":",
  ),
  ..."<<E\n:\nE\n:<<'E'\n:<<<:| bash:| sh:read X <<<:set --:X=:A=1:export A=:declare A=:local A=:trap:EXIT:alias a=".split(
    ":",
  ),
  ..."true:false:echo:echo a:printf %s:cat:test -n:. /dev/stdin:source /dev/stdin:printf -v X:mapfile -C:let:exit".split(
    ":",
  ),
];

/** Random commands; the same for the same seed. */
export function fuzzCommands(count: number, seed: number): readonly string[] {
  const piece = fc.constantFrom(...PIECES);
  const glue = fc.constantFrom(" ", " ", " ", "", "\n");
  const command = fc
    .array(fc.tuple(piece, glue), { minLength: 2, maxLength: 9 })
    .map((pieces) => pieces.map(([text, after]) => text + after).join(""))
    .filter((text) => text.includes("url"));
  return fc.sample(command, { numRuns: count, seed });
}
