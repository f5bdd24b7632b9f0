/* Whether to print in colour. */
#ifndef CLI_COLOR_H
#define CLI_COLOR_H

#include "base/diagnostic.h"

#include <stdbool.h>

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* The argument of --color: auto, always or never. */
enum snv2_status parse_color(const char *argument, enum color_when *when,
                             struct snv2_diagnostic *diagnostic);

/* COLOR_AUTO is yes on a terminal that is not dumb, unless the environment has NO_COLOR. */
bool use_color(enum color_when when, int descriptor);

#endif
