#!/bin/sh
# Every network, the bundled ones and those beside the checkout, planned for 3 images: each image has the
# bits of a network for one, in every way, in runs of 1, 2 and 3 images. Those that cannot be planned for 3
# stand in tests/fixed_batch.txt, with the node that says why. Prints TAP.
source=$(cd "${SNV2_SRCDIR:-.}" && pwd) || exit 1
build=$(cd "${SNV2_BUILDDIR:-.}" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

convert() { # MODEL OUTPUT [OPTION...]; a network whose size is left open gets one
    model=$1 output=$2
    shift 2
    "$build/snv2-convert" "$model" -o "$output" --quiet --no-verify "$@" 2>"$work/error"
    status=$?
    [ "$status" -ne 64 ] && return "$status"
    "$build/snv2-convert" "$model" -o "$output" --quiet --no-verify "$@" \
        --input-shape 1,3,96,160 2>"$work/error"
}

check() { # MODEL NAME
    node=$(awk -v name="$2" '$1 == name { print $2 }' "$source/tests/fixed_batch.txt")
    convert "$1" "$work/many.snv2" --batch 3
    status=$?
    if [ -n "$node" ]; then
        [ "$status" -eq 69 ] && grep -F "'$node'" "$work/error" >/dev/null && echo "$node"
    else
        [ "$status" -eq 0 ] && convert "$1" "$work/one.snv2" &&
            "$build/tests/run_every_way" "$work/many.snv2" "$work/one.snv2" 2>"$work/error"
    fi
}

number=0
for model in "$source"/models/*.onnx "${SNV2_SHARED:-$source/../shared}"/models/*/model.onnx; do
    [ -f "$model" ] || continue
    number=$((number + 1))
    name=${model##*/models/}
    name=${name%.onnx}
    name=${name%/model}
    if check "$model" "$name" >"$work/log"; then
        echo "ok $number - $name: $(tail -n 1 "$work/log")"
    else
        sed 's/^/# /' "$work/error"
        echo "not ok $number - $name"
    fi
done
echo "1..$number"
