#!/bin/sh
# snv2-convert from the command line: reports, files, exit codes, and the one line of an error.
# Prints TAP.
source=$(cd "${SNV2_SRCDIR:-.}" && pwd) || exit 1
convert=$(cd "${SNV2_BUILDDIR:-.}" && pwd)/snv2-convert
models=$source/models
work=$(mktemp -d) || exit 1
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 1

# shellcheck source=tests/tap.sh
. "$source/tests/tap.sh"
run() { # run ARGUMENT...: leaves status, stdout and stderr
    "$convert" "$@" >stdout 2>stderr </dev/null
    status=$?
}
expect() { # expect WHAT TEST...: whether the test command succeeds
    what=$1
    shift
    "$@"
    report $? "$what"
}
prints() { grep -qE -e "$1" stdout; }
fails() { # fails STATUS PATTERN: of the first line, which starts as every error does
    [ "$status" -eq "$1" ] && head -n 1 stderr | grep -qE "^snv2-convert: $2"
}
is_silent() { [ ! -s stdout ] && [ ! -s stderr ]; }
has() { grep -qE "\"$2\":[[:space:]]*$3" "$1"; }

# ---- what is converted, and what is said about it ----

for model in shufflenet_v2_x0_5 shufflenet_v2_x0_5_authors; do
    run "$models/$model.onnx" -o $model.snv2 --verify-data "$models/$model/test_data_set_0" \
        --json $model.json
    expect "$model: converts" [ $status -eq 0 ]
    expect "$model: nothing on standard error" [ ! -s stderr ]
    expect "$model: 56 convolutions" prints '^Conv +56 +56$'
    expect "$model: 1 max pool" prints '^MaxPool +1 +1$'
    expect "$model: 1 fully connected" prints '^Gemm +[-1] +1$'
    expect "$model: 59 commands" prints '^all nodes, commands +[0-9]+ +59$'
    expect "$model: no BatchNormalization" prints '^BatchNormalization +56 +-$'
    expect "$model: 0 bytes moved" prints '^data moved .* 0 B$'
    expect "$model: no copy" prints '^copies: none$'
    expect "$model: seeded check" prints '^check on seeded inputs, the worst of 3:$'
    expect "$model: stored check" prints '^check on stored inputs and outputs:$'
    expect "$model: passed twice" [ "$(grep -c ' passed$' stdout)" -eq 2 ]
    expect "$model: file named" prints "^wrote $model.snv2\$"
    size=$(wc -c <$model.snv2)
    expect "$model: JSON: size" has $model.json blob_bytes "$((size)),"
    expect "$model: JSON: 56 Conv before and after" \
        [ "$(grep -cE '"Conv":[[:space:]]*56,' $model.json)" -eq 2 ]
    expect "$model: JSON: 0 bytes moved" has $model.json bytes_moved '0,'
    expect "$model: JSON: no copies" has $model.json copies '\[\]'
    expect "$model: JSON: status" has $model.json status '0,'
    expect "$model: JSON: no error" has $model.json error 'null,'
done

run "$models/shufflenet_v2_x0_5.onnx" -o a.snv2 --json a.json
expect "13 units and so on" prints ': 13 units, 3 stage openings, 1 stem, 1 tail$'
expect "3.80 MB moved before" prints '^data moved +3\.80 MB +0 B$'
expect "JSON: units" has a.json units '13,'
expect "JSON: stage openings" has a.json stage_openings '3,'

mv stdout first
LC_ALL=de_DE.UTF-8 "$convert" "$models/shufflenet_v2_x0_5.onnx" -o b.snv2 --json b.json >stdout
expect "the same bytes again, in another locale" cmp -s a.snv2 b.snv2
sed "s/b[.]snv2/a.snv2/" stdout >second
expect "the same report again, in another locale" cmp -s first second
sed "s/b[.]snv2/a.snv2/" b.json >second
expect "the same JSON again, in another locale" cmp -s a.json second

# ---- options ----

digits=digits.onnx
cp "$models/digits.onnx" .
run $digits
expect "the default output stands beside the model" [ -s digits.snv2 ]
mv digits.snv2 expected.snv2

run --quiet $digits
expect "--quiet prints nothing" is_silent
expect "--quiet converts" cmp -s digits.snv2 expected.snv2

"$convert" - -o stdin.snv2 <$digits >stdout 2>stderr
expect "a model on standard input" cmp -s stdin.snv2 expected.snv2

run $digits --json - --color=always
expect "--json - prints JSON alone" [ "$(head -c 1 stdout)$(tail -c 2 stdout)" = '{}' ]

run $digits --color=always
expect "--color=always is coloured" grep -q "$(printf '\033\\[32mpassed')" stdout
run $digits --color=auto
expect "--color=auto is not, to a file" [ "$(grep -c "$(printf '\033')" stdout)" -eq 0 ]

