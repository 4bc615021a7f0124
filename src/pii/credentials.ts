import { fromPattern } from "./detector.ts";

/**
 * The most usual secrets, for a text that no redactor has seen: `redactSecrets` of harness-agent/filters knows many more.
 */
export const CREDENTIAL_DETECTORS = {
  aws_access_key: fromPattern(/(?<![A-Z0-9])A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Z0-9])/g),
  aws_secret_key: fromPattern(
    /(aws[\w .-]{0,20}(?:secret|key)[\w .-]{0,20}["']?[ \t]{0,3}(?:[:=]{1,2}>?|is)[ \t:]{0,3}["']?)([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
  ),
  github_token: fromPattern(/(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255})/g),
  jwt: fromPattern(/(?<![\w-])eyJ[\w-]{4,100000}\.eyJ[\w-]{4,100000}\.[\w-]{0,100000}/g),
  slack_token: fromPattern(/(?:xox[abeoprs][-.]|xapp-\d-)[A-Za-z0-9.-]{10,255}/g),
  private_key_header: fromPattern(/-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g),
  generic_api_key: fromPattern(
    /((?:api|access|secret)[_-]?key["']?[ \t]{0,3}(?:[:=]{1,2}>?|>)[ \t]{0,3}["']?)([\w-]{20,255})/gi,
    (key) => /\d/.test(key),
  ),
} as const;
