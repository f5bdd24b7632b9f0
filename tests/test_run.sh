#!/bin/sh
# snv2-run from the command line: pictures and numbers in, classes and files out, reports, exit codes,
# and the one line of an error. Prints TAP.
source=$(cd "${SNV2_SRCDIR:-.}" && pwd) || exit 1
build=$(cd "${SNV2_BUILDDIR:-.}" && pwd) || exit 1
digits=$source/models/digits
work=$(mktemp -d) || exit 1
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 1

# shellcheck source=tests/tap.sh
. "$source/tests/tap.sh"
run() { # run ARGUMENT...: leaves status, stdout and stderr
    "$build/snv2-run" "$@" >stdout 2>stderr </dev/null
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
    [ "$status" -eq "$1" ] && head -n 1 stderr | grep -qE "^snv2-run: $2"
}
is_silent() { [ "$status" -eq 0 ] && [ ! -s stdout ] && [ ! -s stderr ]; }
has() { tr -d ' \t\n' <stdout | grep -qF "$1"; }

"$build/snv2-convert" --quiet "$source/models/digits.onnx" -o digits.snv2 >stdout 2>stderr
report $? "the network is converted"
model=digits.snv2
pixels='--scale 1 --mean 78 --std 82'
labels=$digits/labels.txt

# ---- numbers in, numbers out ----

data=$digits/test_data_set_0/input_0.pb
run $model -i "$data"
expect "a TensorProto in" [ $status -eq 0 ]
expect "values are printed" prints '^logits \[1,10\]:( [-0-9.e]+){8} \.\.\.$'

run $model -i "$data" -o out.npy
expect "npy out" prints '^wrote out\.npy$'
run $model -i "$data" -o logits=out.f32
expect "raw out" [ "$(($(wc -c <out.f32)))" -eq 40 ]
run $model -i input="$data" -o out.pb --quiet
expect "TensorProto out; --quiet prints nothing" is_silent
expect "npy and raw are the same numbers" [ "$(tail -c 40 out.npy | od -A n -t x1)" = "$(od -A n -t x1 out.f32)" ]
expect "TensorProto and raw are the same numbers" [ "$(tail -c 40 out.pb | od -A n -t x1)" = "$(od -A n -t x1 out.f32)" ]
expect "the header of npy" [ "$(head -c 127 out.npy | tail -c 117 | sed 's/ *$//')" = \
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 10), }" ]

# The input once more, in other formats.
tail -c 4096 "$data" >in.f32
{
    printf '\223NUMPY\001\000\166\000'
    printf "%-117s\n" "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 32, 32), }"
    cat in.f32
} >in.npy
for format in npy f32; do
    run $model -i in.$format -o again.f32
    expect "$format in gives the same numbers" cmp -s again.f32 out.f32
done
run $model -i "$data" -o threads.f32 --threads 3
expect "--threads gives the same numbers" cmp -s threads.f32 out.f32
run $model -i "$data" -o apart.f32 --threads 2 --no-fuse
expect "--no-fuse gives the same numbers" cmp -s apart.f32 out.f32

# ---- pictures ----

if "$build/snv2-run" $model -i "$digits/zero.png" 2>&1 >stdout | grep -q 'built without'; then
    skip "pictures" "built without PNG"
else
    for label in zero one two three four five six seven eight nine; do
        run $model -i "$digits/$label.png" $pixels --top 1 --labels "$labels"
        expect "the picture of $label" [ "$(sed -n 2p stdout | tr -s ' ' | cut -d ' ' -f 4)" = $label ]
    done
    # As models/manifest.json has it.
    run $model -i "$digits/three.png" $pixels --top 2 --json
    expect "JSON: classes" has '"top":[[{"class":3,"value":5.468'
    run $model -i "$digits/three.png" $pixels --top 2 --labels "$labels" --json
    expect "JSON: labels" has '"label":"three"'
    run $model -i "$digits/three.png" --mean 0.30588235 --std 0.32156863 --top 1
    expect "the scale is 1/255 if not given" prints '^ +3 +5\.468'
    run $model -i "$digits/three.png" --mean 1,2,3
    expect "64: three means for one channel" fails 64 '.*three\.png: --mean and --std need one value, or 1'
    head -c 100 "$digits/three.png" >cut.png
    run $model -i cut.png
    expect "65: a picture that is cut off" fails 65 'cut\.png: the PNG is damaged'
