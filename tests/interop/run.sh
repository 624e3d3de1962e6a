#!/usr/bin/env bash
# Runs each script in the environment of the framework it is about. usage: run.sh FOLDER_OF_PROGRAMS
# A script prints PASS and FAIL lines; one that dies counts as a failure. The last line counts.
set -u
cd "$(dirname "$0")/../.." || exit
export HORN_PROGRAMS=$1 TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 KERAS_BACKEND=tensorflow PYTHONDONTWRITEBYTECODE=1

passed=0 failed=0
check() { # VENV SCRIPT ARGUMENT...
    local output status bad files
    echo "== $2 ${*:3}"
    output=$(".venv/$1/bin/python" "tests/interop/$2" "${@:3}" 2>&1 </dev/null)
    status=$?
    bad=$(grep -c '^FAIL ' <<<"$output")
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
        echo "$output"
    else
        grep -E '^(PASS|FAIL) |^[a-z_]+ .* [0-9.]+$|^ +Keras| files, [0-9]+ problems$' <<<"$output"
    fi
    # check_rewritten_h5.py tells of failures, and else how many files it was about.
    files=$(sed -n 's/^.*: \([0-9]*\) files, 0 problems$/\1/p' <<<"$output")
    passed=$((passed + ${files:-0} + $(grep -c '^PASS ' <<<"$output"))) failed=$((failed + bad))
}

check keras2 steps.py
check keras2 schedules.py keras2
check keras3 schedules.py tf_keras
check keras3 schedules.py keras3
check keras2 model_h5.py keras2
check keras3 model_h5.py tf_keras
check keras3 model_h5.py keras3
check keras2 keras_zip.py keras2
check keras3 keras_zip.py tf_keras
check keras3 keras_zip.py keras3
check keras2 containers.py keras2
check keras3 containers.py keras3
check keras2 convert.py keras2
check keras3 convert.py tf_keras
check keras3 convert.py keras3
check keras2 parts.py keras2
check keras3 parts.py keras3
check keras2 every_class.py keras2
check keras3 every_class.py keras3
check keras2 formats.py keras2
check keras3 formats.py tf_keras
check keras3 formats.py keras3
check keras2 models_json.py keras2
check keras3 models_json.py keras3
check keras2 check_rewritten_h5.py keras2 "$1/tests/interop/rewrite"
check keras3 check_rewritten_h5.py tfkeras "$1/tests/interop/rewrite"
check keras3 check_rewritten_h5.py keras3 "$1/tests/interop/rewrite"
check keras2 layers.py keras2
check keras3 layers.py tf_keras
check keras3 layers.py keras3
check keras2 random_cnns.py keras2
check keras3 random_cnns.py keras3
check keras2 tf_checkpoint.py keras2
check keras3 tf_checkpoint.py tf_keras
check keras3 tf_checkpoint.py keras3
check keras2 tf_saver.py keras2
check keras3 tf_saver.py tf_keras
check keras2 frozen_graph.py keras2
check keras3 frozen_graph.py tf_keras
check keras3 frozen_graph.py keras3
check keras2 saved_model.py keras2
check keras3 saved_model.py tf_keras
check keras3 saved_model.py keras3
check keras2 custom_objects.py keras2
check keras3 custom_objects.py tf_keras
check keras3 custom_objects.py keras3
check keras2 checkpoint_moments.py
check keras2 tutorial_distribution.py
check keras2 cnn_accuracy.py
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
