import type { SecretRule } from "./secret-rule.ts";
import { entropyOf, isPlaceholder, isTokenLike } from "./secret-value.ts";

const isGiven = (secret: string): boolean => !isPlaceholder(secret);

/** Secrets that a file's or a program's own way to write them gives away. */
export const CONTEXT_RULES: readonly SecretRule[] = [
  {
    // `curl -u name:password`, `--user name:password`, also quoted.
    kind: "curl_user",
    hints: ["curl", "wget", "http"],
    pattern:
      /(\b(?:curl|wget|https?)\b[^\r\n|;]{0,200}?[ \t](?:-u|--user|-a|--auth)[ \t=]{1,3}["']?[^\s:"'$]{1,100}:)([^\s"'$@/:][^\s"'@]{2,200})/g,
    accept: isGiven,
  },
  {
    kind: "command_line_password",
    hints: ["sshpass", "mysql", "mariadb", "mongo", "redis-cli", "docker login", "podman login", "psql"],
    pattern:
      /(\b(?:sshpass[ \t]{1,3}-p[ \t]{0,3}|(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\r\n|;]{0,100}?[ \t]-p|mongo(?:sh|dump)?\b[^\r\n|;]{0,100}?[ \t](?:-p|--password)[ \t=]{1,3}|redis-cli\b[^\r\n|;]{0,100}?[ \t]-a[ \t]{1,3}|(?:docker|podman) login\b[^\r\n|;]{0,100}?[ \t](?:-p|--password)[ \t=]{1,3})["']?)([^\s"'$<{-][^\s"']{4,200})/g,
    accept: isGiven,
  },
  {
    kind: "openssl_password",
    hints: ["pass:"],
    pattern: /(\B-(?:pass|passin|passout)[ \t]{1,3}["']?pass:)([^\s"'$]{3,200})/g,
    accept: isGiven,
  },
  {
    // Quoted values with spaces: "password": "correct horse battery staple".
    kind: "quoted_password",
    hints: ["passw", "passphrase", "pwd"],
    pattern:
      /((?:passw(?:or)?d|passphrase|pwd)["'\\\]]{0,3}[ \t]{0,8}(?:=>|==?|:)[ \t]{0,8}["'])([^"'\\\r\n]{3,60} [^"'\\\r\n]{3,100})(?=["'])/gi,
    accept: (secret) =>
      isGiven(secret) &&
      !/[.?!:%{}<>()]|\b(?:the|is|must|your|not|for|to|of|and|or|please|enter|with|be)\b/i.test(secret),
  },
  {
    // `password for root is hunter2`, `the password: hunter2` in prose and logs.
    kind: "told_password",
    hints: ["passw"],
    pattern:
      /(\bpassw(?:or)?d(?:[ \t]{1,3}(?:for|of)[ \t]{1,3}[\w.@-]{1,60})?[ \t]{1,3}(?:is|was|set to)[ \t]{1,3}["'`]?)([^\s"'`,;]{6,100})/gi,
    accept: (secret) => isGiven(secret) && /\d/.test(secret) && /[A-Za-z]/.test(secret),
  },
  {
    // Markup: <password>…</password>, <add key="Password" value="…"/>.
    kind: "markup_password",
    hints: ["password>", "secret>", "token>", "passphrase>", "apikey>"],
    pattern:
      /(<[\w:.-]{0,30}(?:password|secret|token|passphrase|apikey)(?:\s[^<>\r\n]{0,100})?>[ \t]{0,3})([^<>\s${}][^<>\r\n]{3,200})(?=<\/)/gi,
    accept: isGiven,
  },
  {
    kind: "markup_password",
    hints: ["value="],
    pattern:
      /((?:key|name)=["'][\w.:-]{0,60}(?:password|secret|token|apikey)[\w.:-]{0,20}["'][ \t]{1,4}value=["'])([^"'\r\n${}]{4,300})/gi,
    accept: isGiven,
  },
  {
    // pg_hba's partner: host:port:database:user:password.
    kind: "pgpass",
    hints: [":5432:", ":*:", ":5433:", ":6432:"],
    pattern: /(^[\w.*-]{1,100}:(?:\d{1,5}|\*):[\w.*-]{1,60}:[\w.*@-]{1,60}:)([^\s:]{3,200})$/gm,
    accept: isGiven,
  },
  {
    kind: "kubeconfig_key",
    hints: ["client-key-data", "client-certificate-data", "tls.key"],
    pattern: /((?:client-key-data|tls\.key)["']?:[ \t]{0,3}["']?)([A-Za-z0-9+/=]{40,100000})/g,
  },
  {
    kind: "docker_auth",
    hints: ['"auth"'],
    pattern: /("auth"[ \t]{0,3}:[ \t]{0,3}")([A-Za-z0-9+/]{8,4000}={0,2})(?=")/g,
    accept: (secret) => Buffer.from(secret, "base64").includes(":"),
  },
  {
    kind: "wireguard_key",
    hints: ["privatekey", "presharedkey"],
    pattern: /(\b(?:PrivateKey|PresharedKey)[ \t]{0,3}=[ \t]{0,3})([A-Za-z0-9+/]{43}=)/gi,
  },
  {
    kind: "wallet_key",
    hints: ["private", "wallet", "eth", "mnemonic", "signer"],
    pattern:
      /((?:private|wallet|eth|signer)[\w -]{0,20}["'\\]{0,3}[ \t]{0,3}[:=][ \t]{0,3}["'\\]{0,2})((?:0x)?[a-f0-9]{64})(?![a-f0-9])/gi,
  },
  {
    kind: "seed_phrase",
    hints: ["mnemonic", "seed phrase", "seed_phrase", "recovery phrase"],
    pattern:
      /((?:mnemonic|(?:seed|recovery)[ _-]phrase)["'\\]{0,3}[ \t]{0,3}[:=][ \t]{0,3}["'\\]{0,2})((?:[a-z]{3,8} ){11,23}[a-z]{3,8})/gi,
  },
  {
    // One of several values of a form or of a connection string.
    kind: "query_password",
    hints: ["password=", "passwd=", "pwd=", "pass="],
    pattern: /((?:^|[?&;\s"'])(?:password|passwd|pwd|pass)=)([^\s&;"'<>${}]{6,200})(?=[&;])/gim,
    accept: isGiven,
  },
  {
    // X-Api-Key: …, PRIVATE-TOKEN: … of any vendor.
    kind: "header_key",
    hints: ["-key:", "-token:", "-secret:", '-key"', '-token"', "-key'", "-token'"],
    pattern:
      /(\b(?:x-)?[a-z-]{0,30}(?:api-?key|-token|-secret|-auth-key|access-key)["'\\]{0,3}:[ \t]{0,3}["'\\]{0,2})([\w.~+/=-]{12,2000})/gi,
    accept: isTokenLike,
  },
  {
    // ?access_token=…, &key=… in addresses.
    kind: "query_key",
    hints: ["token=", "key=", "sig=", "signature=", "secret=", "code="],
    pattern:
      /([?&;](?:[\w-]{0,20}(?:token|key|secret|signature)|sig|x-amz-(?:signature|security-token))=)([\w%.~+/=-]{16,4000})/gi,
    accept: isTokenLike,
  },
  {
    // Basic credentials without the header's name.
    kind: "basic_credentials",
    hints: ["basic "],
    pattern: /(\bbasic[ \t]{1,3})([A-Za-z0-9+/]{12,2000}={0,2})(?![A-Za-z0-9+/=])/gi,
    accept: (secret) =>
      secret.length % 4 === 0 &&
      /^[\x20-\x7e]{1,200}:[\x20-\x7e]{1,200}$/.test(Buffer.from(secret, "base64").toString("latin1")),
  },
  {
    // `AWS_SESSION_TOKEN`-like long values after a name in capitals, in dumps of an environment.
    kind: "environment_secret",
    hints: ["_auth=", "_pat=", "_sid=", "_pw=", "_pass=", "_cred=", "_creds=", "_salt=", "_dsn=", "_webhook="],
    pattern: /(\b[A-Z][A-Z0-9_]{1,60}_(?:AUTH|PAT|PW|PASS|CREDS?|SALT)=["']?)([^\s"'$]{6,4000})/g,
    ignoresCase: true,
    accept: (secret) => isGiven(secret) && entropyOf(secret.slice(0, 200)) >= 2,
  },
];
