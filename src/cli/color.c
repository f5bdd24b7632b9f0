/* Whether to print in colour; see color.h. */
#include "cli/color.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = {
    [COLOR_AUTO] = "auto",
    [COLOR_ALWAYS] = "always",
    [COLOR_NEVER] = "never",
};

enum snv2_status parse_color(const char *argument, enum color_when *when,
                             struct snv2_diagnostic *diagnostic) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(argument, names[i]) != 0)
            continue;
        *when = (enum color_when)i;
        return SNV2_OK;
    }
    return diagnose(diagnostic, SNV2_USAGE, "option '--color': '%s' is not auto, always or never",
                    argument);
}

bool use_color(enum color_when when, int descriptor) {
    if (when != COLOR_AUTO)
        return when == COLOR_ALWAYS;
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(descriptor) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}
