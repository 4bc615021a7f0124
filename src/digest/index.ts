export { canonicalJson, digestJson, sha256 } from "./digest.ts";
