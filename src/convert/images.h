/* Networks for several images: what --batch asks of a graph. */
#ifndef CONVERT_IMAGES_H
#define CONVERT_IMAGES_H

#include "ir/graph.h"

/* A copy of a graph as it was read, with inputs for `to` images where they are for `from`. NULL
 * when out of memory. */
struct graph *clone_for_images(const struct graph *graph, uint32_t from, uint32_t to,
                               struct arena *arena);

/* Infers the shapes of a graph that was read for so many images. What is legal for one image alone
 * is SNV2_UNSUPPORTED, and the diagnostic says so. */
enum snv2_status infer_for_images(struct graph *graph, uint32_t images, struct arena *arena,
                                  struct snv2_diagnostic *diagnostic);

#endif
