#!/usr/bin/env bash
# The house rules of src/, as includes: a file includes only its own top folder and top folders on lower floors. Inside a
# top folder, a subfolder includes itself, the files of the top folder and the subfolders that are listed for it. Programs
# include only <horn/...> and each other, and each library from outside is included in one place.
# usage: check_includes.sh [SRC]; first it proves on made-up trees that it finds what it looks for.
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A floor=([base]=0 [tensor]=1 [config]=1 [codecs]=1 [snapshot]=2 [functions]=2 [data]=3 [layers]=3 [losses]=3
    [optimizers]=3 [metrics]=3 [formats]=3 [model]=4 [callbacks]=5 [programs]=6)
# What a subfolder may include beside itself and the files of its top folder, which include no subfolder.
declare -A beside=([base/files]='' [config/yaml]='' [callbacks/tensorboard]='' [codecs/hdf5]='' [codecs/pickle]='' [codecs/tensorflow]='' [codecs/zip]='' [codecs/torch7]=''
    [tensor/products]='' [tensor/images]='products'
    [layers/core]='' [layers/convolutions]='' [layers/pooling]='' [layers/images]='' [layers/noise]='' [layers/normalizing]='' [layers/custom]='' [layers/recurrent]='nested' [layers/nested]='' [layers/merging]='' [layers/operations]='' [layers/attention]=''
    [losses/crossentropies]='' [losses/regression]='' [losses/hinges]='' [metrics/confusions]='' [metrics/accuracies]=''
    [formats/keras]='keras_nodes' [formats/keras_nodes]='' [formats/keras_training]='keras' [formats/keras_h5]='keras keras_training'
    [formats/keras_zip]='keras keras_training keras_h5' [formats/tensorflow]='keras keras_training' [formats/chains]='keras'
    [formats/graph_nodes]='tensorflow' [formats/graphs]='keras tensorflow chains' [formats/frozen_graph]='keras tensorflow chains graphs graph_nodes' [formats/meta_graph]='tensorflow graphs'
    [formats/saved_model]='keras keras_training tensorflow graphs graph_nodes meta_graph' [formats/onnx_nodes]='' [formats/onnx]='chains onnx_nodes' [formats/tflite]='chains' [formats/c_source]=''
    [formats/torch]='keras' [formats/torch_files]='keras keras_training torch' [formats/deepdish]='torch'
    [formats/torch7]='torch torch_files' [formats/numpy]='keras'
    [model/plan]='' [model/step]='plan' [model/train]='plan step' [model/build]='plan step train' [model/files]='plan train' [model/look]='files'
    [programs/shared]='' [programs/training]='shared')
# What a top folder may include on its own floor.
declare -A same_floor=([metrics]='losses')
doors='^(hdf5[a-z_]*\.h codecs/hdf5/[a-z_0-9]*\.[ch]|cjson/.* config/.*|cJSON.* config/.*|yaml\.h config/.*|snappy.* codecs/tensorflow/table\.c|(cblas|openblas_config)\.h tensor/products/gemm\.c)$'

# The same top folder.
judge_subfolders() {
    local from=${1%/*} to=${2%/*}
    if [[ "$from" == */* && -z "${beside[$from]+listed}" ]]; then echo "$1: the folder '$from' is in no list"; fi
    if [ "$from" = "$to" ] || [[ "$to" != */* && "$from" == */* ]]; then return; fi
    if [[ "$from" = programs && "$to" = programs/* ]]; then return; fi
    [[ " ${beside[$from]-} " == *" ${to#*/} "* ]] || echo "$1: includes $2; $from may not see $to"
}

# FILE (below src), INCLUDED: says why it is wrong, if it is.
judge() {
    local from=${1%%/*} to=${2%%/*}
    [ -n "${floor[$from]-}" ] || { echo "$1: the folder '$from' has no floor"; return; }
    case $2 in
    horn/*) return ;;
    *hdf5* | *cJSON* | *cjson* | yaml.h | snappy* | cblas.h | openblas*)
        if [[ "$2" != */* || "$2" == cjson/* ]]; then
            [[ "$2 $1" =~ $doors ]] || echo "$1: includes $2, which has a door of its own"
            return
        fi
        ;;
    esac
    [ -n "${floor[$to]-}" ] || return 0 # a system header
    if [ "$from" = "$to" ]; then
        judge_subfolders "$1" "$2"
    elif [ "$from" = programs ]; then
        echo "$1: includes $2; programs see only <horn/...>"
    elif [ "${floor[$to]}" -ge "${floor[$from]}" ] && [[ " ${same_floor[$from]-} " != *" $to "* ]]; then
        echo "$1: includes $2; floor ${floor[$from]} may not see floor ${floor[$to]}"
    fi
}

check() { # SRC
    (cd "$1" && grep -rHE '^[[:space:]]*#[[:space:]]*include' --include='*.[ch]' .) |
        sed -nE 's|^\./([^:]*):[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]([^>"]*)[>"].*|\1 \2|p' |
        while read -r file included; do judge "$file" "$included"; done
}

prove() { # FILE INCLUDED WRONG|RIGHT
    local found
    found=$(judge "$1" "$2")
    if [ "$3" = wrong ] && [ -z "$found" ] || [ "$3" = right ] && [ -n "$found" ]; then
        echo "check_includes.sh is broken: $1 with $2 must be $3; it says: $found"
        exit 1
    fi
}
prove base/a.c model/model.h wrong
prove layers/a.c losses/loss.h wrong
prove losses/a.c metrics/metric.h wrong
prove tensor/a.h config/config.h wrong
prove programs/train.c base/status.h wrong
prove attic/a.c base/status.h wrong
prove model/a.c hdf5.h wrong
prove formats/a.c cjson/cJSON.h wrong
prove formats/a.c yaml.h wrong
prove tensor/elementwise.c cblas.h wrong
prove codecs/tensorflow/tensor_bundle.c snappy-c.h wrong
prove formats/keras/a.c formats/graphs/graph.h wrong
prove formats/format.h formats/keras/dialect.h wrong
prove formats/attic/a.c formats/format.h wrong
prove model/plan/a.c callbacks/a.h wrong
prove programs/shared/a.c base/status.h wrong
prove layers/a.c layers/layer.h right
prove metrics/a.c losses/loss.h right
prove layers/a.c tensor/tensor.h right
prove formats/a.c codecs/hdf5/file.h right
prove formats/graphs/a.c formats/keras/dialect.h right
prove formats/graphs/a.c formats/format.h right
prove programs/train.c horn/model.h right
prove programs/train.c programs/shared/options.h right
prove codecs/hdf5/file.c hdf5.h right
prove config/config.c cjson/cJSON.h right
prove tensor/products/gemm.c cblas.h right
made_up=$(mktemp -d)
trap 'rm -rf "$made_up"' EXIT
mkdir "$made_up/base"
printf ' #  include "model/model.h" // up\n' >"$made_up/base/a.c"
[ "$(check "$made_up" | wc -l)" -eq 1 ] || { echo 'check_includes.sh is broken: it overlooks an include'; exit 1; }

found=$(check "${1:-src}")
[ -z "$found" ] || { echo "$found"; exit 1; }
