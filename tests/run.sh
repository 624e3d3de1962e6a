#!/usr/bin/env bash
# Runs the test programs named as arguments, the checks of the tree itself and README's examples. HORN_PROGRAMS is the
# folder they were built in. Shows what failed; the last line counts.
set -u
cd "$(dirname "$0")/.." || exit
# Kernels that somebody chose by hand are slower, and the programs say so where tests expect no line.
unset "${!OPENBLAS_@}"

passed=0 failed=0
count() { # NAME PASSED FAILED OUTPUT
    passed=$((passed + $2)) failed=$((failed + $3))
    printf '%-44s %4d passed' "$1" "$2"
    if [ "$3" -gt 0 ]; then printf ', %d failed\n%s\n' "$3" "$4"; else printf '\n'; fi
}

# As many at a time as there are cores; shown in the order in which they were named.
folder=$(mktemp -d) || exit
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$folder"' EXIT
export folder
# shellcheck disable=SC2016 # the inner shell's variables
run='to=$folder/${1//\//_}; "$1" >"$to.output" 2>&1 </dev/null; echo $? >"$to.ended"; mv "$to.ended" "$to.status"'
printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" bash -c "$run" test &
runner=$!
for test in "$@"; do
    from=$folder/${test//\//_}
    while [ ! -e "$from.status" ] && kill -0 "$runner" 2>/dev/null; do sleep 0.05; done
    output=$(cat "$from.output")
    status=$(cat "$from.status" 2>/dev/null || echo 1)
    # Check's line: "95%: Checks: 20, Failures: 1, Errors: 0"
    read -r checks bad < <(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2+\3/p' \
        <<<"$output" | tail -n 1)
    bad=$((${bad:-0}))
    if [ -z "${checks:-}" ]; then checks=1 bad=1; fi           # it died before Check could count
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi # ... or after
    count "tests/${test#*/tests/}" "$((checks - bad))" "$bad" "$output"
    unset checks bad
done
readme() { tests/readme.sh "$HORN_PROGRAMS"; } # of the optimised build, which README speaks of
install() { tests/check_install.sh "$HORN_PROGRAMS"; }
checks=(tests/check_includes.sh tests/check_headers.sh tests/check_ignored.sh)
[ "${HORN_PROGRAMS%/release}" = "$HORN_PROGRAMS" ] || checks+=(readme install)
for check in "${checks[@]}" "$HORN_PROGRAMS/readme/example" "$HORN_PROGRAMS/readme/custom_layer"; do
    if output=$("$check" 2>&1); then count "${check#"$HORN_PROGRAMS/"}" 1 0 ''; else count "$check" 0 1 "$output"; fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
