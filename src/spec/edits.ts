import type { AuditScope } from "./audit.ts";
import type { Files } from "./files.ts";
import type { PreparedCall } from "./tool-call.ts";

/** The port that keeps what files held before a call changes them. */
export interface EditKeeper {
  /**
   * Opens the files of one call that may write. What stands in its declared paths, and whatever it writes through
   * `files`, is kept before it changes. Throws when it cannot be kept: then the call must not begin.
   */
  open(call: PreparedCall, scope: AuditScope): Promise<KeptFiles>;
}

/** The files of one call. Disposal records what the call left behind. */
export interface KeptFiles extends AsyncDisposable {
  readonly files: Files;
}
