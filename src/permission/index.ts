export { createPermissionCheck, type PermissionCheck, type PermissionCheckOptions } from "./create-permission-check.ts";
export type { PermissionCall } from "./match-rule.ts";
export type { PermissionMode } from "./permission-mode.ts";
export type { PermissionRule, PermissionRules } from "./permission-rules.ts";
