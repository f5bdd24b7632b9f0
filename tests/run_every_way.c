/* Runs a native model in every way (every_way.h). Exit status 0 where all give the same bits, of
 * which there is a digest on standard output, to be compared with other machines'; else what
 * differs is on standard error. */
#include "tests/every_way.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    struct snv2_diagnostic diagnostic;
    struct snv2_model *model;
    char text[EVERY_WAY_TEXT];
    int ways;
    if (argc != 2 || snv2_open(argv[1], &model, &diagnostic) != SNV2_OK) {
        fprintf(stderr, "%s\n", argc == 2 ? diagnostic.message : "usage: run_every_way MODEL.snv2");
        return EXIT_FAILURE;
    }
    int differences = run_every_way(model, NULL, &ways, text);
    if (differences != 0)
        fprintf(stderr, "%s\n", text);
    else
        printf("%d ways, %s\n", ways, text);
    snv2_close(model);
    return differences == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
