#!/usr/bin/env bash
# Fuzzes each reader for FUZZ_SECONDS (10); FUZZ_READERS names some of them. Shows executions and coverage; what is found stays
# in the fuzzer's folder, and what reaches new code too, for the next run.
# usage: run.sh FUZZER
set -u
cd "$(dirname "$0")/../.." || exit

fuzzer=$1 folder=$(dirname "$1") seconds=${FUZZ_SECONDS:-10}
shm=/dev/shm
[ -w "$shm" ] || shm=/tmp
TMPDIR=$(mktemp -d "$shm/horn-fuzz-XXXXXX") || exit
export TMPDIR UBSAN_OPTIONS=print_stacktrace=1
trap 'rm -rf "$TMPDIR"' EXIT
readers=${FUZZ_READERS:-$(HORN_READER='' "$fuzzer" 2>&1 | sed 's/.*one of //')}

passed=0 failed=0
for reader in $readers; do
    export HORN_READER=$reader
    corpus=$folder/corpus/$reader found=$folder/found log=$folder/$reader.log most=160
    [ "$reader" = frozen-graph ] && most=320 # a constant may stand for many weights, up to a bound
    mkdir -p "$corpus" "$found"
    "$fuzzer" --seeds "$corpus" || exit
    folders=("$corpus")
    [ -d "tests/fuzz/corpus/$reader" ] && folders+=("tests/fuzz/corpus/$reader")
    if nice "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=$most -dict=tests/fuzz/words \
        -print_final_stats=1 -artifact_prefix="$found/$reader-" "${folders[@]}" >"$log" 2>&1; then
        passed=$((passed + 1)) result=passed
    else
        failed=$((failed + 1)) result=FAILED
    fi
    read -r cover features < <(sed -n 's/^#.* cov: \([0-9]*\) ft: \([0-9]*\) .*/\1 \2/p' "$log" | tail -n 1)
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    printf '%-18s %9d executions, %6d edges, %6d features  %s\n' "$reader" "${runs:-0}" "${cover:-0}" "${features:-0}" "$result"
    [ $result = passed ] || grep -v '^#' "$log" | tail -n 40
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
