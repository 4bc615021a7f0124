import type { Audit } from "../spec/index.ts";

/** What stands in for an audit log that the host switched off (`audit: false`). */
export const noAudit: Audit = {
  record() {},
  append() {},
  openCall: () => ({
    note() {},
    effect() {},
    close() {},
    async [Symbol.asyncDispose]() {},
  }),
  async flush() {},
  async close() {},
};
