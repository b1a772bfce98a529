# Sourced by the install scripts: `debian PACKAGE…` installs what is missing, without starting services.

debian() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null; then
    echo "no apt-get here; please install: ${missing[*]}" >&2
    return 1
  fi
  local policy=/usr/sbin/policy-rc.d placed=
  # Debian starts a service as soon as it is installed, unless this file says no (101).
  if [ ! -e "$policy" ]; then
    placed=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  local code=0
  # The package lists of a fresh machine are empty or old: then once more with new ones.
  apt_install "${missing[@]}" || {
    as_root apt-get -q -o DPkg::Lock::Timeout=300 update
    apt_install "${missing[@]}"
  } || code=$?
  [ -z "$placed" ] || as_root rm -f "$policy"
  return "$code"
}

apt_install() {
  echo "installing $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}
