import { holdsCode } from "./deferred-code.ts";
import type { Inner } from "./inner.ts";
import type { ShellWord } from "./shell-analysis.ts";
import { splitWords } from "./words.ts";

/** Variables whose value another program runs as a command. */
const COMMAND_VARIABLES: ReadonlySet<string> = new Set(
  splitWords(`
    AR AS BASH_ALIASES BASH_CMDS BROWSER CC CPP CXX EDITOR FC FCEDIT GIT_ASKPASS GIT_EDITOR GIT_EXTERNAL_DIFF GIT_PAGER GIT_PROXY_COMMAND
    GIT_SEQUENCE_EDITOR GIT_SSH GIT_SSH_COMMAND LD LESSOPEN LESSCLOSE MAKE MANPAGER MANROFFOPT NODE_GYP_FORCE_PYTHON PAGER
    PROMPT_COMMAND RSYNC_RSH RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER SHELL SSH_ASKPASS SUDO_ASKPASS SUDO_EDITOR
    SVN_SSH CVS_RSH TAR_OPTIONS VISUAL SYSTEMD_PAGER SYSTEMD_EDITOR HGEDITOR PSQL_EDITOR PSQL_PAGER
  `),
);
/** Variables that make a shell, a loader or an interpreter run a file, or read another configuration. */
const LOADING_VARIABLES: ReadonlySet<string> = new Set(
  splitWords(`
    BASH_ENV BASHOPTS CDPATH GLOBIGNORE COMPOSER_HOME DYLD_FRAMEWORK_PATH DYLD_INSERT_LIBRARIES GCONV_PATH GIT_CONFIG GIT_CONFIG_COUNT
    GIT_CONFIG_GLOBAL GIT_CONFIG_PARAMETERS GIT_CONFIG_SYSTEM GIT_EXEC_PATH GIT_TEMPLATE_DIR HOME HOSTALIASES INPUTRC
    LD_AUDIT LD_PRELOAD LESSKEY NPM_CONFIG_SCRIPT_SHELL PERL5DB PERL5OPT PYTHONSTARTUP PYTHONBREAKPOINT
    PYTHONINSPECT PYTHONHOME RUBYOPT VIMINIT EXINIT XDG_CONFIG_HOME ZDOTDIR npm_config_script_shell
  `),
);
/** Lists of folders from which programs and libraries are loaded: harmless unless one is a folder that anybody writes. */
const FOLDER_LISTS: ReadonlySet<string> = new Set(
  splitWords("PATH LD_LIBRARY_PATH DYLD_LIBRARY_PATH PYTHONPATH PERL5LIB RUBYLIB NODE_PATH CLASSPATH"),
);
const PLAIN_SHELL = /^(?:(?:\/usr)?\/bin\/)?(?:ba|da|z|k)?sh$/;
/** Options of virtual machines that load code. */
const MACHINE_OPTIONS: ReadonlyMap<string, RegExp> = new Map([
  ["NODE_OPTIONS", /--(?:require|import|loader|experimental-loader|eval|print|inspect)|(?:^|\s)-r/],
  ["JAVA_TOOL_OPTIONS", /-javaagent|-agent(?:path|lib)|OnError|OnOutOfMemory|@/],
  ["_JAVA_OPTIONS", /-javaagent|-agent(?:path|lib)|OnError|OnOutOfMemory|@/],
  ["JDK_JAVA_OPTIONS", /-javaagent|-agent(?:path|lib)|OnError|OnOutOfMemory|@/],
  ["MAKEFLAGS", /--eval|-E|SHELL|-f/],
  ["GOFLAGS", /-(?:exec|toolexec|vettool)/],
  ["PYTHONWARNINGS", /\./],
]);

/** What setting a variable lets other programs run. */
export function judgeAssignment(name: string, value: ShellWord): readonly Inner[] {
  const base = name.replace(/\[.*/s, "");
  if (COMMAND_VARIABLES.has(base)) {
    return value.text === "" || PLAIN_SHELL.test(value.text) ? [] : [{ type: "code", code: value }];
  }
  // `ENV=production` is usual; a shell reads it only as a file.
  if (LOADING_VARIABLES.has(base) || (base === "ENV" && /[/$~]/.test(value.text))) {
    return value.text === "" ? [] : [hijack(`${name} makes programs load or run what the text does not show`)];
  }
  if (name.startsWith("BASH_FUNC_")) return [hijack(`${name} defines a function for another shell`)];
  if (/^GIT_CONFIG_(?:KEY|VALUE)_/.test(name)) return [hijack(`${name} configures git`)];
  if (FOLDER_LISTS.has(base)) {
    const isLoose = value.text.split(":").some((folder) => /^(?:\/tmp|\/var\/tmp|\/dev\/shm)(?:\/|$)/.test(folder));
    const isHere =
      base === "PATH" && value.text.split(":").some((folder) => folder === "" || !/^["']?[/$~]/.test(folder));
    return isLoose || isHere ? [hijack(`${name} takes programs from ${value.text.slice(0, 80)}`)] : [];
  }
  if (MACHINE_OPTIONS.get(base)?.test(value.text) === true) return [hijack(`${name} loads code`)];
  // PS1, PS4 and arithmetic evaluate the text of a variable.
  if (holdsCode(value))
    return [
      { type: "opaque", reason: { type: "deferred_code", message: `${name} holds code that something could run` } },
    ];
  return [];
}

/** Whether whatever a variable gets is run or loaded: `read PS4`, `for BASH_ENV in …`, `export LD_PRELOAD`. */
export function judgeName(name: string): readonly Inner[] {
  const isRun = COMMAND_VARIABLES.has(name) || LOADING_VARIABLES.has(name) || /^PS[0124]$/.test(name);
  return isRun ? [hijack(`${name} gets a value that programs run or load`)] : [];
}

function hijack(message: string): Inner {
  return { type: "opaque", reason: { type: "environment", message } };
}