fi
printf 'P5 4 2 255 abcdefgh' >small.pgm
run $model -i small.pgm
expect "a PGM of another size" [ $status -eq 0 ]
printf 'P6 1 1 255 abc' >colour.ppm
run $model -i colour.ppm --bgr
expect "a PPM in colours" [ $status -eq 0 ]

# ---- reports ----

run $model -i "$data" --top 3
expect "--top prints three" [ "$(grep -cE '^ +[0-9]+ +[-0-9.e]+$' stdout)" -eq 3 ]
expect "--top prints the largest first" sh -c "grep -E '^ +[0-9]' stdout | awk '{print \$2}' | sort -c -g -r"
run $model -i "$data" --top 20
expect "--top prints no more than there are" [ "$(grep -cE '^ +[0-9]' stdout)" -eq 10 ]
printf 'a\nb\n\033c\nd\ne\nf\ng\nh\ni\nj\n' >names
run $model -i "$data" --top 10 --labels names
expect "a hostile label is made harmless" prints '\\x1bc$'
run $model -i "$data" --json
expect "JSON: shape" has '"name":"logits","shape":[1,10],"file":null,"values":['
expect "JSON: all values" [ "$(tr -d ' \t\n' <stdout | sed 's/.*"values":\[\([^]]*\).*/\1/' | tr , '\n' | wc -w)" -eq 10 ]
expect "JSON: time" has '"run_ms":'
run $model --info
expect "--info: input" prints '^input +input float32 \[1,1,32,32\]$'
expect "--info: output" prints '^output +logits float32 \[1,10\]$'
expect "--info: who made it" prints '^converter: snv2-convert [0-9]'
expect "--info: arena" prints '^kernels [a-z_0-9]+, threads 1, arena [0-9]+ bytes$'
expect "--info: commands" prints '^ *0  CONV '
run $model -i "$data" --profile --threads 2
expect "--profile: a line for each kind" prints '^convolution +[0-9]+ +[0-9.]+ +[0-9.]+$'
expect "--profile: it adds up to the run" awk \
    '$1 == "all" { all = $3 } $1 == "measured" { run = $2 } END { exit !(all > 0.9 * run && all <= run) }' stdout
run $model --info --threads 2
expect "--info: threads" prints 'threads 2,'
expect "--info: units" prints \
    '^stem, commands 0 to 1: (as one, in bands of [0-9]+ rows|one by one: members .*)$'
run $model --info
expect "--info: tail" prints \
    '^tail, commands [0-9]+ to [0-9]+: as one with command [0-9]+, in strips of channels$'
run $model --info --threads 2 --no-fuse
expect "--info: no units" prints '^stem, commands 0 to 1: one by one: not wanted$'
run $model --info --json
expect "JSON: --info" has '"inputs":[{"name":"input","shape":[1,1,32,32]}]'
expect "JSON: metadata" has '"metadata":{"converter":"snv2-convert'
run --help
expect "--help" [ $status -eq 0 ]
expect "--help is at most 80 columns wide" [ "$(grep -cE '.{81}' stdout)" -eq 0 ]
run --version
expect "--version" prints '^snv2-run [0-9]+\.[0-9]+\.[0-9]+$'

# ---- frames, and what the model says of classes ----

frames=frames.snv2
"$build/snv2-convert" --quiet "$source/models/digits.onnx" --input u8,scale=1,mean=78,std=82 \
    --labels "$labels" -o $frames >stdout 2>stderr
