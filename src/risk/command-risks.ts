import type { ShellAnalysis, ShellCommand, ShellWord } from "../shell/index.ts";
import { metadataRisk } from "./metadata-risk.ts";
import { removalRisk } from "./removal-risk.ts";
import type { RiskFinding } from "./risk-finding.ts";
import { remoteCommandRisk } from "./environment-risk.ts";
import { statementRisks } from "./sql-risk.ts";
import { sensitivePath } from "./sensitive-path.ts";

const SHELLS = new Set(["sh", "bash", "dash", "ash", "ksh", "zsh", "fish"]);
const DOWNLOADERS = new Set(["curl", "wget", "fetch", "aria2c", "nc", "ncat"]);
const ELEVATING = new Set(["sudo", "doas", "su", "pkexec", "runuser"]);
const NETWORK = new Set([
  "curl",
  "wget",
  "nc",
  "ncat",
  "netcat",
  "ssh",
  "scp",
  "sftp",
  "ftp",
  "telnet",
  "socat",
  "rsync",
  "rclone",
]);
const CONTROLLING = new Set([
  "crontab",
  "at",
  "systemctl",
  "launchctl",
  "service",
  "iptables",
  "nft",
  "ufw",
  "useradd",
  "usermod",
  "visudo",
  "passwd",
  "insmod",
  "modprobe",
  "kexec",
  "chattr",
]);
const STOPPING = new Set(["shutdown", "reboot", "halt", "poweroff"]);
const DEVICE = /^\/dev\/(?:sd|hd|vd|xvd|nvme|mmcblk|disk|mapper\/|md|dm-|loop|rdisk)/;

/** What is dangerous in a shell command. */
export function commandRisks(analysis: ShellAnalysis): readonly RiskFinding[] {
  const { commands, opaque } = analysis;
  const findings: RiskFinding[] = commands.flatMap(commandRisk);
  if (isForkBomb(commands)) findings.push(block("starts copies of itself without end"));
  for (const { message } of opaque) findings.push(high(message));
  return findings;
}

function commandRisk(command: ShellCommand): readonly RiskFinding[] {
  const { program, words, upstream, writes } = command;
  const findings = writes.flatMap(({ target }) => writeRisk(target, program));
  if (program === undefined) return findings;
  const args = words.slice(1).map(({ text }) => text);
  if (/^(?:mkfs|mke2fs|wipefs|blkdiscard)/.test(program)) findings.push(block(`${program} erases a file system`));
  if (program === "rm" || program === "rmdir" || program === "shred") findings.push(...removalRisk(words));
  if (program === "find" && args.includes("-delete")) findings.push(high("find deletes what it finds"));
  if (STOPPING.has(program)) findings.push(block(`${program} stops the machine`));
  if (ELEVATING.has(program)) findings.push(high(`${program} runs with other rights`));
  if (CONTROLLING.has(program)) findings.push(high(`${program} changes how the machine works`));
  if (NETWORK.has(program)) {
    findings.push({ level: "medium", reason: `${program} reaches the network` }, ...metadataRisk(program, args));
  }
  if (SHELLS.has(program) && upstream.some((source) => DOWNLOADERS.has(source)))
    findings.push(high("runs what it downloads"));
  if (program === "kill" && args.includes("-1")) findings.push(high("kill stops every process"));
  findings.push(...permissionRisk(program, args), ...publishRisk(program, args), ...databaseRisk(program, args));
  const remote = remoteCommandRisk(program, args);
  if (remote !== undefined) findings.push(remote);
  return findings;
}

function writeRisk(target: ShellWord, program: string | undefined): readonly RiskFinding[] {
  if (DEVICE.test(target.known)) return [block(`${program ?? "a redirection"} overwrites a device`)];
  const found = target.type === "dynamic" ? undefined : sensitivePath(target.text);
  return found === undefined ? [] : [found];
}

function permissionRisk(program: string, args: readonly string[]): readonly RiskFinding[] {
  if (program !== "chmod" && program !== "chown" && program !== "chgrp") return [];
  const isRecursive = args.some((text) => /^-[a-zA-Z]*R/.test(text) || text === "--recursive");
  const isRoot = args.some((text) => /^(?:\/|\/\*|~|~\/)$/.test(text));
  if (isRecursive && isRoot) return [block(`${program} changes the rights of every file`)];
  const isOpen = program === "chmod" && args.some((text) => /^0?[0-7]?777$|^(?:a|o|ugo)?[+=][rwx]*w/.test(text));
  const gives = program === "chmod" && args.some((text) => /^[ugoa]*[+=][rwx]*s|^[4267][0-7]{3}$/.test(text));
  return isOpen || gives || (isRecursive && program !== "chmod") ? [high(`${program} gives rights away`)] : [];
}

function publishRisk(program: string, args: readonly string[]): readonly RiskFinding[] {
  const text = args.filter((word) => !word.startsWith("-")).join(" ");
  if (program === "git") return gitRisk(args);
  if (/^(?:npm|pnpm|yarn|bun|cargo|poetry|uv|gem|vsce)$/.test(program) && /\b(?:publish|unpublish|push)\b/.test(text)) {
    return [high(`${program} publishes a package`)];
  }
  if (program === "twine" && /\bupload\b/.test(text)) return [high("twine publishes a package")];
  if (/^(?:docker|podman)$/.test(program) && /^(?:push|image push)\b|\bpush\b/.test(text))
    return [high(`${program} publishes an image`)];
  if (/^(?:docker|podman)$/.test(program) && args.includes("--privileged"))
    return [high(`${program} runs without confinement`)];
  if (/^(?:terraform|tofu|pulumi)$/.test(program) && /\b(?:apply|destroy|up)\b/.test(text))
    return [high(`${program} changes infrastructure`)];
  if (program === "kubectl" && /\b(?:delete|drain|apply|exec)\b/.test(text)) return [high("kubectl changes a cluster")];
  return [];
}

/** Statements that a database's own program is given on its command line. */
function databaseRisk(program: string, args: readonly string[]): readonly RiskFinding[] {
  if (program === "dropdb") return [block("dropdb drops a database")];
  if (!/^(?:psql|mysql|mariadb|sqlite3|sqlcmd|mongosh?|duckdb|clickhouse-client)$/.test(program)) return [];
  if (args.some((text) => /\bdropDatabase\s*\(/.test(text))) return [block(`${program} drops a database`)];
  return args.flatMap(statementRisks);
}

function gitRisk(args: readonly string[]): readonly RiskFinding[] {
  if (args.includes("push")) {
    const isForced = args.some(
      (text) => /^-[a-zA-Z]*f|^--(?:force|mirror|delete|prune)/.test(text) || /^[+:]./.test(text),
    );
    return isForced ? [high("git push overwrites history that others have")] : [];
  }
  const isHard = args.includes("reset") && args.includes("--hard");
  const isClean = args.includes("clean") && args.some((text) => /^-[a-zA-Z]*f|^--force/.test(text));
  return isHard || isClean ? [high("git throws work away")] : [];
}

/** `f() { f | f & }; f`: a function that runs itself more than once. */
function isForkBomb(commands: readonly ShellCommand[]): boolean {
  const names = new Set(commands.flatMap(({ inFunction }) => inFunction ?? []));
  return [...names].some(
    (name) => commands.filter((command) => command.inFunction === name && command.program === name).length > 1,
  );
}

function high(reason: string): RiskFinding {
  return { level: "high", reason };
}

function block(reason: string): RiskFinding {
  return { level: "block", reason };
}
