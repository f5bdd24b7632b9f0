#!/bin/sh
# No product feeds a sum in kernel code except through the FMA macro: a compiler might round such an
# expression once or twice, and the bits would depend on it. Products are binary, so the formatter
# puts a space on both sides of their star; the integer arithmetic of kernels stands in index.h, where
# no floating-point value may be.
cd "${SNV2_SRCDIR:-.}/src/kernels" || exit 1
number=0 failed=0
echo "1..3"
report() { # TITLE COMPLAINTS
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number - $1"
    else
        echo "$2" | sed 's/^/# /'
        echo "not ok $number - $1"
        failed=1
    fi
}

# Statements (what stands between ; { }) without comments and preprocessor lines that hold a product
# together with a sum.
find_contractions() {
    awk '
        { text = text $0 "\n" }
        END {
            while (match(text, /\/\*([^*]|\*+[^*\/])*\*+\//))
                text = substr(text, 1, RSTART - 1) substr(text, RSTART + RLENGTH)
            gsub(/\n *#[^\n]*/, "", text)
            count = split(text, statements, /[;{}]/)
            for (i = 1; i <= count; i++) {
                gsub(/[ \n]+/, " ", statements[i])
                if (statements[i] ~ / \*=? / && statements[i] ~ / [-+]=? /)
                    print FILENAME ":" statements[i]
            }
        }' "$1"
}

found=$(for file in *.c activation.h arithmetic.h binary.h block.h conv_tile.h elementary.h integer_arithmetic.h portable_fma.h vector*.h; do find_contractions "$file"; done)
report "kernels have no sum of products outside FMA" "$found"

found=$(grep -nE '(float|double) [a-z_]' index.h)
report "index.h has no floating-point values" "$found"

# The search itself finds what it is there for.
planted=$(mktemp) || exit 1
printf 'void f(void) {\n    sum += a *\n           b;\n}\n' >"$planted"
found=$(find_contractions "$planted")
rm -f "$planted"
report "the search finds a planted product" "$([ -n "$found" ] || echo 'nothing was found')"
exit $failed
