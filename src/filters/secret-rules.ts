import type { SecretRule } from "./secret-rule.ts";
import { CONTEXT_RULES } from "./context-rules.ts";
import { VENDOR_TOKENS } from "./vendor-tokens.ts";
import { vendoredRules } from "./vendored-rules.ts";
import { isPlaceholder, isSecretValue, isTokenLike } from "./secret-value.ts";

/** Tokens that their issuer marks with a prefix. Sources: the vendors' documentation. */
const PREFIXED: readonly SecretRule[] = [
  prefixed(
    "aws_access_key_id",
    ["AKIA", "ASIA", "ABIA", "ACCA"],
    /(?<![A-Z0-9])A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}(?![A-Z0-9])/g,
  ),
  prefixed("github_token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], /gh[pousr]_[A-Za-z0-9]{36,10000}/g),
  prefixed("github_token", ["github_pat_"], /github_pat_\w{22,10000}/g),
  prefixed(
    "gitlab_token",
    ["glpat-", "gldt-", "glrt-", "glptt-", "glsoat-", "glcbt-", "glft-", "glagent-"],
    /gl(?:pat|dt|rt|ptt|soat|cbt|ft|agent)-[\w.=-]{20,10000}/g,
  ),
  prefixed("slack_token", ["xox", "xapp-"], /(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,10000}/g),
  prefixed(
    "slack_webhook",
    ["hooks.slack.com/"],
    /hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/]{20,10000}/g,
  ),
  prefixed("discord_webhook", ["/api/webhooks/"], /\/api\/webhooks\/\d{10,10000}\/[\w-]{40,10000}/g),
  prefixed("anthropic_key", ["sk-ant-"], /sk-ant-[\w-]{20,10000}/g),
  prefixed("openrouter_key", ["sk-or-"], /sk-or-[\w-]{20,10000}/g),
  prefixed(
    "openai_key",
    ["sk-"],
    /(?<![A-Za-z0-9])sk-(?:(?:proj|svcacct|admin|None)-[\w-]{20,10000}|[A-Za-z0-9]{20,10000})/g,
  ),
  prefixed("groq_key", ["gsk_"], /gsk_[A-Za-z0-9]{32,10000}/g),
  prefixed("xai_key", ["xai-"], /xai-[A-Za-z0-9]{40,10000}/g),
  prefixed("perplexity_key", ["pplx-"], /pplx-[A-Za-z0-9]{32,10000}/g),
  prefixed("replicate_token", ["r8_"], /(?<![A-Za-z0-9])r8_[A-Za-z0-9]{30,10000}/g),
  prefixed("hugging_face_token", ["hf_", "api_org_"], /(?<![A-Za-z0-9])(?:hf|api_org)_[A-Za-z]{30,10000}/g),
  prefixed("google_api_key", ["AIza"], /AIza[\w-]{35}/g),
  prefixed("google_oauth", ["GOCSPX-", "ya29."], /GOCSPX-[\w-]{20,10000}|ya29\.[\w-]{20,10000}/g),
  prefixed("stripe_key", ["_live_", "_test_", "_prod_"], /(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{10,10000}/g),
  prefixed("webhook_secret", ["whsec_"], /whsec_[\w+/=]{24,10000}/g),
  prefixed("npm_token", ["npm_"], /npm_[A-Za-z0-9]{36,10000}/g),
  prefixed("pypi_token", ["pypi-"], /pypi-[\w-]{50,10000}/g),
  prefixed("rubygems_key", ["rubygems_"], /rubygems_[a-f0-9]{48}/g),
  prefixed("docker_token", ["dckr_"], /dckr_(?:pat|oat)_[\w-]{20,10000}/g),
  prefixed("sendgrid_key", ["SG."], /SG\.[\w-]{16,10000}\.[\w-]{32,10000}/g),
  prefixed("mailgun_key", ["key-"], /(?<![\w-])key-[a-f0-9]{32}(?![a-f0-9])/g),
  prefixed("twilio_key", ["SK"], /(?<![A-Za-z0-9])SK[a-f0-9]{32}(?![a-f0-9])/g),
  prefixed("telegram_token", [":AA"], /(?<!\d)\d{8,10}:AA[\w-]{32,10000}/g),
  prefixed("digitalocean_token", ["dop_v1_", "doo_v1_", "dor_v1_"], /do[opr]_v1_[a-f0-9]{64}/g),
  prefixed(
    "azure_key",
    ["AccountKey=", "SharedAccessKey="],
    /((?:Account|SharedAccess)Key=)([A-Za-z0-9+/]{32,10000}={0,2})/g,
  ),
  prefixed("azure_client_secret", ["Q~"], /(?<![\w.~-])[\w.~-]{3}\dQ~[\w.~-]{31,34}/g),
  prefixed("azure_sas", ["sig="], /([?&]sig=)([A-Za-z0-9%+/]{40,10000}(?:%3D|=)?)/g),
  prefixed("shopify_token", ["shpat_", "shpca_", "shppa_", "shpss_"], /shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}/g),
  prefixed("square_token", ["sq0", "EAAA"], /sq0(?:atp|csp)-[\w-]{22,10000}|(?<![\w+/=-])EAAA[\w-]{60}(?![\w+/=-])/g),
  prefixed("databricks_token", ["dapi"], /dapi[a-f0-9]{32}(?:-\d)?/g),
  prefixed("vault_token", ["hvs.", "hvb."], /hv[sb]\.[\w-]{20,10000}/g),
  prefixed("doppler_token", ["dp."], /(?<!\w)dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{30,10000}/g),
  prefixed("linear_key", ["lin_api_"], /lin_api_[A-Za-z0-9]{32,10000}/g),
  prefixed("notion_token", ["ntn_"], /ntn_[A-Za-z0-9]{40,10000}/g),
  prefixed("postman_key", ["PMAK-"], /PMAK-[a-f0-9]{24}-[a-f0-9]{34}/g),
  prefixed("new_relic_key", ["NRAK-"], /NRAK-[A-Z0-9]{27}/g),
  prefixed("grafana_token", ["glc_", "glsa_"], /gl(?:c|sa)_[\w+/=]{32,10000}/g),
  prefixed("pulumi_token", ["pul-"], /(?<!\w)pul-[a-f0-9]{40}/g),
  prefixed("terraform_token", [".atlasv1."], /(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,10000}/g),
  prefixed("atlassian_token", ["ATATT3", "ATCTT3"], /AT[AC]TT3[\w=-]{60,10000}/g),
  prefixed("airtable_token", ["pat"], /(?<![A-Za-z0-9])pat[A-Za-z0-9]{14}\.[a-f0-9]{64}/g),
  prefixed("figma_token", ["figd_"], /figd_[\w-]{38,10000}/g),
  prefixed("sentry_token", ["sntrys_", "sntryu_"], /sntry[su]_[\w+/=]{40,10000}/g),
  prefixed("supabase_token", ["sbp_", "sb_secret_"], /sb(?:p_[a-f0-9]{40}|_secret_[\w-]{20,10000})/g),
  prefixed("planetscale_token", ["pscale_"], /pscale_(?:tkn|pw|oauth)_[\w.=-]{32,10000}/g),
  prefixed("fly_token", ["fm1r_", "fm1a_", "fm2_"], /fm(?:1[ar]|2)_[\w+/=,]{60,10000}/g),
  prefixed("age_key", ["AGE-SECRET-KEY-1"], /AGE-SECRET-KEY-1[A-Z0-9]{58}/g),
  // The run before the first dot can begin in one place only: otherwise "eyJeyJeyJ…" would be quadratic.
  prefixed("jwt", ["eyJ"], /(?<![\w-])eyJ[\w-]{8,100000}\.(?:eyJ)?[\w-]{8,100000}\.[\w-]{0,100000}/g),
];

