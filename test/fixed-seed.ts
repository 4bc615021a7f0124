import fc from "fast-check";

import { FUZZ_SEED } from "./fuzz-seed.ts";

// A property that fails for one case in a million must fail for whoever changes something, not for whoever comes by.
fc.configureGlobal({ seed: FUZZ_SEED });
