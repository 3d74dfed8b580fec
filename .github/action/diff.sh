#!/usr/bin/env bash
# Who gained or lost access since a revision, on the job's page. Output: flipped.
set -uo pipefail

fail() { # fail MESSAGE
  printf '::error title=vtlens diff::%s\n' "$1"
  exit 2
}

git rev-parse --verify --quiet --end-of-options "$VTLENS_BASE^{commit}" >/dev/null ||
  fail 'the revision that diff-base names is not in this checkout: give actions/checkout fetch-depth: 0'

report=$(mktemp "${RUNNER_TEMP:-/tmp}/vtlens.XXXXXX") || exit 2
trap 'rm -f "$report"' EXIT

# From where both parted: what the base has got since is none of this branch's doing.
args=(diff --format markdown --output "$report" "--git=$VTLENS_BASE...HEAD")
while IFS= read -r word; do
  if [ -n "$word" ]; then args+=("$word"); fi
done <<<"${VTLENS_DIFF_ARGS:-}"

# Names of the API are printed: no line of them may be a workflow command.
token=vtlens-$RANDOM$RANDOM$RANDOM$RANDOM
printf '::stop-commands::%s\n' "$token"
"$VTLENS" "${args[@]}" -- "${VTLENS_DIFF_PATH:-.}"
code=$?
printf '\n::%s::\n' "$token"

case $code in
  0) flipped=false ;;
  1) flipped=true ;;
  *) fail 'the builds could not be compared: the log of this step says why' ;;
esac
printf 'flipped=%s\n' "$flipped" >>"$GITHUB_OUTPUT"
cat "$report" >>"$GITHUB_STEP_SUMMARY"
if [ "$flipped" = true ] && [ "${VTLENS_DIFF_FAIL:-}" = true ]; then
  printf '::error title=vtlens diff::somebody gained or lost access: the summary of the job says who\n'
  exit 1
fi
