#!/bin/sh
# Makes .venv/keras2, .venv/keras3 and .venv/torch, which the tests against the real frameworks run in. One that is
# complete (it has its stamp, which holds what was asked for) stays as it is.
set -eu
cd "$(dirname "$0")/.."

make_venv() { # NAME FLAGS WHAT [ONE]: packages WHAT, then ONE without what it depends on
    folder=.venv/$1
    [ "$(cat "$folder/complete" 2>/dev/null)" != "$3 ${4-}" ] || return 0
    echo "making $folder" >&2
    # shellcheck disable=SC2086 # flags and packages are lists
    {
        /usr/bin/python3 -m venv $2 "$folder"
        [ -z "$3" ] || "$folder/bin/pip" install --quiet --disable-pip-version-check $3 >&2
        [ -z "${4-}" ] || "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps "$4" >&2
    }
    echo "$3 ${4-}" >"$folder/complete"
}

make_venv keras2 '' 'tensorflow-cpu==2.15.1 numpy<2'
make_venv keras3 '' 'tensorflow-cpu==2.21.0 keras==3.15.1 jax==0.10.2' 'tf_keras==2.21.0'
make_venv torch --system-site-packages 'numpy==1.24.2 onnx==1.16.2 onnxruntime==1.19.2 safetensors==0.4.5 torchfile==0.1.0 deepdish==0.3.7 tables==3.8.0'
