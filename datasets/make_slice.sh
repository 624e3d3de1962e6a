#!/bin/sh
# Cuts the tutorial's slice out of the whole of Fashion-MNIST: the first 1024 training and 512 test images and labels.
# usage: datasets/make_slice.sh [FROM [TO]]; the same bytes each time, checked by SHA-256.
set -eu
cd "$(dirname "$0")"
from=${1:-fashion-mnist-full}
to=${2:-fashion-mnist}

# slice NAME MAGIC COUNT LENGTHS SAMPLE_BYTES: a new IDX header (octal), then the first COUNT samples behind the old one.
slice() {
    [ -r "$from/$1.gz" ] || { echo "$from/$1.gz: not there, make data brings it" >&2; exit 1; }
    header=$(($(printf %b "$4" | wc -c) + 8))
    {
        printf %b "$2$3$4"
        gzip -dc "$from/$1.gz" 2>/dev/null | tail -c "+$((header + 1))" | head -c "$5"
    } | gzip -n -9 >"$to/$1.gz.part"
    mv "$to/$1.gz.part" "$to/$1.gz"
}

images='\0\0\010\03' labels='\0\0\010\01' pixels='\0\0\0\034\0\0\0\034'
mkdir -p "$to"
slice train-images-idx3-ubyte "$images" '\0\0\04\0' "$pixels" $((1024 * 784))
slice train-labels-idx1-ubyte "$labels" '\0\0\04\0' '' 1024
slice t10k-images-idx3-ubyte "$images" '\0\0\02\0' "$pixels" $((512 * 784))
slice t10k-labels-idx1-ubyte "$labels" '\0\0\02\0' '' 512
sums=$PWD/fashion-mnist/SHA256SUMS
cd "$to" && sha256sum -c --quiet "$sums"
