import { execFileSync } from "node:child_process";

/** Whether an engine is there and has an image: scripts/services/docker.sh makes those of the tests. */
export function hasImage(name: string): boolean {
  try {
    execFileSync("docker", ["image", "inspect", name], { stdio: "ignore", timeout: 200_000 });
    return true;
  } catch {
    return false;
  }
}
