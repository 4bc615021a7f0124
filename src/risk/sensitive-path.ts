import { normalize } from "node:path/posix";

import type { RiskFinding } from "./risk-finding.ts";

/** Files whose change gives away secrets or control over what runs later. */
const SENSITIVE: readonly (readonly [RegExp, string])[] = [
  [/^\/(?:etc|boot|usr|bin|sbin|lib|lib64|sys|proc|System|Library)(?:\/|$)/, "is part of the system"],
  [
    /(?:^|\/)\.(?:bashrc|bash_profile|bash_login|bash_logout|profile|zshrc|zshenv|zprofile|zlogin|kshrc|inputrc)$/,
    "runs with every shell",
  ],
  [/(?:^|\/)\.ssh(?:\/|$)|(?:^|\/)(?:id_rsa|id_ed25519|authorized_keys)$/, "holds keys"],
  [/(?:^|\/)\.git\/(?:hooks|config)(?:\/|$)/, "runs with git"],
  [/(?:^|\/)\.harness(?:\/|$)/, "rules this agent"],
  [/(?:^|\/)\.(?:aws|kube|gnupg|docker)(?:\/|$)|(?:^|\/)\.(?:npmrc|netrc|pypirc)$/, "holds credentials"],
  [/(?:^|\/)\.env(?:\.[^/]*)?$|\.(?:pem|key|p12|pfx)$/, "holds secrets"],
  [/(?:^|\/)(?:crontab|cron\.[a-z]+)(?:\/|$)|\/systemd\/|\/LaunchAgents\//, "runs on its own later"],
];

/** Whether writing a file is of high risk. */
export function sensitivePath(path: string): RiskFinding | undefined {
  const name = normalize(path).replace(/\/$/, "");
  const found = SENSITIVE.find(([pattern]) => pattern.test(name));
  return found === undefined ? undefined : { level: "high", reason: `${path} ${found[1]}` };
}
