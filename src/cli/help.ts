/** What `harness --help` prints. */
export const HELP = `harness: run a governed agent on a task

Usage: harness [options] "task"
       echo "task" | harness [options]

Options
  -p, --provider NAME     anthropic, openai, google, ollama, groq, …  (else HARNESS_PROVIDER, configuration, key)
  -m, --model ID          a model id, an alias such as sonnet, or provider/id
      --base-url URL      the provider's address
  -s, --session ID        go on with this session, or begin it; without a task: after a crash or a pause
      --pause             where somebody must decide, end as paused: see harness approvals
      --migrate           go on with an interrupted session although tools or instructions changed
      --retry-stuck       go on with a session whose process died again and again
      --permission MODE   default, accept_edits, plan or bypass
      --trust-level LEVEL read_only, supervised, semi_autonomous or autonomous: what is asked, and what if nobody answers
      --sandbox MODE      none, process, os, docker or wasm
      --max-turns N       stop after N turns
      --max-cost USD      stop before the run costs more
      --cwd PATH          work there
      --config PATH       this configuration file instead of those that are found
      --trust-project     let the project's own configuration and policy loosen things, too
      --json              print every message as a line of JSON
  -h, --help              this text
  -V, --version           the version

Text piped in is added to the task. The answer goes to stdout, everything else to stderr.
Without a terminal and without --pause, whatever would be asked about is denied.

Exit codes
  0  the agent finished          3  stopped at a limit (turns, tokens, budget, time, stall)
  1  something failed            4  the model refused
  2  usage or configuration      5  paused: an approval is needed, or SIGTERM came with -s
                               130  interrupted
`;
