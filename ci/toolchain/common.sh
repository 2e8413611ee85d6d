# Shared by ci/toolchain.sh and its steps: where things lie, how they are fetched and finished.
# Sourced, never run.
#
#   cache   ${MEJIT_CACHE:-${XDG_CACHE_HOME:-~/.cache}/mejit}: downloads/ and one folder per built
#           thing, named by a key of its inputs, so that several checkouts share them
#   links   build/toolchain/NAME in the checkout: a symlink into the cache, what CMake reads
#
# A thing is built in NAME.partial and renamed when it is complete; a download is checked against
# lock.txt before it gets its final name. So an interrupted run is simply run again.
set -euo pipefail

toolchain_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(cd "$toolchain_dir/../.." && pwd)
cache=${MEJIT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mejit}
downloads=$cache/downloads
links=$checkout/build/toolchain
jobs=${MEJIT_JOBS:-$(nproc)}
python=${MEJIT_PYTHON:-python3}
mkdir -p "$downloads" "$links"
if [ -x "$links/node/bin/node" ]; then PATH=$links/node/bin:$PATH; fi

# For downloads on their way; gone when the step ends, however it ends.
scratch=$(mktemp -d "$cache/scratch.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

say() { printf '    %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# lock_row PACKAGE: sets lock_version, lock_file, lock_sha256.
lock_row() {
  local row
  row=$(awk -v p="$1" '$1 !~ /^#/ && $2 == p' "$toolchain_dir/lock.txt")
  [ -n "$row" ] || fail "$1 is not in ci/toolchain/lock.txt"
  read -r _ _ lock_version lock_file lock_sha256 <<<"$row"
}

# fetch_npm PACKAGE: the pinned package is at $downloads/$lock_file afterwards. PACKAGE@MAJOR is a second
# version of one package.
fetch_npm() {
  lock_row "$1"
  if [ -e "$downloads/$lock_file" ]; then return; fi
  say "fetching $1 $lock_version"
  (cd "$scratch" && npm pack --silent --cache "$cache/npm" "${1%@[0-9]*}@$lock_version" >/dev/null) ||
    fail "npm could not fetch $1@$lock_version"
  adopt "$scratch/$lock_file" "$lock_sha256"
}

# fetch_pypi PACKAGE PYTHON_VERSION: likewise, a wheel.
fetch_pypi() {
  lock_row "$1"
  if [ -e "$downloads/$lock_file" ]; then return; fi
  say "fetching $1 $lock_version"
  "$checkout/build/venv/bin/pip" --disable-pip-version-check download --quiet --no-deps --no-cache-dir \
    --only-binary :all: --python-version "$2" -d "$scratch" "$1==$lock_version" ||
    fail "pip could not fetch $1==$lock_version"
  adopt "$scratch/$lock_file" "$lock_sha256"
}

# adopt FILE SHA256: moves a checked download to $downloads.
adopt() {
  local actual
  actual=$(sha256sum "$1" | cut -d' ' -f1)
  [ "$actual" = "$2" ] || fail "$(basename "$1") has sha256 $actual, the lock file says $2"
  mv "$1" "$downloads/"
}

# key WORD...: a short name for a set of inputs; a word @FILE stands for the file's content.
key() {
  local word
  for word in "$@"; do
    case $word in
      @*) cat "${word#@}" ;;
      *) printf '%s\n' "$word" ;;
    esac
  done | sha256sum | cut -c1-12
}

# finished DIR: true when an earlier run completed DIR.
finished() { [ -e "$1/.finished" ]; }

# begin DIR: an empty DIR.partial to build in (kept between runs when a second argument is given).
begin() {
  if [ -z "${2:-}" ]; then rm -rf "$1.partial"; fi
  mkdir -p "$1.partial"
}

# finish DIR: DIR.partial is complete.
finish() {
  touch "$1.partial/.finished"
  rm -rf "$1"
  mv "$1.partial" "$1"
}

# link NAME DIR: build/toolchain/NAME points to DIR.
link() { ln -sfn "$2" "$links/$1"; }

# debian_fetch SUITE HOW DIR PACKAGE...: the packages as DIR/*.deb; HOW is `alone`, or `closure` for
# everything they need too. Goes through a private apt state: signatures are checked, the system's
# own package state is neither read nor changed.
debian_fetch() {
  local suite=$1 how=$2 dir=$3 state mirror trust
  shift 3
  command -v apt-get >/dev/null || fail "apt-get is needed to fetch Debian packages"
  mirror=${MEJIT_DEBIAN_MIRROR:-$(configured_debian_mirror | head -n 1)}
  [ -n "$mirror" ] || fail "no Debian mirror is configured; name one in MEJIT_DEBIAN_MIRROR"
  trust=signed-by=/usr/share/keyrings/debian-archive-keyring.gpg
  state=$scratch/apt
  mkdir -p "$state"/{lists/partial,cache/archives/partial,preferences} "$dir"
  : >"$state/status"
  echo "deb [$trust] $mirror $suite main" >"$state/sources.list"
  cat >"$state/apt.conf" <<X
Dir::State "$state"; Dir::State::status "$state/status"; Dir::Cache "$state/cache";
Dir::Etc::sourcelist "$state/sources.list"; Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "$state/preferences";
Acquire::Languages "none"; Acquire::Retries "3";
APT::Install-Recommends "false"; APT::Sandbox::User "";
X
  (
    export APT_CONFIG=$state/apt.conf
    apt-get -qq update
    if [ "$how" = closure ]; then
      apt-get -qq -y --download-only install "$@" >/dev/null
      mv "$state"/cache/archives/*.deb "$dir/"
    else
      cd "$dir"
      apt-get -qq download "$@"
    fi
  ) || fail "apt could not fetch $* from Debian $suite"
}

configured_debian_mirror() {
  cat /etc/apt/sources.list.d/*.sources 2>/dev/null |
    awk '$1 == "URIs:" && /debian/ && !/security/ { print $2; exit }'
  awk '$1 == "deb" && $2 !~ /security/ && $2 ~ /debian/ { print $2; exit }' \
    /etc/apt/sources.list 2>/dev/null || true
}

# said_version PACKAGE ACTUAL: says so when Debian has moved on from the tested version.
said_version() {
  lock_row "$1"
  case $2 in
    "$lock_version"*) ;;
    *) say "note: Debian now has $1 $2; $lock_version is the tested version" ;;
  esac
}
