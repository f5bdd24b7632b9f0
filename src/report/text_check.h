/* The part of the text report on a check. */
#ifndef REPORT_TEXT_CHECK_H
#define REPORT_TEXT_CHECK_H

#include "check/check.h"
#include "report/print.h"

/* Prints a table with a row for each output, the verdict in it; nothing where the check was not
 * made. Of very many outputs those that passed are counted only. */
void print_check(const struct printer *printer, const char *inputs,
                 const struct check_report *check);

#endif
