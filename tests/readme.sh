#!/usr/bin/env bash
# Runs every command of README.md, in order, in a copy of the tree as a clone has it: after `make run`, a second time, and in a
# copy where other runs left checkpoints. Commands are the lines of blocks that begin with ```sh, and the lines "$ ..." of
# blocks that name no language.
# usage: readme.sh BUILD, the folder of the optimised build
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
work=$build/readme/clone
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS MAKELEVEL MFLAGS

commands() {
    awk '/^```/ { language = on || inside ? "" : substr($0, 4); inside = !inside; on = inside && language == "sh"
                  plain = inside && language == ""; next }
         on { print } plain && /^\$ / { print substr($0, 3) }' README.md
}

# What git has of it and a build needs, and what was built.
make_clone() {
    rm -rf "$work"
    mkdir -p "$work/$build" "$work/datasets"
    cp -a README.md Makefile .ci include src models checkpoints packaging "$work"
    find "$work/checkpoints" -mindepth 1 ! -name README.md -delete
    cp -a datasets/fashion-mnist datasets/*.sh "$work/datasets"
    cp -al "$build/src" "$build/libhorn.a" "$build"/{horn,train,evaluate,predict,convert,inspect} "$work/$build"
    awk '/^```c$/ { on = ++n == 1; next } /^```$/ { on = 0 } on' README.md >"$work/example.c"
}

# `make test` is what runs this.
make() { [ "$1" = test ] || command make B="$build" "$@"; }

run() { # COMMAND
    (cd "$work" && eval "$1") >"$work/output" 2>&1 </dev/null && return
    printf '%s: README.md says\n    %s\nwhich ends with:\n' "$2" "$1"
    tail -n 5 "$work/output"
    exit 1
}

run_all() { # WHEN
    while IFS= read -r line; do run "$line" "$1"; done < <(commands)
}

[ "$(commands | grep -c '^\./')" -ge 10 ] || { echo "no commands are found in README.md"; exit 1; }
make_clone
run 'make run' 'in a fresh clone'
run_all 'after make run'
run_all 'the second time'
make_clone
run 'make all' 'in a fresh clone'
for other in '--seed 5' '--optimizer adam --batch-size 64' '--seed 6 --checkpoint checkpoints/mlp/ckpt-{epoch:04d}' \
    '--model models/mlp.json' '--optimizer adam --epochs 4'; do
    run "./train --epochs 2 $other" 'where other runs are'
done
run_all 'where other runs left checkpoints'
