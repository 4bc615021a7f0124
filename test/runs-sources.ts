/**
 * Whether this Node runs the sources as they are, which a child process of a test does: Node 22 does not know `using`.
 * What is built for it does without. A test that is skipped for it says "skipped on Node 22, which does not know `using`".
 */
export const runsSources = Number.parseInt(process.versions.node) >= 24;
