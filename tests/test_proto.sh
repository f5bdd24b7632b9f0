#!/bin/sh
# Every field of proto/onnx.proto that the schema of libonnx-dev has too is the same there: number,
# label and type. Prints TAP.
ours="${SNV2_SRCDIR:-.}/proto/onnx.proto"
theirs=${ONNX_PROTO:-/usr/include/onnx/onnx.proto}
echo "1..1"
if [ ! -f "$theirs" ]; then
    echo "ok 1 - # SKIP no $theirs: install libonnx-dev"
    exit 0
fi

# "Message.field label type number" for each field; a field of a oneof is optional.
fields() {
    sed -e 's://.*::' "$1" | tr '\n' ' ' | sed -e 's/\[[^]]*\]//g' -e 's/[{;}]/ & /g' -e 's/;/;\n/g' \
        -e 's/{/{\n/g' -e 's/}/}\n/g' | awk '
        $1 == "message" || $1 == "enum" || $1 == "oneof" { depth++; kind[depth] = $1; name[depth] = $2; next }
        $1 == "}" { depth--; next }
        kind[depth] == "enum" || !/=.*;/ { next }
        {
            label = "optional"
            first = 1
            if ($1 == "optional" || $1 == "repeated" || $1 == "required") { label = $1; first = 2 }
            message = kind[depth] == "oneof" ? name[depth - 1] : name[depth]
            if ($first != "reserved" && $(first + 2) == "=")
                print message "." $(first + 1), label, $first, $(first + 3)
        }' | sort
}

# Ours that theirs contradicts: a field of that name, or of that message and number, that differs.
different=$({ fields "$theirs"; echo --; fields "$ours"; } | awk '
    $1 == "--" { second = 1; next }
    { split($1, part, "."); place = part[1] " " $4 }
    !second { by_name[$1] = $0; by_number[place] = $0; next }
    ($1 in by_name) && by_name[$1] != $0 { print "# " $0 " is " by_name[$1]; next }
    !($1 in by_name) && (place in by_number) { print "# " $0 " is " by_number[place] }
    ($1 in by_name) { same++ }
    END { if (same < 60) print "# only " same + 0 " fields compared" }')
if [ -z "$different" ]; then
    echo "ok 1 - onnx.proto agrees with libonnx-dev"
else
    echo "not ok 1 - onnx.proto agrees with libonnx-dev"
    echo "$different"
    exit 1
fi
