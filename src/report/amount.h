/* Amounts for people. */
#ifndef REPORT_AMOUNT_H
#define REPORT_AMOUNT_H

#include <stdint.h>

enum { AMOUNT_TEXT = 24 };

/* "0 B", "56", "1.53 MB", "40.0 M": three digits, prefixes of powers of 1000. `unit` is "B" or "".
 * Returns `text`. */
const char *format_amount(uint64_t amount, const char *unit, char text[AMOUNT_TEXT]);

#endif
