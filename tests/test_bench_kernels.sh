#!/bin/sh
# bench/kernels: one round over every layer. Prints TAP.
build=$(cd "${SNV2_BUILDDIR:-.}" && pwd) || exit 1
[ -x "$build/bench/kernels" ] || { echo "Bail out! bench/kernels is not built: make bench"; exit 1; }
table=$(mktemp) || exit 1
trap 'rm -f "$table"' EXIT

number=0
expect() { # expect WHAT TEST...: whether the test command succeeds
    number=$((number + 1))
    what=$1
    shift
    if "$@"; then
        echo "ok $number - $what"
    else
        sed 's/^/# /' "$table"
        echo "not ok $number - $what"
    fi
}
# Of 100 * multiply-adds / time / peak, a width's row has the best time in microseconds and the result.
has_figures() {
    awk -F'|' '/all layers/ { rows++; bad += !($9 > 0 && $10 > 0) }
        END { exit !(rows == 4 && bad == 0) }' "$table"
}

"$build/bench/kernels" 1 >"$table"
expect "a round runs" [ $? -eq 0 ]
expect "all four widths, with a time and a part of the peak" has_figures
expect "every kind of layer" [ "$(grep -cE 'x1.0 \| (first|pointwise|depthwise|max|global|fully)' "$table")" -eq 23 ]
"$build/bench/kernels" none >"$table" 2>&1
expect "a number that is none" [ $? -eq 64 ]
echo "1..$number"
