/** A rule of another project as data. */
export interface VendoredRule {
  readonly kind: string;
  /** In lower case, compared without case. */
  readonly hints: readonly string[];
  readonly source: string;
  readonly flags: string;
  /** The least entropy of a secret, in bits per character. */
  readonly entropy?: number;
  /** Which group is the secret. @default the first that matched */
  readonly group?: number;
  /** Secrets that these match are none. */
  readonly allow?: readonly { readonly source: string; readonly flags: string }[];
  /** Words that no secret holds. */
  readonly stop?: readonly string[];
}