run $digits --no-verify
expect "--no-verify does not check" [ "$(grep -c '^check' stdout)" -eq 0 ]
run $digits --no-verify --verify-weights random
expect "--verify-weights random checks" prints '^check on seeded inputs and random weights'
run $digits --check-passes
expect "--check-passes finds nothing" [ $status -eq 0 ]

run $digits --skip-pass unit-marks --skip-pass channel_order --json skip.json
expect "--skip-pass leaves passes out" [ "$(grep -c 'stage opening' stdout)" -eq 0 ]
expect "JSON: skipped" [ "$(grep -cE '"skipped":[[:space:]]*true' skip.json)" -eq 2 ]

run $digits -d fu
expect "-d prints graphs to standard error" \
    [ "$(grep '^# after' stderr | cut -d: -f1 | tr '\n' .)" = '# after fold_constants.# after unit_marks.' ]

run --list-passes
sed -n "s/^PASS('\\(.\\)', \\([a-z_]*\\), \"\\(.*\\)\")\$/\\1 \\2 \\3/p" "$source/passes/passes.def" >expected
expect "--list-passes lists passes.def" \
    [ "$(tr -s ' ' <stdout)" = "$(cat expected)" ]

run --list-ops
expect "--list-ops lists every operator of ops.def" [ "$(grep -cE '^[A-Za-z0-9]+ +opset +[0-9]+ to [0-9]+  (runs|folds)$' stdout)" -ge \
    "$(grep -c '^OP([A-Za-z0-9]*, [1-9]' "$source/src/ir/ops.def")" ]
expect "--list-ops: Conv runs" prints '^Conv +opset  1 to 25  runs$'
expect "--list-ops: Range folds" prints '^Range +opset 11 to 25  folds$'
expect "--list-ops: Upsample ends with opset 9" prints '^Upsample +opset  1 to 9  runs$'

run $digits -o cut.snv2 --cut /stage2/stage2.0/branch1/branch1.4/Relu_output_0 --cut /stem/stem.3/MaxPool_output_0
expect "--cut converts" [ $status -eq 0 ]
expect "--cut leaves out what is behind" prints '^Conv +3 +3$'
expect "--cut: two outputs" prints '^/stem/stem.3/MaxPool_output_0 .* passed$'

run --help
expect "--help" [ $status -eq 0 ]
expect "--help is at most 80 columns wide" [ "$(grep -cE '.{81}' stdout)" -eq 0 ]
run --version
expect "--version" prints '^snv2-convert [0-9]+\.[0-9]+\.[0-9]+$'

run $digits --input-shape input:1,1,32,32
expect "--input-shape that agrees" [ $status -eq 0 ]

# ---- --weights ----

run digits.onnx -o wide.snv2
run digits.onnx --weights f16 -o half.snv2 --emit onnx=half.onnx --json half.json
expect "--weights: converts" [ $status -eq 0 ]
expect "--weights: halves are smaller" [ "$(wc -c <half.snv2)" -lt "$(wc -c <wide.snv2)" ]
expect "--weights: how many" prints '^weights: [0-9]+ rounded to float16, 0 of them to 0$'
expect "--weights: the loss" prints "^loss of '.*': .* of the largest value, SNR"
expect "--weights: checked without and with them" [ "$(grep -c ' passed$' stdout)" -eq 2 ]
expect "--weights: JSON" has half.json type '"float16"'
run half.onnx --weights f16 -o again.snv2
expect "--weights: ONNX has the rounded weights" prints "^loss of '.*': .*e-(06|07|08)|SNR inf dB"
run digits.onnx --weights f32
expect "--weights: another type" fails 64 "option '--weights': 'f32' is not f16 or bf16"

# ---- --emit ----

run "$models/digits.onnx" --emit onnx=plain.onnx --json plain.json
expect "--emit onnx: converts" [ $status -eq 0 ]
expect "--emit onnx: file named" prints '^wrote plain.onnx$'
expect "--emit onnx: JSON" has plain.json path '"plain.onnx"'
expect "--emit alone: no native model" has plain.json output 'null,'
run plain.onnx -o plain.snv2 --emit onnx=again.onnx
expect "--emit beside -o: both" [ -s plain.snv2 -a -s again.onnx ]
run plain.onnx --emit onnx=second.onnx
expect "--emit onnx: the same bytes each time" cmp -s again.onnx second.onnx
run "$models/digits.onnx" --emit dot=plain.dot
expect "--emit: unknown kind" fails 64 "option '--emit': 'dot=plain.dot' is not .*onnx=PATH"
run "$models/digits.onnx" --emit onnx=
expect "--emit: no path" fails 64 "option '--emit'"
run "$models/digits.onnx" -o same --emit onnx=same
expect "--emit: not the native model's path" fails 64 "two files cannot both be 'same'"
run "$models/digits.onnx" --emit onnx=nowhere/plain.onnx
expect "--emit: a folder that is not there" fails 73 'nowhere/plain.onnx'

