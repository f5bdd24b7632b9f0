/* Bilinear resizing of pictures. */
#ifndef RUN_RESIZE_H
#define RUN_RESIZE_H

#include "run/image.h"

/* The image in width x height pixels, planar [channels][height][width], 255 being white, in
 * `arena`.
 *
 * Bilinear with half-pixel centres (align_corners false). Where a side shrinks, the triangle widens
 * with it, so that every pixel counts (antialias), as Pillow's and torchvision's resize do it; they
 * round the result to 8 bits, which this does not. The same size is an exact copy.
 * SNV2_NO_MEMORY. */
enum snv2_status image_resize(const struct image *image, int32_t width, int32_t height,
                              struct arena *arena, float **planes,
                              struct snv2_diagnostic *diagnostic);

#endif
