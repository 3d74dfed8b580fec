#!/usr/bin/env bash
# Runs the suites: the log, the job's page, annotations. Outputs: status, passed, failed. Inputs come by environment
# variables and are never read as shell.
set -uo pipefail

reports=$(mktemp -d "${RUNNER_TEMP:-/tmp}/vtlens.XXXXXX") || exit 2
trap 'rm -rf "$reports"' EXIT

args=(test --color always --report "json=$reports/tests.json")
if [ "${VTLENS_ANNOTATIONS:-}" = true ]; then args+=(--report "github=$reports/annotations"); fi
if [ "${VTLENS_SUMMARY:-}" = true ]; then args+=(--report "markdown=$reports/summary.md"); fi
if [ -n "${VTLENS_JUNIT:-}" ]; then args+=(--report "junit=$VTLENS_JUNIT"); fi
if [ -n "${VTLENS_SARIF:-}" ]; then args+=(--report "sarif=$VTLENS_SARIF"); fi
if [ -n "${VTLENS_API:-}" ]; then args+=("--api=$VTLENS_API"); fi
if [ -n "${VTLENS_COVERAGE_MIN:-}" ]; then args+=("--coverage-min=$VTLENS_COVERAGE_MIN"); fi
while IFS= read -r word; do
  if [ -n "$word" ]; then args+=("$word"); fi
done <<<"${VTLENS_ARGS:-}"
args+=(--)
while IFS= read -r path; do
  if [ -n "$path" ]; then args+=("$path"); fi
done <<<"${VTLENS_PATH:-}"

# Names in suites are printed: no line of them may be a workflow command.
token=vtlens-$RANDOM$RANDOM$RANDOM$RANDOM
printf '::stop-commands::%s\n' "$token"
"$VTLENS" "${args[@]}"
code=$?
printf '\n::%s::\n' "$token"

case $code in
  0) status=passed ;;
  1) status=failed ;;
  3) status=undecided ;;
  *) status=unusable ;;
esac

count() { # count NAME: a number of the whole run
  sed -n "s/^  \"$1\": \([0-9][0-9]*\),\{0,1\}\$/\1/p" "$reports/tests.json" 2>/dev/null
}
{
  printf 'status=%s\n' "$status"
  printf 'passed=%s\n' "$(count passed)"
  printf 'failed=%s\n' "$(count failed)"
} >>"$GITHUB_OUTPUT"

if [ -f "$reports/annotations" ]; then cat "$reports/annotations"; fi
if [ -f "$reports/summary.md" ]; then cat "$reports/summary.md" >>"$GITHUB_STEP_SUMMARY"; fi
if [ "$status" = unusable ]; then
  printf '::error title=vtlens::the suites could not be run: the log of this step says why\n'
fi
exit "$code"
