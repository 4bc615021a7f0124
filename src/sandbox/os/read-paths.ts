import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";

import { isInside } from "../../files/index.ts";

/** Programs and libraries, and nothing else: what a program needs that is to know nothing of the machine. */
export function programPaths(): readonly string[] {
  return PROGRAMS.filter((path) => existsSync(path));
}

const PROGRAMS = [
  "/usr/bin",
  "/usr/lib",
  "/usr/lib32",
  "/usr/lib64",
  "/bin",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/nix/store",
  "/run/current-system",
  "/etc/ld.so.cache",
];

/** Programs, libraries and what they need to know of the system. No keys, no password hashes, nobody's home. */
const SYSTEM = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/opt",
  "/nix/store",
  "/run/current-system",
  ...[
    "alternatives",
    "bash.bashrc",
    "ca-certificates",
    "ca-certificates.conf",
    "debian_version",
    "fonts",
    "gitattributes",
    "gitconfig",
    "group",
    "host.conf",
    "hosts",
    "inputrc",
    "java-17-openjdk",
    "java-21-openjdk",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "locale.alias",
    "magic",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "passwd",
    "pki/tls/certs",
    "profile",
    "profile.d",
    "protocols",
    "resolv.conf",
    "services",
    "shells",
    "ssl/certs",
    "ssl/openssl.cnf",
    "terminfo",
    "timezone",
    "xattr.conf",
  ].map((name) => `/etc/${name}`),
];

/**
 * What commands may read besides what they may write: the system's programs, and the installations that PATH names, with
 * their libraries. A folder of PATH that is the home directory or above it is left out.
 */
export function systemReadPaths(path: string): readonly string[] {
  const home = homedir();
  // The Node that runs this program is there too: agents of a JavaScript project need one.
  const programs = [...path.split(":"), dirname(process.execPath)]
    .filter((folder) => folder.startsWith("/"))
    .map((folder) => (existsSync(folder) ? realpathSync(folder) : folder))
    // `…/bin` comes with `…/lib`.
    .flatMap((folder) => (folder.endsWith("/bin") && !isInside(dirname(folder), home) ? [dirname(folder)] : [folder]))
    .filter((folder) => folder !== "/" && !isInside(folder, home) && !isInside("/tmp", folder));
  const found = [...new Set([...SYSTEM, ...programs.map((folder) => resolve(folder))])].filter((entry) =>
    existsSync(entry),
  );
  // Each is a mount for every command: what comes with another one is left out.
  return found.filter((path) => !found.some((other) => other !== path && isInside(other, path)));
}
