import type { JsonObject, JsonValue } from "../spec/index.ts";
import type { ConstrainedCall, ConstraintRule } from "./constraint-rule.ts";
import { financialData, healthData, personalData } from "./personal-data.ts";

/** A line of business with rules of its own. */
export type ConstraintDomain = "finance" | "healthcare" | "privacy";

/** What domain rules may be told. */
export interface DomainOptions {
  /** From which amount on a person must look at a transaction. @default 10000 */
  readonly largeAmount?: number;
}

/** Every domain. */
export const CONSTRAINT_DOMAINS: readonly ConstraintDomain[] = ["finance", "healthcare", "privacy"];

const AMOUNT =
  /^(?:amount|total|sum|value|price|cost|quantity_usd|amount_(?:usd|eur|gbp|cents)|transfer_amount|payment)$/i;

/** The rules of a domain. */
export function domainRules(
  domain: ConstraintDomain,
  { largeAmount = 10_000 }: DomainOptions = {},
): readonly ConstraintRule[] {
  switch (domain) {
    case "finance":
      return [
        outgoing("finance.no_financial_data_leakage", "critical", financialData),
        {
          id: "finance.require_approval_for_large_transactions",
          severity: "high",
          check: ({ call, args }) => {
            if (call.tool.effect === "read") return undefined;
            const amount = largestAmount(args, 0);
            return amount === undefined || amount < largeAmount
              ? undefined
              : `it moves ${amount}, and ${largeAmount} or more needs a person`;
          },
        },
      ];
    case "healthcare":
      return [
        outgoing("healthcare.hipaa_compliance", "critical", healthData),
        {
          id: "healthcare.patient_data_anonymization",
          severity: "high",
          check: ({ written }) =>
            found(
              written.map(({ text }) => text),
              healthData,
              "it writes",
              "replace what names the person",
            ),
        },
      ];
    case "privacy":
      return [outgoing("privacy.respect_privacy", "medium", personalData)];
    default:
      domain satisfies never;
      throw new TypeError(`There is no domain "${String(domain)}". Domains: ${CONSTRAINT_DOMAINS.join(", ")}`);
  }
}

type Finder = (text: string) => string | undefined;

/** A rule about what leaves this machine. */
function outgoing(id: string, severity: ConstraintRule["severity"], find: Finder): ConstraintRule {
  return {
    id,
    severity,
    check: ({ sendsOut, texts }: ConstrainedCall) =>
      sendsOut ? found(texts, find, "it would send out", "leave it out or replace it") : undefined,
  };
}

function found(texts: readonly string[], find: Finder, verb: string, advice: string): string | undefined {
  for (const text of texts) {
    const what = find(text);
    if (what !== undefined) return `${verb} ${what}: ${advice}`;
  }
  return undefined;
}

function largestAmount(value: JsonObject | readonly JsonValue[], depth: number): number | undefined {
  let largest: number | undefined;
  for (const [name, item] of Object.entries(value)) {
    const number = AMOUNT.test(name) ? toNumber(item) : undefined;
    const inner = typeof item === "object" && item !== null && depth < 10 ? largestAmount(item, depth + 1) : undefined;
    for (const candidate of [number, inner]) {
      if (candidate !== undefined && candidate > (largest ?? Number.NEGATIVE_INFINITY)) largest = candidate;
    }
  }
  return largest;
}

/** An amount that cannot be read is as large as can be: a person looks at it. */
function toNumber(value: JsonValue): number | undefined {
  if (typeof value === "number") return Math.abs(value);
  if (typeof value !== "string") return undefined;
  const digits = value
    .replaceAll(/[^\d.,-]/g, "")
    .replaceAll(/[.,](?=\d{3}(?:\D|$))/g, "")
    .replace(",", ".");
  const number = Number(digits);
  return digits === "" || Number.isNaN(number) ? Number.POSITIVE_INFINITY : Math.abs(number);
}
