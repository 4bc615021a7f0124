/** Where chance begins, in every test that leaves its cases to it. Look further: `HARNESS_FUZZ_SEED=$RANDOM npx vitest run test/policy`. */
export const FUZZ_SEED = Number(process.env["HARNESS_FUZZ_SEED"] ?? 1);
