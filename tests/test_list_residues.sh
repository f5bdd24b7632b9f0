#!/bin/sh
# tools/list-residues: a row for each network, and its statuses. Prints TAP.
source=$(cd "${SNV2_SRCDIR:-.}" && pwd) || exit 1
build=$(cd "${SNV2_BUILDDIR:-.}" && pwd) || exit 1
python3 -c 'import concurrent.futures' 2>/dev/null || { echo "1..0 # SKIP no python3"; exit 0; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
list() {
    "$source/tools/list-residues" --build "$build" --reports "$work/reports" "$@" >"$work/out" 2>"$work/err"
}
result() { # result NUMBER STATUS WHAT
    [ "$2" -eq 0 ] || { sed 's/^/# /' "$work/out" "$work/err"; printf 'not '; }
    echo "ok $1 - $3"
}

echo 1..3
list "$source/models/digits.onnx" &&
    grep -qE '^\| `digits` \| 1 \| [0-9]+ \| [0-9]+ \| [01]\.[0-9]+ \| 0 \| 0 \| 0 \|$' "$work/out" &&
    grep -q '1 networks converted, 0 not' "$work/err"
result 1 $? "a network with nothing left"
sed 's/"copies":.*/"copies": [{"at": "node|a", "bytes": 2500, "reason": "why"}],/' "$work/reports/digits.json" >"$work/changed"
mv "$work/changed" "$work/reports/digits.json"
list "$source/models/digits.onnx" && grep -qF '| 1 | 2.5 kB | 0 |' "$work/out" &&
    grep -qF '| digits | copy | `node\|a` | 2.5 kB | why |' "$work/out"
result 2 $? "a copy, from the report that is there"
echo hostile >"$work/bad.onnx"
! list "$source/models/digits.onnx" "$work/bad.onnx" && grep -q 'bad: status 65' "$work/err" &&
    grep -q '1 networks converted, 1 not' "$work/err"
result 3 $? "a file that is no network"