# ---- wrong usage ----

usage() { # usage PATTERN ARGUMENT...
    pattern=$1
    shift
    run "$@"
    expect "64: $*" fails 64 "$pattern"
}
usage "unknown or ambiguous option '--foo'" $digits --foo
expect "wrong usage says where help is" [ "$(sed -n '$p' stderr)" = "Try 'snv2-convert --help'." ]
usage 'there is no model'
usage 'there is more than one model' $digits $digits
usage "option '--output' needs an argument: FILE" $digits -o
usage "option '--seed': 'x' is no integer" $digits --seed x
usage "option '--seed': '-1' is no integer" $digits --seed=-1
usage "option '--color': 'red'" $digits --color red
usage "option '--verify-weights': 'all'" $digits --verify-weights all
first=$("$convert" --list-passes | head -n 1)
usage "no pass is named 'foo'; the passes are: $(echo "$first" | awk '{ print $2 }'), " $digits --skip-pass foo
usage "option '--dump': no pass has the letter 'Z'; the letters are: ${first%% *}" $digits -d fZ
usage "option '--input-shape': '1,x' is not NAME:D0" $digits --input-shape 1,x
usage "digits.onnx: --input-shape" $digits --input-shape 1,3,32,32
usage "digits.onnx: --input-shape names 'foo'" $digits --input-shape foo:1,1,32,32
usage "option '--freeze': 'input' is not NAME=FILE.pb" $digits --freeze input
usage "digits.onnx: --freeze names 'foo', which is no graph input" $digits --freeze foo=a.pb
usage "digits.onnx: --cut names 'foo', which no node makes" $digits --cut foo
usage "--emit does not write to standard output" $digits --emit onnx=-
usage 'a model on standard input needs --output' -
usage 'a native model is not written to standard output' $digits -o -
usage "model and report cannot both be 'x'" $digits -o x --json x
usage 'digits.onnx: is the input' $digits -o $digits
expect "the input is left alone" cmp -s $digits "$models/digits.onnx"

# ---- files ----

run missing.onnx
expect "66: no model" fails 66 'missing\.onnx: '
run . -o x
expect "66: a folder as model" fails 66 '\.: '
printf 'no model' >text.onnx
run text.onnx
expect "65: not ONNX, with an offset" fails 65 'text\.onnx:[0-9]+: '
expect "65: one line" [ "$(wc -l <stderr)" -eq 1 ]
run "$(printf 'a\nb\033.onnx')"
expect "66: a hostile name is made harmless" fails 66 'a\\x0ab\\x1b\.onnx: '
run $digits --verify-data missing -o x
expect "66: no data" fails 66 'missing/input_0\.pb: '
run $digits --verify-data "$models/shufflenet_v2_x0_5/test_data_set_0" -o x
expect "64: data of another shape, named" fails 64 \
    'digits\.onnx: .*test_data_set_0/input_0\.pb gives dimension 1 of input '
mkdir folder
run $digits -o folder
expect "73: the output is a folder" fails 73 'folder: '
run $digits -o nowhere/x
expect "73: no folder for the output" fails 73 'nowhere/x: '
run $digits -o /dev/full
expect "73: the output is a device" fails 73 '/dev/full: '
run $digits -o x --json nowhere/x
expect "73: no folder for the report" fails 73 'nowhere/x: '

if [ "$(id -u)" -eq 0 ]; then
    skip "77: the model may not be read" 'root may'
    skip "77: the folder may not be written" 'root may'
else
    cp $digits secret.onnx
    chmod 0 secret.onnx
    run secret.onnx
    expect "77: the model may not be read" fails 77 'secret\.onnx: '
    chmod 500 folder
    run $digits -o folder/x
    expect "77: the folder may not be written" fails 77 'folder/x: '
fi

rm -f x
echo old >kept.snv2
(ulimit -f 8 && run $digits -o kept.snv2; exit $status) >/dev/null
status=$?
expect "74: the output becomes too large" fails 74 'kept\.snv2: '
expect "74: the old output is kept" [ "$(cat kept.snv2)" = old ]

"$convert" $digits -o full.snv2 2>stderr >/dev/full
status=$?
: >stdout
expect "74: standard output is full" fails 74 'standard output: '
"$convert" --help 2>stderr >/dev/full
status=$?
expect "74: standard output is full, --help" fails 74 'standard output: '
"$convert" $digits -o closed.snv2 <&- >&- 2>&-
expect "closed descriptors harm nothing" cmp -s closed.snv2 expected.snv2

# ---- inputs of bytes, functions, labels ----

