#!/usr/bin/env bash
# A Docker engine with the image that the sandbox tests need. Safe to call again: it installs, starts and makes only
# what is missing. Needs root where something is missing. Prints the engine's pid when it started one.
set -euo pipefail

IMAGE=harness-test:busybox
TOOLS_IMAGE=harness-test:tools
STATE="${TMPDIR:-/tmp}/harness-dockerd"

say() { printf 'docker.sh: %s\n' "$*"; }

install_missing() {
  local missing=()
  command -v dockerd >/dev/null && command -v docker >/dev/null || missing+=(docker.io)
  busybox_path >/dev/null || missing+=(busybox-static)
  [ "${#missing[@]}" -eq 0 ] && return
  say "installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
}

# The image holds nothing else, so the binary must not need libraries.
busybox_path() {
  local path
  path=$(command -v busybox) && ! ldd "$path" >/dev/null 2>&1 && printf '%s' "$path"
}

answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

start_engine() {
  local driver="$1"
  mkdir -p "$STATE"
  # A session of its own: the engine must outlive the script and whoever called it.
  setsid dockerd --storage-driver="$driver" >"$STATE/$driver.log" 2>&1 </dev/null &
  local pid=$!
  for _ in $(seq 1 120); do
    if answers; then
      printf '%s\n' "$pid" >"$STATE/pid"
      say "dockerd runs with $driver, pid $pid, log $STATE/$driver.log"
      return 0
    fi
    kill -0 "$pid" 2>/dev/null || return 1
    sleep 0.5
  done
  # The next one finds the place taken until this one is gone.
  kill "$pid" 2>/dev/null || true
  wait "$pid" || true
  return 1
}

make_image() {
  docker image inspect "$IMAGE" >/dev/null 2>&1 && return
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
  mkdir -p "$root/bin" "$root/etc" "$root/tmp" "$root/proc" "$root/dev" "$root/sys"
  chmod 1777 "$root/tmp"
  cp "$(busybox_path)" "$root/bin/busybox"
  local name
  for name in $("$root/bin/busybox" --list); do
    [ "$name" = busybox ] || ln -sf busybox "$root/bin/$name"
  done
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$root/etc/passwd"
  tar -C "$root" -c . | docker import --change 'ENV PATH=/bin' --change 'CMD ["/bin/sh"]' - "$IMAGE" >/dev/null
  say "made $IMAGE"
}

# busybox and perl: a program that makes any system call, opens any socket and needs no compiler.
make_tools_image() {
  docker image inspect "$TOOLS_IMAGE" >/dev/null 2>&1 && return
  local files
  files=$(dpkg -L perl-base bash libc6 libcrypt1 libtinfo6 | while read -r file; do
    # Two trees are one here; an image made of files needs each path once.
    if [[ -f "$file" && "$file" != /usr/share/* && "$file" != */gconv/* ]]; then printf '%s\n' "$file"; fi
  done)
  docker rm "harness-test-tools-$$" >/dev/null 2>&1 || true
  docker create --name harness-test-tools-$$ "$IMAGE" >/dev/null
  docker export "harness-test-tools-$$" >"$STATE-tools-$$.tar"
  docker rm "harness-test-tools-$$" >/dev/null
  tar --append --dereference --file "$STATE-tools-$$.tar" -C / --files-from <(printf '%s\n' "$files" | sed 's,^/,,')
  docker import --change 'ENV PATH=/usr/bin:/bin' --change 'CMD ["/bin/sh"]' - "$TOOLS_IMAGE" <"$STATE-tools-$$.tar" >/dev/null
  rm -f "$STATE-tools-$$.tar"
  say "made $TOOLS_IMAGE"
}

if ! answers || ! docker image inspect "$IMAGE" >/dev/null 2>&1; then
  install_missing
fi
# Nested file systems refuse overlay2; vfs is slow and works everywhere.
if ! answers && ! start_engine overlay2 && ! start_engine vfs; then
  tail -n 20 "$STATE"/*.log >&2
  say "no engine: see the log above" >&2
  exit 1
fi
make_image
make_tools_image
say "ready: engine $(docker version --format '{{.Server.Version}}'), images $IMAGE and $TOOLS_IMAGE"
