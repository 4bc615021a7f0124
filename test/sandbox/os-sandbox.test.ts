import { sandboxConformance } from "./conformance.ts";
import { createSandbox } from "../../src/sandbox/index.ts";

sandboxConformance("os", (options) => createSandbox({ ...options, mode: "os" }));
