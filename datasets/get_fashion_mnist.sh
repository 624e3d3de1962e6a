#!/bin/sh
# Brings the whole of Fashion-MNIST into datasets/fashion-mnist-full (`make data`).
# Taken, in this order, from: what is there already (upstream's files, put there by hand, count), Debian's package
# dataset-fashion-mnist, the same after installing it. Each of the four files is checked by SHA-256, wherever it is from.
set -u
cd "$(dirname "$0")/.." || exit 1
to=${1:-datasets/fashion-mnist-full}
package=dataset-fashion-mnist
installed=${FASHION_MNIST_DIR:-/usr/share/datasets/fashion-mnist}

# NAME, SHA-256 of upstream's file, SHA-256 of Debian's (the same content, packed without its name).
files='train-images-idx3-ubyte 3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84 b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7
train-labels-idx1-ubyte a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845 0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056
t10k-images-idx3-ubyte 346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073 cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa
t10k-labels-idx1-ubyte 67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5 8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05'

# check DIRECTORY: all four files are there with a known checksum; what is wrong is said.
check() {
    echo "$files" | {
        wrong=0
        while read -r name upstream debian; do
            file=$1/$name.gz
            sum=$(sha256sum "$file" 2>/dev/null | cut -d ' ' -f 1)
            case $sum in
            "$upstream" | "$debian") ;;
            '') echo "$file: not there" >&2; wrong=1 ;;
            *) echo "$file: SHA-256 $sum, expected $upstream or $debian" >&2; wrong=1 ;;
            esac
        done
        exit $wrong
    }
}

install_package() {
    command -v apt-get >/dev/null || return 1
    root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || return 1
        root=sudo
    fi
    $root apt-get install -y "$package" >&2
}

if [ -d "$to" ] && check "$to" 2>/dev/null; then
    echo "$to: all four files are there"
    exit 0
fi
if [ ! -d "$installed" ] && ! install_package; then
    echo "Fashion-MNIST is not here. On Debian or Ubuntu: sudo apt-get install $package && make data" >&2
    echo "elsewhere: put upstream's four .gz files into $to, and make data checks them" >&2
    [ -d "$to" ] && check "$to"
    exit 1
fi
check "$installed" || exit 1
mkdir -p "$to" || exit 1
for name in $(echo "$files" | cut -d ' ' -f 1); do
    cp "$installed/$name.gz" "$to/.$name.part" && mv "$to/.$name.part" "$to/$name.gz" || exit 1
done
check "$to" || exit 1
echo "$to: all four files copied from Debian's $package"
