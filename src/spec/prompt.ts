/** Which prompt a model was given: recorded with every model call, so that a change of wording is seen in what it did. */
export interface PromptVersion {
  readonly name: string;
  /** Of the template, before anything is filled in: the host's own version, else the beginning of its SHA-256. */
  readonly version: string;
}
