/**
 * One rule of a port as a test for any runner: `for (const { name, run } of auditConformance(open)) it(name, run)`.
 * `run` rejects with an `AssertionError` that says what is wrong. Cases share nothing and may run in any order.
 */
export interface ConformanceCase {
  readonly name: string;
  run(): Promise<void>;
}
