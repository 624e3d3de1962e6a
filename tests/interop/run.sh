#!/usr/bin/env bash
# Runs each script in the environment of the framework it is about, as many at a time as there are cores.
# usage: run.sh FOLDER_OF_PROGRAMS
# A script prints PASS and FAIL lines; one that dies counts as a failure. The last line counts.
set -u
cd "$(dirname "$0")/../.." || exit
export HORN_PROGRAMS=$1 TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 KERAS_BACKEND=tensorflow PYTHONDONTWRITEBYTECODE=1

# The longest first: VENV SCRIPT ARGUMENT...
scripts="
keras2 every_class.py keras2
keras3 every_class.py keras3
keras2 formats.py keras2
keras3 formats.py tf_keras
keras3 formats.py keras3
keras2 keras_zip.py keras2
keras3 keras_zip.py tf_keras
keras3 keras_zip.py keras3
keras2 convert.py keras2
keras3 convert.py tf_keras
keras3 convert.py keras3
keras2 tf_checkpoint.py keras2
keras3 tf_checkpoint.py tf_keras
keras3 tf_checkpoint.py keras3
keras2 containers.py keras2
keras3 containers.py keras3
keras2 parts.py keras2
keras3 parts.py keras3
keras2 random_cnns.py keras2
keras3 random_cnns.py keras3
keras2 cnn_accuracy.py
keras2 saved_model.py keras2
keras3 saved_model.py tf_keras
keras3 saved_model.py keras3
keras2 frozen_graph.py keras2
keras3 frozen_graph.py tf_keras
keras3 frozen_graph.py keras3
keras2 custom_objects.py keras2
keras3 custom_objects.py tf_keras
keras3 custom_objects.py keras3
keras2 tf_saver.py keras2
keras3 tf_saver.py tf_keras
keras2 checkpoint_moments.py
keras2 tutorial_distribution.py
keras2 layers.py keras2
keras3 layers.py tf_keras
keras3 layers.py keras3
keras2 model_h5.py keras2
keras3 model_h5.py tf_keras
keras3 model_h5.py keras3
keras2 models_json.py keras2
keras3 models_json.py keras3
keras2 check_rewritten_h5.py keras2 $1/tests/interop/rewrite
keras3 check_rewritten_h5.py tfkeras $1/tests/interop/rewrite
keras3 check_rewritten_h5.py keras3 $1/tests/interop/rewrite
keras2 schedules.py keras2
keras3 schedules.py tf_keras
keras3 schedules.py keras3
keras2 steps.py
"

# Prints what a script said, and leaves its two counts in the file $counts.
run() { # VENV SCRIPT ARGUMENT...
    local output status passed failed files start=$SECONDS
    output=$(".venv/$1/bin/python" "tests/interop/$2" "${@:3}" 2>&1 </dev/null)
    status=$?
    failed=$(grep -c '^FAIL ' <<<"$output")
    if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
        failed=1
    else
        output=$(grep -E '^(PASS|FAIL) |^[a-z_]+ .* [0-9.]+$|^ +Keras| files, [0-9]+ problems$' <<<"$output")
    fi
    # check_rewritten_h5.py tells of failures, and else how many files it was about.
    files=$(sed -n 's/^.*: \([0-9]*\) files, 0 problems$/\1/p' <<<"$output")
    passed=$((${files:-0} + $(grep -c '^PASS ' <<<"$output")))
    (
        flock 9
        printf '== %s %s (%s): %d passed, %d failed, %d s\n%s\n' "$2" "${*:3}" "$1" "$passed" "$failed" $((SECONDS - start)) "$output"
        echo "$passed $failed" >>"$counts"
    ) 9>"$counts.lock"
}

counts=$(mktemp)
trap 'rm -f "$counts" "$counts.lock"' EXIT
export counts
export -f run
# shellcheck disable=SC2016 # expanded by the inner shell
xargs -P "$(nproc)" -L 1 bash -c 'run "$@"' run <<<"$(grep . <<<"$scripts")"
awk -v scripts="$(grep -c . <<<"$scripts")" '{ passed += $1; failed += $2; ran++ }
    END { failed += scripts - ran; printf "%d passed, %d failed\n", passed, failed; exit failed > 0 }' "$counts"