report $? "a network that takes frames is converted"
run $frames --info
expect "--info: frames" prints '^input +input uint8 \[1,32,32,1\], frames nhwc gray, rows of 32 bytes$'
run $frames --info --json
expect "JSON: frames" has '{"name":"input","shape":[1,32,32,1],"layout":"nhwc","pixels":"gray","row_bytes":32}'
run $frames -i small.pgm -o frame.f32
expect "a PGM as a frame" [ $status -eq 0 ]
head -c 1024 /dev/zero >black.u8
run $frames -i black.u8 -o black.f32
expect "raw bytes" [ $status -eq 0 ]
{
    printf 'P5 32 32 255 '
    cat black.u8
} >black.pgm
run $frames -i black.pgm -o again.f32
expect "a picture and its bytes give the same numbers" cmp -s again.f32 black.f32
run $model -i black.pgm --scale 1 --mean 78 --std 82 --top 1
sed -n 2p stdout | tr -s ' ' | cut -d ' ' -f 2,3 | cut -c 1-6 >float
run $frames -i black.pgm --top 1
expect "bytes give the numbers that floats give" [ "$(sed -n 2p stdout | tr -s ' ' | cut -d ' ' -f 2,3 | cut -c 1-6)" = "$(cat float)" ]
expect "--top names the model's classes" prints '^ +[0-9]+ +[-0-9.e]+  [a-z]+$'
run $frames -i black.pgm --top 10 --labels names
expect "--labels instead of the model's" prints '^ +0 +[-0-9.e]+  a$'
for isa in ref ref_fma avx2 avx512; do
    (SNV2_CPU=$isa && export SNV2_CPU && run $frames -i black.u8 -o isa.f32 --threads 2; exit $status)
    case $? in
        0) expect "$isa gives the same numbers" cmp -s isa.f32 black.f32 ;;
        *) skip "$isa gives the same numbers" "not built" ;;
    esac
done
if "$build/snv2-run" $frames -i "$digits/zero.png" 2>&1 >stdout | grep -q 'built without'; then
    skip "pictures as frames" "built without PNG"
else
    for label in zero one two three four five six seven eight nine; do
        run $frames -i "$digits/$label.png" --top 1
        expect "the frame of $label" [ "$(sed -n 2p stdout | tr -s ' ' | cut -d ' ' -f 4)" = $label ]
    done
fi
for option in "--mean 1" "--std 2" "--scale 1" --bgr; do
    # shellcheck disable=SC2086 # two words
    run $frames -i black.pgm $option
    expect "64: $option for a frame" fails 64 "frames.snv2: input 'input' takes pictures as they are"
done
run $frames -i in.f32
expect "64: raw floats for a frame" fails 64 "in.f32: input 'input' is of bytes: raw files of it end in .u8"
run $model -i black.u8
expect "64: raw bytes for floats" fails 64 "black.u8: input 'input' is of float32"
head -c 100 black.u8 >short.u8
run $frames -i short.u8
expect "65: too few bytes" fails 65 'short.u8: the file has 100 bytes'
{
    printf '\223NUMPY\001\000\166\000'
    printf "%-117s\n" "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 32, 32, 1), }"
    cat in.f32
} >floats.npy
run $frames -i floats.npy
expect "65: numbers that are no bytes" fails 65 "floats.npy: .* is no byte, as input 'input' has them"
"$build/snv2-convert" --quiet "$source/models/digits.onnx" --input u8 --output :argmax \
    --labels "$labels" -o number.snv2 >stdout 2>stderr
run number.snv2 -i black.u8
expect "the name of the class that is the output" prints '^logits \[1\]: [0-9]  [a-z]+$'
run number.snv2 -i black.u8 --json
expect "JSON: the name" prints '"labels":'

# ---- wrong usage ----

