import type { RiskLevel } from "../spec/index.ts";
import type { RiskFinding } from "./risk-finding.ts";

/** Names that say what a tool does, whoever made it. The levels of LOW tools hold only where nothing else is known. */
const REGISTRY: ReadonlyMap<string, RiskFinding> = new Map([
  ...group("low", "only reads", "read_file search_web list_directory query_database list_files get_file"),
  ...group("low", "runs tests", "run_tests"),
  ...group("medium", "changes files", "write_file create_file edit_file move_file copy_file"),
  ...group("medium", "makes a branch", "create_branch"),
  ...group("medium", "tells other people", "send_slack_message post_message create_issue add_comment"),
  ...group(
    "high",
    "deletes for good",
    "delete_file delete_files remove_file delete_directory delete_repository delete_user delete_record delete_branch",
  ),
  ...group("high", "runs any program", "run_shell_command run_shell execute_command exec_command shell run_command"),
  ...group("high", "gives work to others", "push_to_remote push_git git_push merge_pull_request force_push"),
  ...group("high", "changes what a database looks like", "modify_db_schema modify_schema alter_table run_migration"),
  ...group("high", "writes to other people", "send_email send_mail send_sms"),
  ...group("high", "changes production", "deploy_service deploy rollback_service scale_service restart_service"),
  ...group(
    "high",
    "moves money",
    "transfer_funds send_payment make_payment create_payout issue_refund place_order wire_transfer",
  ),
  ...group("high", "changes who may do what", "grant_access add_user update_permissions create_api_key rotate_secret"),
  ...group(
    "block",
    "destroys what nobody can bring back",
    "format_disk drop_database wipe_disk erase_disk delete_database destroy_cluster delete_backups disable_audit",
  ),
]);

/** Names that were looked up. A cache and no state: a harness asks about the same few tools with every call. */
const LOOKED_UP = new Map<string, RiskFinding | undefined>();
const MAX_LOOKED_UP = 1000;

/** What a tool's name alone says; `undefined` for names that say nothing. */
export function registeredRisk(name: string): RiskFinding | undefined {
  const known = LOOKED_UP.get(name);
  if (known !== undefined || LOOKED_UP.has(name)) return known;
  const found = REGISTRY.get(plainName(name));
  if (LOOKED_UP.size < MAX_LOOKED_UP) LOOKED_UP.set(name, found);
  return found;
}

/** `mcp__mail__sendEmail` and `Send-Email` are both `send_email`. */
function plainName(name: string): string {
  return name
    .replace(/^mcp__.*__/, "")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/[-.\s]+/g, "_")
    .toLowerCase();
}

function group(level: RiskLevel, reason: string, names: string): readonly (readonly [string, RiskFinding])[] {
  return names.split(" ").map((name) => [name, { level, reason: `${name} ${reason}` }]);
}
