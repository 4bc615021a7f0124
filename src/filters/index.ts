export { detectInjection, type InjectionReport } from "./detect-injection.ts";
export { fenceToolOutput, unfenceToolOutput, type FenceOptions } from "./fence-tool-output.ts";
export { createInjectionFence, type InjectionFenceOptions } from "./injection-fence.ts";
export { redactSecrets, type RedactedText, type SecretFinding } from "./redact-secrets.ts";
export { createRedactor, type Redactor, type RedactorOptions } from "./redactor.ts";
export { type SecretContext, type SecretRule } from "./secret-rule.ts";
export type { FilteredText, FilterFinding, FilterSource, FilterStream, ResultFilter } from "../spec/index.ts";
