/* Amounts for people; see amount.h. */
#include "report/amount.h"

#include <stdio.h>

const char *format_amount(uint64_t amount, const char *unit, char text[AMOUNT_TEXT]) {
    static const char prefixes[] = " kMGTPE";
    double scaled = (double)amount;
    int prefix = 0;
    /* 999.5 is where three digits round to 1000. */
    for (; scaled >= (prefix ? 999.5 : 1000); prefix++)
        scaled /= 1000;
    if (prefix == 0) {
        snprintf(text, AMOUNT_TEXT, "%d%s%s", (int)amount, *unit ? " " : "", unit);
        return text;
    }
    int decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
    snprintf(text, AMOUNT_TEXT, "%.*f %c%s", decimals, scaled, prefixes[prefix], unit);
    return text;
}