/** Secrets that are known by what stands before them. */
const IN_CONTEXT: readonly SecretRule[] = [
  {
    kind: "url_password",
    hints: ["://"],
    pattern: /(:\/\/[^\s:@/?#"'<>\\`]{0,200}:)([^\s@/"'<>\\`]{1,500})(?=@)/g,
    accept: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "authorization",
    hints: ["authorization"],
    pattern:
      /(authorization["'\\\]]{0,3}[ \t]{0,3}[:=][ \t]{0,3}["'\\`]{0,2}(?:(?:basic|bearer|token|digest|apikey)[ \t]{1,3})?)([\w.~+/=:-]{8,10000})/gi,
    accept: (secret, { before }) =>
      /(?:basic|bearer|token|digest|apikey)[ \t]{1,3}$/i.test(before) ? !isPlaceholder(secret) : isTokenLike(secret),
  },
  {
    kind: "bearer_token",
    hints: ["bearer"],
    pattern: /(\bbearer[ \t]{1,3})([\w.~+/=-]{12,10000})/gi,
    accept: isTokenLike,
  },
  {
    kind: "cookie",
    hints: ["cookie"],
    rest: "line",
    pattern: /(\b(?:set-)?cookie["'\\]{0,3}:[ \t]{0,3}["'\\]{0,2}[\w.$!-]{1,100}=)([^\r\n"'\\]{8,10000})/gi,
  },
  {
    kind: "aws_secret_access_key",
    hints: ["aws"],
    pattern:
      /(aws[\w .-]{0,20}(?:secret|key)[\w .-]{0,20}["'\\\]]{0,3}[ \t]{0,3}(?:=>|=|:)[ \t]{0,3}["'\\]{0,2})([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
    accept: isTokenLike,
  },
  {
    kind: "assigned_secret",
    hints: [
      "passw",
      "passphrase",
      "pwd",
      "secret",
      "token",
      "apikey",
      "api_key",
      "api-key",
      "access_key",
      "accesskey",
      "access-key",
      "private_key",
      "privatekey",
      "private-key",
      "auth_key",
      "credential",
    ],
    pattern:
      /((?:passw(?:or)?d|passphrase|pwd|secret|token|(?:api|access|private|auth)[_-]?key|credentials?)[\w-]{0,24}["'\\\]]{0,3}[ \t]{0,8}(?::=|=>|==?|:)[ \t]{0,8}["'`\\]{0,2})([^\s"'`\\,;(){}[\]<>]{4,10000})/gi,
    accept: isSecretValue,
  },
  {
    kind: "command_line_secret",
    hints: ["--pass", "--token", "--secret", "--api", "--auth", "--access"],
    pattern:
      /(--(?:pass(?:word|wd|phrase)?|(?:[a-z]{1,12}-)?token|(?:[a-z]{1,12}-)?secret|api-?key|auth|access-key)[ \t]{1,3}["']?)([^\s"'$<{][^\s"']{5,10000})/gi,
    accept: (secret) => !isPlaceholder(secret) && /\d|[a-z][A-Z]|[^\w.-]/.test(secret),
  },
  {
    kind: "netrc_password",
    hints: ["login"],
    pattern: /(\blogin[ \t]{1,8}\S{1,200}[ \t]{1,8}password[ \t]{1,8})(\S{1,500})/gi,
    accept: (secret) => !isPlaceholder(secret),
  },
];

/** Every rule that redaction knows by itself. */
export const SECRET_RULES: readonly SecretRule[] = [
  ...PREFIXED,
  ...VENDOR_TOKENS,
  ...IN_CONTEXT,
  ...CONTEXT_RULES,
  ...vendoredRules(),
];

function prefixed(kind: string, hints: readonly string[], pattern: RegExp): SecretRule {
  return { kind, hints, pattern };
}
