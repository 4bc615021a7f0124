import { createRequire } from "node:module";

type PhoneNumbers = typeof import("libphonenumber-js/min");
type Ibans = typeof import("ibantools");

// Both are loaded at the first candidate: most texts have none, and their tables are large. Node keeps what it loaded.
const load = createRequire(import.meta.url);

/** Numbering plans of the world. */
export function phoneNumbers(): PhoneNumbers {
  // The package's own types say what it exports.
  return load("libphonenumber-js/min") as PhoneNumbers;
}

/** Account numbers by country. */
export function ibans(): Ibans {
  // As above.
  return load("ibantools") as Ibans;
}
