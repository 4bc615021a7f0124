import { GITLEAKS_RULES } from "./gitleaks-rules.generated.ts";
import type { SecretRule } from "./secret-rule.ts";
import type { VendoredRule } from "./vendored-rule.ts";
import { entropyOf, isPlaceholder } from "./secret-value.ts";

/** The rules of gitleaks, ready to be tried. A pattern is compiled when a text holds one of its hints. */
export function vendoredRules(): readonly SecretRule[] {
  return GITLEAKS_RULES.map((rule) => toSecretRule(rule));
}

function toSecretRule({
  kind,
  hints,
  source,
  flags,
  entropy = 0,
  group,
  allow = [],
  stop = [],
}: VendoredRule): SecretRule {
  let pattern: RegExp | undefined;
  let allowed: readonly RegExp[] | undefined;
  return {
    kind,
    hints,
    ignoresCase: true,
    secretGroup: group ?? "only",
    get pattern() {
      return (pattern ??= new RegExp(source, flags));
    },
    accept(secret) {
      allowed ??= allow.map((one) => new RegExp(one.source, one.flags));
      const start = secret.slice(0, 500);
      // A name in code that happens to have the length of a key.
      if (start.length < 24 && /^[A-Za-z]+$/.test(start)) return false;
      if (isPlaceholder(start) || (entropy > 0 && entropyOf(start) < entropy)) return false;
      const folded = start.toLowerCase();
      return !allowed.some((one) => one.test(start)) && !stop.some((word) => folded.includes(word));
    },
  };
}
