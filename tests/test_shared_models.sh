#!/bin/sh
# torchvision's ShuffleNet V2 in the spellings of its exporters, where these networks stand beside
# the checkout: each becomes the same commands, and computes what is stored with it. Prints TAP.
convert=$(cd "${SNV2_BUILDDIR:-.}" && pwd)/snv2-convert
models=${SNV2_SHARED:-../shared}/models
names='tv_snv2_x0_5_op11 tv_snv2_x0_5_op11_constnodes tv_snv2_x0_5_op11_external
tv_snv2_x0_5_op11_ir3_initinputs tv_snv2_x0_5_op16_nofold_bn tv_snv2_x0_5_op17_dynNHW_nofold_bn
tv_snv2_x0_5_op9_nofold_bn tv_snv2_x1_0_op13 tv_snv2_x1_0_op17_nofold_bn'

[ -d "$models" ] || { echo "1..0 # SKIP no networks beside the checkout"; exit 0; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

number=0
for name in $names; do
    number=$((number + 1))
    "$convert" "$models/$name/model.onnx" -o "$work/model.snv2" \
        --verify-data "$models/$name/test_data_set_0" >"$work/report" 2>&1
    status=$?
    missing=
    for line in '^Conv +[0-9]+ +56$' '^MaxPool +1 +1$' '^GlobalAveragePool .* 1$' \
        '^Gemm .* 1$' '^all nodes, commands .* 59$' '^data moved .* 0 B$' '^copies: none$' \
        ': 13 units, 3 stage openings, 1 stem, 1 tail$' '^output .* passed$'; do
        grep -qE "$line" "$work/report" || missing="$missing '$line'"
    done
    if [ $status -eq 0 ] && [ -z "$missing" ]; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name: status $status, not in the report:$missing"
        sed 's/^/# /' "$work/report"
    fi
done
echo "1..$number"
