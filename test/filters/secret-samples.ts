/** Made-up secrets, put together here so that no scanner takes this file for a leak. */
export interface SecretSample {
  readonly kind: string;
  /** A text with the secret in it. */
  readonly text: string;
  /** What must not be seen any more. */
  readonly secret: string;
}

const LETTERS = "aZ3bY7cX1dW9eV5fU2gT8hS4iR6jQ0kP";

/** Characters that look random and are the same each time. */
export function noise(length: number, alphabet = LETTERS): string {
  let text = "";
  for (let index = 0; text.length < length; index += 1)
    text += alphabet.charAt((index * 7 + (index >> 3)) % alphabet.length);
  return text;
}

const HEX = "0f1e2d3c4b5a6978";

function whole(kind: string, secret: string): SecretSample {
  return { kind, text: `before ${secret} after`, secret };
}

function inside(kind: string, before: string, secret: string, after = ""): SecretSample {
  return { kind, text: `${before}${secret}${after}`, secret };
}

const keyBody = Array.from({ length: 6 }, () => noise(64)).join("\n");

export function privateKey(label: string, lineEnd = "\n"): string {
  const text = `-----BEGIN ${label}-----\n${keyBody}\n-----END ${label}-----`;
  return text.replaceAll("\n", lineEnd);
}

export const SECRET_SAMPLES: readonly SecretSample[] = [
  whole("aws_access_key_id", `AKIA${"IOSFODNN7EXAMPLE"}`),
  inside("aws_secret_access_key", "aws_secret_access_key = ", noise(40)),
  ...["ghp_", "gho_", "ghu_", "ghs_", "ghr_"].map((prefix) => whole("github_token", prefix + noise(36))),
  whole("github_token", `github_pat_${noise(22)}_${noise(59)}`),
  whole("gitlab_token", `glpat-${noise(20)}`),
  whole("slack_token", `xoxb-${noise(12, "0123456789")}-${noise(24)}`),
  whole("slack_webhook", `hooks.slack.com/services/${noise(9)}/${noise(9)}/${noise(24)}`),
  whole("anthropic_key", `sk-ant-api03-${noise(93)}AA`),
  whole("openai_key", `sk-proj-${noise(48)}`),
  whole("openai_key", `sk-${noise(48)}`),
  whole("openrouter_key", `sk-or-v1-${noise(64, HEX)}`),
  whole("groq_key", `gsk_${noise(52)}`),
  whole("google_api_key", `AIza${noise(35)}`),
  whole("google_oauth", `GOCSPX-${noise(28)}`),
  whole("stripe_key", `sk_live_${noise(24)}`),
  whole("npm_token", `npm_${noise(36)}`),
  whole("pypi_token", `pypi-AgEIcHlwaS5vcmc${noise(60)}`),
  whole("jwt", `eyJ${noise(20)}.eyJ${noise(40)}.${noise(43)}`),
  whole("sendgrid_key", `SG.${noise(22)}.${noise(43)}`),
  whole("twilio_key", `SK${noise(32, HEX)}`),
  whole("telegram_token", `123456789:AA${noise(33)}`),
  whole("digitalocean_token", `dop_v1_${noise(64, HEX)}`),
  whole("hugging_face_token", `hf_${noise(34, "aZbYcXdWeVfUgThSiRjQkP")}`),
  whole("azure_client_secret", `abc8Q~${noise(34)}`),
  inside("azure_key", "DefaultEndpointsProtocol=https;AccountKey=", `${noise(86)}==`, ";"),
  whole("docker_token", `dckr_pat_${noise(27)}`),
  whole("vault_token", `hvs.${noise(24)}`),
  whole("databricks_token", `dapi${noise(32, HEX)}`),
  whole("shopify_token", `shpat_${noise(32, HEX)}`),
  whole("age_key", `AGE-SECRET-KEY-1${noise(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")}`),
  inside("url_password", "postgres://admin:", "s3cr3t-pw", "@db.example.com/app"),
  inside("url_password", "https://user:", "hunter2", "@example.com"),
  inside("authorization", "Authorization: Bearer ", noise(30)),
  inside("authorization", '{"authorization": "Basic ', "dXNlcjpwYXNzd29yZA==", '"}'),
  inside("bearer_token", "curl -H 'Bearer ", noise(40), "'"),
  inside("cookie", "Set-Cookie: session=", noise(30), "; Path=/"),
  inside("assigned_secret", "DB_PASSWORD=", "postgres"),
  inside("assigned_secret", "password = ", "hunter2"),
  inside("assigned_secret", '"password": "', "Tr0ub4dor&3", '"'),
  inside("assigned_secret", String.raw`{\"client_secret\":\"`, noise(24), String.raw`\"}`),
  inside("assigned_secret", "api_key: ", noise(32)),
  inside("assigned_secret", "const token = '", noise(24), "';"),
  inside("assigned_secret", "Server=db;Password=", "Hunter2!x", ";"),
  inside("command_line_secret", "mysql --password ", "hunter2x"),
  inside("netrc_password", "machine example.com login me password ", "abcdefgh"),
  ...[
    "PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "PGP PRIVATE KEY BLOCK",
  ].map((label) => whole("private_key", privateKey(label))),
  whole("private_key", privateKey("RSA PRIVATE KEY", "\r\n")),
  inside("private_key", '{"key": "', privateKey("PRIVATE KEY", String.raw`\n`), '"}'),
];