usage() { # usage PATTERN ARGUMENT...
    pattern=$1
    shift
    run "$@"
    expect "64: $*" fails 64 "$pattern"
}
usage 'there is no model'
usage 'there is more than one model' $model $model
usage "digits.snv2: input 'input' is missing: .*: input \[1,1,32,32\]" $model
usage "digits.snv2: no input has the name in 'foo=in.npy'; there is: input \[" $model -i foo=in.npy
usage "digits.snv2: 'in.f32' is one too many" $model -i in.npy -i in.f32
usage "--profile is a report of its own" $model -i in.npy --profile --json
usage "digits.snv2: input 'input' is given twice" $model -i in.npy -i input=in.f32
usage "digits.snv2: no output has the name in 'foo=x.npy'; there is: logits \[" $model -i in.npy -o foo=x.npy
usage 'in.txt: the name of an input ends in ' $model -i in.txt
usage '-: the name of an input ends in ' $model -i -
usage 'out.png: the name of an output ends in ' $model -i in.npy -o out.png
usage 'out: the name of an output ends in ' $model -i in.npy -o out
usage "option '--mean': 'x'" $model -i small.pgm --mean x
usage "option '--std': it may not be 0" $model -i small.pgm --std 1,0,1
usage "option '--scale': '1,2' is not one number" $model -i small.pgm --scale 1,2
usage 'digits.snv2: --mean, --std, --scale and --bgr are for pictures' $model -i in.npy --mean 1
usage "option '--top': '0' is no integer" $model -i in.npy --top 0
usage "option '--threads': '257' is no integer" $model -i in.npy --threads 257
usage '--labels needs --top' $model -i in.npy --labels "$labels"
usage '--info runs nothing' $model -i in.npy --info

# ---- files ----

run missing.snv2 -i in.npy
expect "66: no model" fails 66 'missing\.snv2: '
run "$source/models/digits.onnx" -i in.npy
expect "65: an ONNX file as model" fails 65 '.*digits\.onnx:?.*: '
expect "65: one line" [ "$(wc -l <stderr)" -eq 1 ]
run $model -i missing.npy
expect "66: no input" fails 66 'missing\.npy: no such file'
mkdir folder.npy
run $model -i folder.npy
expect "66: a folder as input" fails 66 'folder\.npy: '
head -c 100 in.f32 >short.f32
run $model -i short.f32
expect "65: raw numbers that are too few" fails 65 "short\\.f32: the file has 100 bytes, and input 'input' 4096"
run $model -i out.npy
expect "65: another shape" fails 65 "out\\.npy: the shape is \\[1,10\\], and input 'input' is \\[1,1,32,32\\]"
run $model -i out.pb
expect "65: another shape in a TensorProto" fails 65 'out\.pb: the shape is \[1,10\]'
printf 'P5 1 1 0 a' >zero.pgm
run $model -i zero.pgm
expect "65: PGM of maximum 0" fails 65 'zero\.pgm: the maximum is 0'
printf 'one\ntwo\n' >few
run $model -i in.npy --top 1 --labels few
expect "65: fewer labels than classes" fails 65 "few: 2 labels for the 10 classes of 'logits'"
run $model -i in.npy --top 1 --labels missing
expect "66: no labels" fails 66 'missing: '
run $model -i in.npy -o nowhere/x.npy
expect "73: no folder for the output" fails 73 'nowhere/x\.npy: '
run $model -i in.npy -o folder.npy
expect "73: the output is a folder" fails 73 'folder\.npy: '
run "$(printf 'a\nb\033.snv2')" -i in.npy
expect "66: a hostile name is made harmless" fails 66 'a\\x0ab\\x1b\.snv2: '

if [ "$(id -u)" -eq 0 ]; then
    skip "77: the input may not be read" 'root may'
else
    cp in.npy secret.npy
    chmod 0 secret.npy
    run $model -i secret.npy
    expect "77: the input may not be read" fails 77 'secret\.npy: '
fi

"$build/snv2-run" $model -i in.npy 2>stderr >/dev/full
status=$?
: >stdout
expect "74: standard output is full" fails 74 'standard output: '
"$build/snv2-run" $model -i in.npy -o closed.f32 <&- >&- 2>&-
expect "closed descriptors harm nothing" cmp -s closed.f32 out.f32
run $model -i missing.npy -o never.npy
expect "nothing is written where the input is missing" [ ! -e never.npy ]

expect "no temporary file is left" [ -z "$(find . -name '*.tmp')" ]
echo "1..$number"
