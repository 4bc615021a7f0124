import { splitWords } from "./words.ts";

/**
 * Programs that never run an operand as a program or evaluate it as shell code, whatever it says; options that do are
 * known elsewhere. What is not named here is suspected where its arguments look like a command.
 */
export const PLAIN_PROGRAMS: ReadonlySet<string> = new Set(
  splitWords(`
    [ : ack actionlint addr2line ag airflow alembic alias ansible-lint apk apropos apt apt-cache apt-get apt-mark
    aptitude ar arch argocd as asciidoctor astro autopep8 awk aws az b2sum babel bandit base32 base64 basename bat bazel
    bc bg biome black break brew bundle bun bunzip2 buf bzip2 c++ cal cargo cat cc cd chattr chcon chgrp chmod chown
    cksum clang clang-format clang-tidy clang++ clear cloc cmake cmp code codesign column comm composer conda continue
    convert corepack cp cpio cpplint csplit ctags ctest curl cut cypress dart date db-migrate dbt dd declare deno df
    diff diff3 dig dircolors dirname dirs disown django-admin dmesg dnf doctl docker docker-compose doctest dotnet
    doxygen dpkg dpkg-query dropdb du echo egrep emacs esbuild eslint exit expand export expr factor false fc-list fd
    fdfind ffmpeg ffprobe fg fgrep file find firebase fish_indent flake8 flutter fmt fold free fresh fsck fuser g++ gcc
    gcloud gem getconf getent getopts gh git git-lfs glab gls gmake go gofmt golangci-lint goimports gpg gradle gradlew
    grep groupadd groups gsutil gulp gunzip gzip hadolint hash head heroku helm hexdump hg history host hostname htop
    http hugo hyprctl iconv id identify ifconfig info initdb install iostat ip isort java javac jest jobs join journalctl
    jq json jshint julia kill killall kind kotlinc kubectl kustomize last ldd ldconfig less let link lint-staged
    livereload ln local localectl locale locate log logger login logout logname look ls lsattr lsb_release lsblk lscpu
    lsmod lsof lspci lsusb lua luac lychee lz4 lzma magick make man mapfile markdownlint md5sum meson minikube mix mkdir
    mkdocs mkfifo mknod mktemp mocha more mount mpirun msgfmt mv mvn mvnw mypy mysqldump nano nc netlify netstat next ng
    ninja nl nm nmap node npm nproc nslookup nuget numfmt nvim nvm nx objcopy objdump od openssl otool pandoc parcel
    paste patch pathchk pdflatex pdftotext perl pg_dump pg_restore pgrep php phpcs phpstan phpunit pidof pinky ping pip
    pip3 pkg pkg-config pkill playwright pm2 pmap pnpm podman pod poetry popd pr pre-commit prettier printenv printf
    prisma protoc ps psql pstree ptx pulumi push_swap pushd pwd pwdx pylint pyright pytest python python2 python3 pyupgrade
    rails rake ranlib rbenv read readarray readelf readlink readonly realpath rebar3 redis-cli rename reset restic return
    rg rm rmdir rollup rsync rspec rubocop ruby ruff rustc rustfmt rustup sass sbt scp sed semgrep sentry-cli seq serve
    serverless service set sha1sum sha224sum sha256sum sha384sum sha512sum shellcheck shfmt shift shopt shred shuf size
    skaffold sleep snap snyk sort split sqlfluff sqlite3 ssh-add ssh-copy-id ssh-keygen ssh-keyscan stack stat storybook
    strings strip stty stylelint sum svelte-check svn swagger swift swiftc sync sysctl systemctl tac tail tailwindcss tar
    tee terraform test tesseract tic toe tofu tokei top touch tox tput tr tree trivy true truncate ts-node tsc tsort tsup
    tsx tty tty turbo twine type typeset typedoc ulimit umask umount unalias uname unexpand uniq unlink unset unzip
    updatedb uptime useradd usermod uv uvicorn vacuum vercel vi vim vite vitest vmstat vue-cli-service w wait wasm-pack
    wc webpack wget whatis whereis which who whoami wrangler x86_64-linux-gnu-gcc xcodebuild xcrun xmllint xxd xz yamllint
    yapf yarn yes yq yum zcat zdump zgrep zip zipinfo zsh_stats zstd
  `),
);
