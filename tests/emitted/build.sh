# shellcheck shell=sh disable=SC2154
# Building and running of networks as C: for tests/test_emit_c.sh and tools/check-emit-c, which set
# `source` (the project's folder), `build` (its programs) and `work` (a folder of their own).

strict='-std=c99 -Wall -Wextra -pedantic'

# The sizes of a network's inputs or outputs, separated by commas.
port_sizes() { # port_sizes INPUT|OUTPUT HEADER
    sed -nE "s/^#define [A-Za-z0-9_]+_$1_[0-9]+_ELEMENTS //p" "$2" | paste -sd, -
}

# Compiles the sources NAME.c and NAME_weights.c in FOLDER, and links them with run.c as
# FOLDER/PROGRAM. What the compiler says about the former goes to FOLDER/PROGRAM.warnings.
build_emitted() { # build_emitted FOLDER NAME PROGRAM COMPILER FLAG...
    folder=$1 name=$2 program=$3 compiler=$4
    shift 4
    for part in "$name" "${name}_weights"; do
        # shellcheck disable=SC2086 # words
        $compiler $strict "$@" -c "$folder/$part.c" -o "$folder/$program.$part.o" \
            >>"$folder/$program.warnings" 2>&1 || return 1
    done
    inputs=$(port_sizes INPUT "$folder/$name.h") outputs=$(port_sizes OUTPUT "$folder/$name.h")
    upper=$(echo "$name" | tr '[:lower:]' '[:upper:]')
    $compiler -w "$@" -DNETWORK="$name" -DCONSTANT="$upper" -include "$folder/$name.h" \
        -DINPUT_SIZES="$inputs" -DOUTPUT_SIZES="$outputs" \
        -DPORT_FLOATS="$(echo "$inputs,$outputs" | tr , +)" "$source/tests/emitted/run.c" \
        "$folder/$program.$name.o" "$folder/$program.${name}_weights.o" -o "$folder/$program" -lm
}

# What snv2-run makes of the inputs in_K.f32 of FOLDER: ref_K.f32.
run_reference() { # run_reference FOLDER MODEL.snv2
    folder=$1 model=$2
    set --
    for file in "$folder"/in_*.f32; do
        set -- "$@" -i "$file"
    done
    for file in "$folder"/out_*.f32; do
        set -- "$@" -o "$folder/ref_${file##*/out_}"
    done
    "$build/snv2-run" -q "$model" "$@"
}

# Whether the outputs in FOLDER are those of snv2-run, to the bit.
same_outputs() { # same_outputs FOLDER REFERENCE
    for file in "$1"/out_*.f32; do
        cmp "$file" "$2/ref_${file##*/out_}" || return 1
    done
}
