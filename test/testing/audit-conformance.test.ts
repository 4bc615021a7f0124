import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "vitest";

import { AuditLogger } from "../../src/audit/index.ts";
import type { Audit, AuditEntry } from "../../src/spec/index.ts";
import { auditConformance, memoryAudit, type OpenedAudit } from "../../src/testing/index.ts";
import { expectConforming, expectFaultsFound } from "./run-cases.ts";
import { useTemporaryFolder } from "./temporary-folder.ts";

describe("audit logs", () => {
  const newFolder = useTemporaryFolder();

  const openLogger = async (): Promise<OpenedAudit> => {
    const audit = new AuditLogger({ dir: await newFolder() });
    const readLines = async () => (await readFile(audit.path, "utf8")).trimEnd().split("\n");
    return { audit, read: async () => (await readLines()).map((text): unknown => JSON.parse(text)) };
  };
  const openBroken = async (): Promise<Audit> => {
    const file = join(await newFolder(), "file");
    await writeFile(file, "no directory");
    return new AuditLogger({ dir: file });
  };
  expectConforming("AuditLogger", auditConformance(openLogger, { openBroken }));
  expectConforming("memoryAudit()", auditConformance(openMemory));
});

function openMemory(): OpenedAudit {
  const audit = memoryAudit();
  return { audit, read: () => audit.records };
}

/** A log in memory with one thing changed. */
function broken(
  change: (audit: Audit) => Partial<Audit>,
  entry: (inner: AuditEntry) => Partial<AuditEntry> = () => ({}),
) {
  return (): OpenedAudit => {
    const inner = memoryAudit();
    const audit: Audit = {
      ...inner,
      async openCall(call, scope) {
        const opened = await inner.openCall(call, scope);
        return { ...opened, ...entry(opened) };
      },
    };
    return { audit: { ...audit, ...change(audit) }, read: () => inner.records };
  };
}

describe("auditConformance()", () => {
  it("finds every fault", async () => {
    const openBroken = () => memoryAudit();
    await expectFaultsFound({
      "drops records": auditConformance(
        broken(() => ({ record() {} })),
        { openBroken },
      ),
      "drops what is appended": auditConformance(broken(() => ({ append() {} }))),
      "drops answers of the gate": auditConformance(
        broken(
          () => ({}),
          () => ({ note() {} }),
        ),
      ),
      "keeps records for itself until close()": auditConformance(() => {
        const { audit } = openMemory();
        return { audit, read: () => [] };
      }),
      "no intent": auditConformance(
        broken(() => ({ openCall: () => ({ note() {}, effect() {}, close() {}, async [Symbol.asyncDispose]() {} }) })),
      ),
      "effect not recorded": auditConformance(
        broken(
          () => ({}),
          () => ({ effect() {} }),
        ),
      ),
      "outcome not recorded": auditConformance(
        broken(
          () => ({}),
          () => ({ close() {} }),
        ),
      ),
      "abandoned not recorded": auditConformance(
        broken(
          () => ({}),
          () => ({ async [Symbol.asyncDispose]() {} }),
        ),
      ),
      "goes on when nothing can be written": auditConformance(openMemory, { openBroken }),
    });
  });
});
