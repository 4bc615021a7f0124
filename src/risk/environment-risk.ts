import type { JsonObject, JsonValue } from "../spec/index.ts";
import type { RiskFinding } from "./risk-finding.ts";

/** Words for what customers depend on, standing alone or between signs. */
const PRODUCTION = /(?<![a-z0-9])(?:prod|prd|production|live)(?![a-z0-9])/i;
/** Arguments that say where something happens. */
const PLACES =
  /^(?:env|environment|stage|tier|target|cluster|context|namespace|database|db|host|hostname|server|url|endpoint|project|account|workspace|region|profile|instance|bucket|deployment)$/i;
/** Programs that reach systems other than this machine. */
const REMOTE = new Set(
  "ansible ansible-playbook argocd aws az cdk cf doctl eksctl flux fly flyctl gcloud gh heroku helm helmfile kubectl mongo mongosh mysql mysqldump netlify nomad oc pg_dump pg_restore psql pulumi rails railway rclone redis-cli rsync scp sequelize serverless sftp sls sqlcmd ssh terraform terragrunt tofu vault vercel wrangler".split(
    " ",
  ),
);

/** Whether a text names what customers depend on. */
export function namesProduction(text: string): boolean {
  return PRODUCTION.test(text);
}

/** A call that says that it is about production. */
export function environmentRisk(args: JsonObject): RiskFinding | undefined {
  const found = findPlace(args, 0);
  return found === undefined ? undefined : { level: "high", reason: `is about production (${found})` };
}

/** A command that reaches a production system. */
export function remoteCommandRisk(program: string, args: readonly string[]): RiskFinding | undefined {
  if (!REMOTE.has(program)) return undefined;
  const word = args.find(namesProduction);
  return word === undefined
    ? undefined
    : { level: "high", reason: `${program} is about production (${word.slice(0, 60)})` };
}

function findPlace(value: JsonValue, depth: number): string | undefined {
  if (typeof value !== "object" || value === null || depth > 4) return undefined;
  for (const [name, item] of Object.entries(value)) {
    if (typeof item === "string" && PLACES.test(name) && namesProduction(item)) return `${name}: ${item.slice(0, 60)}`;
    const found = findPlace(item, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
