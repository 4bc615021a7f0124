import type { BudgetSnapshot } from "../spec/index.ts";
import { HarnessError } from "./harness-error.ts";

/** A limit of the budget is reached, or a call could not be paid. `snapshot` tells what is used and left. */
export class BudgetExhaustedError extends HarnessError {
  readonly snapshot: BudgetSnapshot;
  /** The limit asks (`onLimit: "ask"`): a person may allow one more window. */
  readonly isExtendable: boolean;

  constructor(message: string, options: { readonly snapshot: BudgetSnapshot; readonly isExtendable?: boolean }) {
    super(message, { code: "budget_exhausted" });
    this.snapshot = options.snapshot;
    this.isExtendable = options.isExtendable ?? false;
  }

  static override isInstance(value: unknown): value is BudgetExhaustedError {
    return HarnessError.isInstance(value) && value.code === "budget_exhausted";
  }
}
