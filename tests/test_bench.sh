#!/bin/sh
# bench/compare: one short round, and whether its figures belong together. With SNV2_ORT, the path of
# a libonnxruntime.so, against ONNX Runtime too. Prints TAP.
source=$(cd "${SNV2_SRCDIR:-.}" && pwd) || exit 1
build=$(cd "${SNV2_BUILDDIR:-.}" && pwd) || exit 1
model=$source/models/digits.onnx
[ -x "$build/bench/compare" ] || { echo "Bail out! bench/compare is not built: make bench"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" && mkdir tmp || exit 1
TMPDIR=$work/tmp
export TMPDIR

# shellcheck source=tests/tap.sh
. "$source/tests/tap.sh"
run() { # run ARGUMENT...: leaves status, stdout and stderr
    "$build/bench/compare" --convert "$build/snv2-convert" "$@" >stdout 2>stderr </dev/null
    status=$?
}
expect() { # expect WHAT TEST...: whether the test command succeeds
    what=$1
    shift
    "$@"
    report $? "$what"
}
prints() { grep -qE -e "$1" stdout; }
fails() { # fails STATUS PATTERN
    [ "$status" -eq "$1" ] && grep -qE "^compare: $2" stderr
}
value() { # value PATTERN: the number that stands behind the pattern first in the JSON
    tr -d ' \t\n' <results.json | grep -oE "$1[-+.e0-9]+" | head -n 1 |
        grep -oE '[-+.e0-9]+$'
}
holds() { # holds CONDITION: of awk, over the figures
    awk -v rounds="$(value '"rounds":')" -v multiply_adds="$(value '"multiply_adds":')" \
        -v peak="$(value '"peak_by_round":\[')" -v ms="$(value '"snv2":\{"ms":\{"median":')" \
        -v percent="$(value '"percent_of_peak":\{"median":')" \
        -v least="$(value '"snv2":\{"ms":\{"median":[^,]*,"min":')" \
        -v most="$(value '"snv2":\{"ms":\{"median":[^,]*,"min":[^,]*,"max":')" \
        -v other="$(value '"other":\{"ms":\{"median":')" -v times="$(value '"times_longer":\{"median":')" \
        -v difference="$(value '"difference":')" -v peak_bytes="$(value '"peak_bytes":')" \
        -v library="$(value '"library_bytes":')" -v blob="$(value '"model_bytes":')" \
        "BEGIN { exit !($1) }"
}
equal() { # equal A B: two expressions of awk, but for rounding
    holds "$1 > 0.999 * ($2) && $1 < 1.001 * ($2)"
}

# ---- alone ----

run "$model" --rounds 1 --threads 1 --loads 1 --json results.json --markdown table.md
expect "a round runs" [ $status -eq 0 ]
expect "nothing on standard error" [ ! -s stderr ]
expect "the tables are written too" cmp -s stdout table.md
expect "a row for the network" prints "^\\| $model \\| 1 \\| [0-9.]+ \\| [0-9.]+ \\| [0-9.]+ \\([0-9.]+ to [0-9.]+\\) \\| [0-9.]+ \\([0-9.]+\\) \\|\$"
expect "no columns of ONNX Runtime" sh -c '! grep -q "ONNX Runtime" stdout'
expect "one round" holds 'rounds == 1'
expect "the multiply-adds of the network" holds 'multiply_adds > 6e5 && multiply_adds < 8e5'
expect "the peak of some processor" holds 'peak > 1e8 && peak < 1e13'
expect "a plausible time" holds 'ms > 1e-3 && ms < 1e4 && least <= ms && ms <= most'
expect "percent of the peak" \
    equal percent '100 * multiply_adds / (ms / 1e3) / peak'
expect "memory to the first result" holds 'peak_bytes > 1e6 && peak_bytes < 1e9'
expect "bytes of the library" holds 'library > 1e4 && library < 1e8'
"$build/snv2-convert" --quiet "$model" -o digits.snv2 >stdout 2>stderr
expect "bytes of the blob" holds "blob == $(wc -c <digits.snv2)"
expect "no file is left behind" [ -z "$(ls tmp)" ]

run "$model:digits.snv2" --rounds 2 --loads 0
expect "1 and 2 threads if none are given" [ "$(grep -c "^| $model | [12] |" stdout)" -eq 2 ]
expect "no loads if none are wanted" sh -c '! grep -q "first result" stdout'

# ---- beside a command ----

cat >other.sh <<'END'
echo "$@" >>arguments
echo 250
END
run "$model:digits.snv2" --rounds 1 --threads 2 --loads 0 --other 'sh other.sh' --json results.json
expect "another runner" [ $status -eq 0 ]
expect "it is given the model and the threads" [ "$(cat arguments)" = "$model 2" ]
expect "its time" holds 'other == 250'
expect "how many times longer" equal times 'other / ms'

# ---- errors ----

run "$model:digits.snv2" --rounds 1 --other 'echo none #'
expect "a runner that prints no number" fails 64 '.*printed no number of milliseconds'
run "$model:digits.snv2" --rounds 1 --other 'exit 3 #'
expect "a runner that fails" fails 64 '.*exit status 3'
run missing.onnx
expect "a model that is missing" fails 64 '.*exit status 66'
expect "no folder is left behind" [ -z "$(ls tmp)" ]
run "$model:missing.snv2"
expect "a blob that is missing" fails 66 ".*missing\\.snv2"
run "$model:digits.snv2" --ort ./missing.so
expect "a library that is missing" fails 66 ".*missing\\.so"
run
expect "no model" fails 64 'there is no model'

# ---- beside ONNX Runtime ----

if [ -n "$SNV2_ORT" ]; then
    run "$model:digits.snv2" --ort "$SNV2_ORT" --rounds 1 --threads 1 --loads 1 --json results.json
    expect "ONNX Runtime runs" [ $status -eq 0 ]
    expect "its version and settings" prints '^ONNX Runtime [0-9.]+: ORT_ENABLE_ALL,'
    expect "how many times longer it takes" prints "^\\| $model \\| 1 (\\|[^|]*){7}\\| [-+.e0-9]+ \\|\$"
    expect "the same outputs" holds 'difference < 1e-4'
    run "$source/models/shufflenet_v2_x0_5.onnx:digits.snv2" --ort "$SNV2_ORT"
    expect "another model than the blob's" fails 69 '.*ONNX Runtime: '
else
    skip "beside ONNX Runtime" "SNV2_ORT is not set"
fi

echo "1..$number"
