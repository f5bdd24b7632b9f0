/* Pictures: PNG, JPEG, PGM and PPM files to samples. */
#ifndef RUN_IMAGE_H
#define RUN_IMAGE_H

#include "base/arena.h"
#include "base/diagnostic.h"

#include <stdint.h>

/* What a picture may have at most: 64 Mpixel are 384 MiB of samples. */
enum { IMAGE_MAX_SIDE = 65535, IMAGE_MAX_PIXELS = 1 << 26 };

/* Row-major [height][width][channels], grey or red-green-blue. 65535 is white: a sample v of 8 bits
 * is v * 257 here. As encoded: no gamma, colour profile or orientation is applied. */
struct image {
    int32_t width, height, channels; /* channels is 1 or 3 */
    uint16_t *samples;
};

/* Decodes a picture file; what it is, its first bytes say. Alpha is dropped, a palette becomes
 * colours. The samples live in `arena`. SNV2_BAD_MODEL: no picture, damaged, cut off or too large;
 * SNV2_UNSUPPORTED: CMYK, or a format that this program was built without. */
enum snv2_status image_decode(const unsigned char *bytes, size_t size, struct arena *arena,
                              struct image *image, struct snv2_diagnostic *diagnostic);

/* For the decoders: checks the dimensions against the bounds and gives the image its samples. */
enum snv2_status image_new(uint64_t width, uint64_t height, int32_t channels, struct arena *arena,
                           struct image *image, struct snv2_diagnostic *diagnostic);

/* The decoders of image_decode. */
typedef enum snv2_status image_decoder(const unsigned char *bytes, size_t size, struct arena *arena,
                                       struct image *image, struct snv2_diagnostic *diagnostic);
image_decoder decode_png, decode_jpeg, decode_ppm;

#endif
