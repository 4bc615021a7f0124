export { type PiiDetector, type Span } from "./detector.ts";
export { createPiiFilter } from "./pii-filter.ts";
export { redactPii, type PiiAction, type PiiRedaction, type RedactPiiOptions } from "./redact-pii.ts";
export { scanPii, type PiiFinding, type PiiKind, type PiiOptions } from "./scan-pii.ts";