run $digits -o frames.snv2 --input u8,scale=1,mean=78,std=82 --output :softmax \
    --labels "$models/digits/labels.txt" --emit onnx=frames.onnx --verify-weights random
expect "frames: converts" [ $status -eq 0 ]
expect "frames: no copy" prints '^copies: none$'
expect "frames: three checks" [ "$(grep -c ' passed$' stdout)" -eq 2 ]
run $digits -o same.snv2 --input input:u8,nhwc,gray,std=82,mean=78,scale=1 --output logits:softmax,axis=-1 \
    --labels logits="$models/digits/labels.txt" --quiet
expect "frames: other words for the same give the same" cmp -s same.snv2 frames.snv2
run frames.onnx -o again.snv2
expect "frames: the ONNX file converts" [ $status -eq 0 ]
expect "frames: it has Cast, Sub, Div and Softmax" [ "$(grep -cE '^(Cast|Sub|Div|Softmax) +1 ' stdout)" -eq 4 ]
shuffle=$models/shufflenet_v2_x0_5.onnx
for words in rgb bgr,nchw bgra,reads=bgr rgba,reads=bgr,mean=0.4/0.5/0.6,std=0.2; do
    run "$shuffle" -o colours.snv2 --input u8,$words
    expect "$words: converts" [ $status -eq 0 ]
    expect "$words: no copy" prints '^copies: none$'
    expect "$words: passed" prints ' passed$'
done
wrong() { # wrong PATTERN ARGUMENT...
    pattern=$1
    shift
    run "$@" -o wrong.snv2
    expect "64: $*" fails 64 "$pattern"
}
wrong "option '--input': 'x' is not \[NAME:\]u8" $digits --input x
wrong "option '--input': 'input:f32' is not" $digits --input input:f32
wrong "option '--input': 'hwc' has no place" $digits --input u8,hwc
wrong "option '--input': 'std=0' has no place" $digits --input u8,std=0
wrong "option '--input': 'mean=1/2/3/4' has no place" $digits --input u8,mean=1/2/3/4
wrong "option '--input': 'mean=nan' has no place" $digits --input u8,mean=nan
wrong "option '--input': 'reads=gray' has no place" $digits --input u8,reads=gray
wrong "option '--input': '' has no place" $digits --input u8,
wrong ".*no input is named 'foo'; there is: 'input'" $digits --input foo:u8
wrong ".*input 'input' has 1 channels, and so its pixels are gray" $digits --input u8,rgb
wrong ".*input 'input' has 3 channels, and so its pixels are not gray" "$shuffle" --input u8,gray
wrong ".*mean and std need one number, or 1" $digits --input u8,mean=1/2/3
wrong ".*input 'input' is uint8.*: frames are for float32" $digits --input u8 --input u8
wrong "option '--output': ':softmax,axis=x' is not" $digits --output :softmax,axis=x
wrong ".*no output is named 'foo'; there is: 'logits'" $digits --output foo:argmax
wrong ".*no axis 7" $digits --output :argmax,axis=7
printf 'a\nb\n' >two
wrong "two: 2 labels fit 0 outputs; their classes: 'logits' has 10" $digits --labels two
wrong "two: 2 labels for the 10 classes of 'logits'" $digits --labels logits=two
run $digits -o wrong.snv2 --labels missing
expect "66: no labels" fails 66 'missing: '
printf 'a\n\377\nc\nd\ne\nf\ng\nh\ni\nj\n' >latin
run $digits -o wrong.snv2 --labels latin
expect "65: labels that are not UTF-8" fails 65 'latin: label 1 is not UTF-8'
expect "nothing was written for them" [ ! -e wrong.snv2 ]

# ---- a check that fails ----

mkdir data
cp "$models"/digits/test_data_set_0/*.pb data
size=$(wc -c <data/output_0.pb)
printf '\000\000\310\102' | dd of=data/output_0.pb bs=1 seek=$((size - 4)) conv=notrunc 2>dd.log
run $digits -o kept.snv2 --verify-data data --json failed.json
expect "1: the check on stored data fails" fails 1 'digits\.onnx: the check on data failed for 1 of 1'
expect "1: FAILED stands in the table" prints ' FAILED$'
expect "1: the old output is kept" [ "$(cat kept.snv2)" = old ]
expect "1: nothing is said to be written" [ "$(grep -c '^wrote' stdout)" -eq 0 ]
expect "1: JSON: status" has failed.json status '1,'
expect "1: JSON: message" has failed.json message '"the check on data failed'
expect "1: JSON: no output" has failed.json output 'null,'
rm -f kept.snv2
run $digits -o kept.snv2 --verify-data data
expect "1: nothing is written" [ ! -e kept.snv2 ]

expect "no temporary file is left" [ -z "$(find . -name '*.tmp')" ]
echo "1..$number"
