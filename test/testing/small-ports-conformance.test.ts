import { describe, it } from "vitest";

import { systemClock, systemRandom } from "../../src/async/index.ts";
import { createCatalogue } from "../../src/catalogue/index.ts";
import { createFiles } from "../../src/files/index.ts";
import { createPermissionCheck } from "../../src/permission/index.ts";
import { createPolicyCheck, PolicyEngine } from "../../src/policy/index.ts";
import { createRiskCheck } from "../../src/risk/index.ts";
import type { Check, CheckAnswer, Files, Prices, Span, Tracer } from "../../src/spec/index.ts";
import { createTelemetry } from "../../src/telemetry/index.ts";
import {
  checkConformance,
  clockConformance,
  fakeCheck,
  fakeClock,
  fakeFiles,
  fakePrices,
  fakeRandom,
  fakeTracer,
  filesConformance,
  pricesConformance,
  randomConformance,
  tracerConformance,
} from "../../src/testing/index.ts";
import { openHost } from "../telemetry/otel-host.ts";
import { expectConforming, expectFaultsFound } from "./run-cases.ts";
import { useTemporaryFolder } from "./temporary-folder.ts";

const catalogue = createCatalogue();
const [known = { id: "" }] = catalogue.listModels("anthropic");
const table = fakePrices({ "my-model": { input: 3, output: 15 } });
expectConforming("createCatalogue()", pricesConformance(catalogue, { id: known.id, provider: "anthropic" }));
expectConforming("fakePrices()", pricesConformance(table, { id: "my-model" }));

expectConforming("systemClock", clockConformance(systemClock));
const moved = fakeClock();
expectConforming("fakeClock()", clockConformance(moved, { advance: (ms) => moved.advance(ms) }));
expectConforming("systemRandom", randomConformance(systemRandom));
expectConforming("fakeRandom()", randomConformance(fakeRandom()));
expectConforming("fakeTracer()", tracerConformance(fakeTracer));
expectConforming("createTelemetry() without an SDK", tracerConformance(createTelemetry));
expectConforming(
  "createTelemetry()",
  tracerConformance(() => createTelemetry({ ...openHost(), content: true })),
);

expectConforming(
  "fakeCheck()",
  checkConformance(() => fakeCheck("allow")),
);
expectConforming(
  "createPermissionCheck()",
  checkConformance(() => createPermissionCheck({ mode: "default" })),
);
expectConforming("createRiskCheck()", checkConformance(createRiskCheck));
expectConforming(
  "createPolicyCheck()",
  checkConformance(() => createPolicyCheck(new PolicyEngine({ layers: [] }))),
);

describe("files", () => {
  const newFolder = useTemporaryFolder();
  expectConforming(
    "createFiles()",
    filesConformance(async () => await createFiles({ cwd: await newFolder() })),
  );
  expectConforming(
    "fakeFiles()",
    filesConformance(() => fakeFiles()),
  );
});

describe("pricesConformance()", () => {
  const suite = (change: Partial<Prices>) => pricesConformance({ ...table, ...change }, { id: "my-model" });

  it("finds every fault", async () => {
    await expectFaultsFound({
      "knows nothing": suite({ findModel: () => undefined }),
      "finds by resemblance": suite({ findModel: () => table.findModel("my-model") }),
      "unknown is free": suite({ priceOf: (usage, model) => table.priceOf(usage, model) ?? 0 }),
      "counts a cache as input": suite({
        priceOf: (usage, model) => table.priceOf({ ...usage, cacheRead: 0, cacheWrite: 0 }, model),
      }),
      "knows no tiers": suite({
        priceOf: (usage, model) =>
          table.priceOf(usage, model?.pricing && { ...model, pricing: { ...model.pricing, tiers: [] } }),
      }),
    });
  });
});

