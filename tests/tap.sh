# shellcheck shell=sh
# Test Anything Protocol for the tests that are scripts, which source this: results are counted, and a
# failed one shows what its command wrote into log, or stdout and stderr, in the present folder.
number=0
report() { # report RESULT WHAT: RESULT is 0 where it holds
    number=$((number + 1))
    [ "$1" -eq 0 ] || printf 'not '
    echo "ok $number - $2"
    [ "$1" -eq 0 ] || cat log stdout stderr 2>/dev/null | sed 's/^/# /'
}
skip() { # skip WHAT REASON
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}
