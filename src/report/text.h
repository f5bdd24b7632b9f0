/* The report of a conversion for a person. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include "convert/convert.h"

#include <stdio.h>

/* Prints what the report holds: nothing before the model was lowered, the check where it was made.
 * Names out of the file are made harmless. A failing stream is the caller's to notice. */
void report_text(const struct convert_options *options, const struct convert_report *report,
                 bool color, FILE *stream);

#endif
