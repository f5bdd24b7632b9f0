#!/bin/sh
# Blobs and outputs of the bundled networks have the bits that tests/same_bits.sha256 stands for,
# whatever compiler made the programs and whatever kernels run: the best ones, and the reference.
# `make golden` renews the list. Prints TAP.
source=$(cd "${SNV2_SRCDIR:-.}" && pwd) || exit 1
build=$(cd "${SNV2_BUILDDIR:-.}" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

echo "1..2"
compare() { # compare NUMBER WHAT: converts, runs, and compares with the list
    if "$source/tools/convert-bundled" "$build" "$work/$1" >"$work/log" 2>&1 &&
        (cd "$work/$1" && sha256sum -- *) |
        diff "$source/tests/same_bits.sha256" - >>"$work/log"; then
        echo "ok $1 - $2"
    else
        sed 's/^/# /' "$work/log"
        echo "not ok $1 - $2"
    fi
}
compare 1 "with the best kernels of this processor"
SNV2_CPU=ref
export SNV2_CPU
compare 2 "with the reference kernels"
