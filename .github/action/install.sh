#!/usr/bin/env bash
# Finds vtlens or builds it from the action's own sources. Output: bin.
set -euo pipefail

fail() { # fail MESSAGE
  printf '::error title=vtlens::%s\n' "$1"
  exit 2
}

bin=${VTLENS_BIN:-}
if [ -z "$bin" ]; then
  root=${RUNNER_TEMP:?}/vtlens
  bin=$root/bin/vtlens
  # A job may use the action twice.
  if ! [ -x "$bin" ]; then
    command -v cargo >/dev/null ||
      fail 'building vtlens needs Rust: install it in a step before, or give a built vtlens as the input bin'
    cargo install --locked --path "$GITHUB_ACTION_PATH" --root "$root"
  fi
elif ! command -v -- "$bin" >/dev/null; then
  fail 'the input bin names no program'
else
  # The next steps may run in another folder.
  case $bin in
    /* | [A-Za-z]:*) ;;
    */*) bin=$PWD/$bin ;;
  esac
fi
printf 'bin=%s\n' "$bin" >>"$GITHUB_OUTPUT"
