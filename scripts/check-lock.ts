/**
 * Fails when package-lock.json misses a package for another platform, which `npm ci` there would ask for.
 * `node scripts/check-lock.ts [root]`
 */
import { type Problems, runCheck } from "./run-check.ts";
import { readText } from "./source-files.ts";

interface LockedPackage {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export function checkLock(root: string): Problems {
  const { packages } = JSON.parse(readText(root, "package-lock.json")) as Lock;
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isLocked(packages, path, name))
      .map(
        (name) =>
          `package-lock.json: ${path || "the package"} wants ${name}, which is not locked. Take a version whose platform packages are all published`,
      ),
  );
  // The addresses of a private mirror in the lock would break `npm ci` everywhere else.
  const resolved = Object.values(packages).some((one) => one.resolved?.startsWith("http"))
    ? ['package-lock.json: names a registry in "resolved". Write it with omit-lockfile-registry-resolved=true']
    : [];
  return [...missing, ...resolved];
}

/** Whether a package is found from `path` on upwards, as Node looks for it. */
function isLocked(packages: Lock["packages"], path: string, name: string): boolean {
  if (packages[`${path === "" ? "" : `${path}/`}node_modules/${name}`] !== undefined) return true;
  return path !== "" && isLocked(packages, path.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, ""), name);
}

await runCheck(import.meta.url, checkLock, "The lock holds every platform's packages.");
