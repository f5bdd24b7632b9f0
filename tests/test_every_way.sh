#!/bin/sh
# Every network, the bundled ones and those beside the checkout, has the same bits on every instruction
# set, on 1 to 3 threads, with units as one and not. Prints TAP.
source=$(cd "${SNV2_SRCDIR:-.}" && pwd) || exit 1
build=$(cd "${SNV2_BUILDDIR:-.}" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

convert() { # a network whose size is left open gets one
    set -- "$1" -o "$work/model.snv2" --quiet --no-verify
    "$build/snv2-convert" "$@" || "$build/snv2-convert" "$@" --input-shape 1,3,96,160
}

number=0
for model in "$source"/models/*.onnx "${SNV2_SHARED:-$source/../shared}"/models/*/model.onnx; do
    [ -f "$model" ] || continue
    number=$((number + 1))
    if convert "$model" >"$work/log" 2>&1 &&
        "$build/tests/run_every_way" "$work/model.snv2" >>"$work/log" 2>&1; then
        echo "ok $number - ${model##*/models/}: $(tail -n 1 "$work/log")"
    else
        sed 's/^/# /' "$work/log"
        echo "not ok $number - ${model##*/models/}"
    fi
done
echo "1..$number"
