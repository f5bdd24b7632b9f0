/* Runs a native model in every way (every_way.h), and each of its images by itself in a second one,
 * the same network for one. Exit status 0 where all give the same bits, of which there is a digest
 * on standard output, to be compared with other machines'; else what differs is on standard error.
 */
#include "tests/every_way.h"

#include <stdio.h>
#include <stdlib.h>

static struct snv2_model *open_model(const char *path) {
    struct snv2_diagnostic diagnostic;
    struct snv2_model *model;
    if (snv2_open(path, &model, &diagnostic) == SNV2_OK)
        return model;
    fprintf(stderr, "%s: %s\n", path, diagnostic.message);
    exit(EXIT_FAILURE);
}

int main(int argc, char **argv) {
    char text[EVERY_WAY_TEXT];
    int ways;
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: run_every_way MODEL.snv2 [MODEL-FOR-ONE-IMAGE.snv2]\n");
        return EXIT_FAILURE;
    }
    struct snv2_model *model = open_model(argv[1]), *one = argc == 3 ? open_model(argv[2]) : NULL;
    bool passed = run_every_way(model, NULL, &ways, text) == 0;
    if (!passed)
        fprintf(stderr, "%s\n", text);
    else
        printf("%d ways, %s\n", ways, text);
    if (one && !runs_as_images(model, one)) {
        fprintf(stderr, "the images are not as the network for one gives them\n");
        passed = false;
    }
    snv2_close(model);
    snv2_close(one);
    return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