describe("clockConformance() and randomConformance()", () => {
  it("find every fault", async () => {
    await expectFaultsFound({
      "stands still": clockConformance({ ...systemClock, monotonic: () => 0 }),
      "never sleeps": clockConformance({ ...systemClock, sleep: async () => {} }),
      "wraps the reason": clockConformance({
        ...systemClock,
        sleep: async (ms, signal) =>
          await systemClock.sleep(ms, signal).catch((error: unknown) => {
            throw new Error("aborted", { cause: error });
          }),
      }),
      "gives 1": randomConformance({ ...systemRandom, next: () => 1 }),
      "repeats itself": randomConformance({ ...systemRandom, id: () => "same" }),
      "has slashes": randomConformance({ ...systemRandom, id: () => `a/${systemRandom.id()}` }),
    });
  });
});

describe("tracerConformance()", () => {
  it("finds a tracer that breaks what it traces", async () => {
    const suite = (change: (tracer: Tracer) => Tracer) => tracerConformance(() => change(fakeTracer()));
    const withSpan = (change: (span: Span) => Partial<Span>) =>
      suite((tracer) => ({
        ...tracer,
        startSpan(type, start, parent) {
          const span = tracer.startSpan(type, start, parent);
          return { ...span, ...change(span) };
        },
      }));
    await expectFaultsFound({
      "throws for an error that is none": withSpan(() => ({
        recordError(error) {
          if (!(error instanceof Error)) throw new TypeError("no error");
        },
      })),
      "knows its own parents only": suite((tracer) => ({
        ...tracer,
        startSpan(type, start, parent) {
          if (parent !== undefined && parent.traceContext() === undefined) throw new TypeError("a stranger");
          return tracer.startSpan(type, start, parent);
        },
      })),
      "throws for a measurement": suite((tracer) => ({
        ...tracer,
        measure({ type }) {
          if (type === "finding") throw new TypeError(type);
        },
      })),
      "swallows what the work gives": withSpan((span) => ({
        activate<Value>(work: () => Value): Value {
          void span.activate(work);
          return undefined as Value;
        },
      })),
      "makes headers up": withSpan(() => ({ traceContext: () => ({ traceparent: "none" }) })),
    });
  });
});

describe("checkConformance()", () => {
  it("finds every fault", async () => {
    // What a program without types answers.
    const answering = (answer: object): Check => ({ check: () => answer as CheckAnswer });
    const counting = (): Check => {
      let count = 0;
      return { check: () => ({ effect: "allow", basis: "rule", reason: `${(count += 1)}` }) };
    };
    await expectFaultsFound({
      "unknown effect": checkConformance(() => answering({ effect: "maybe", basis: "rule", reason: "" })),
      "no basis": checkConformance(() => answering({ effect: "allow", reason: "" })),
      "no reason": checkConformance(() => answering({ effect: "allow", basis: "rule" })),
      "answers otherwise the second time": checkConformance(counting),
      "changes the call": checkConformance(() => ({
        check(call) {
          Object.assign(call.args, { changed: true });
          return { effect: "allow", basis: "rule", reason: "" };
        },
      })),
    });
  });
});

describe("filesConformance()", () => {
  const suite = (change: (inner: Files) => Partial<Files>) =>
    filesConformance(() => {
      const inner = fakeFiles();
      return { ...inner, ...change(inner) };
    });

  it("finds every fault", async () => {
    await expectFaultsFound({
      "reaches outside": suite(() => ({ stat: async () => undefined })),
      "resolves nothing": suite(() => ({ resolve: async (path) => path })),
      "reads what is not there": suite((inner) => ({
        read: async (path, options) => await inner.read(path, options).catch(async () => await inner.read("x")),
        stat: async (path) => (await inner.stat(path)) ?? (await inner.write("x", "")),
      })),
      "lists nothing": suite(() => ({ list: async () => [] })),
      "removes nothing": suite(() => ({ remove: async () => {} })),
      "adds to the old text": suite((inner) => ({
        async write(path, data) {
          const old =
            (await inner.stat(path)) === undefined ? "" : Buffer.from((await inner.read(path)).bytes).toString();
          return await inner.write(path, old + Buffer.from(data).toString());
        },
      })),
      "reads all of it": suite((inner) => ({ read: async (path) => await inner.read(path) })),
      "overwrites unseen": suite((inner) => ({ write: async (path, data) => await inner.write(path, data) })),
    });
  });
});
