/* Which decoder reads a picture, and what bounds its size. */
#include "run/image.h"

#include <inttypes.h>
#include <string.h>

#ifndef HAVE_LIBPNG
#define decode_png NULL
#endif
#ifndef HAVE_LIBJPEG
#define decode_jpeg NULL
#endif

static const struct {
    const char *name, *magic;
    image_decoder *decode; /* NULL: built without its library */
} formats[] = {
    {"PNG", "\x89PNG\r\n\x1a\n", decode_png},
    {"JPEG", "\xff\xd8\xff", decode_jpeg},
    {"PGM", "P5", decode_ppm},
    {"PPM", "P6", decode_ppm},
};

enum snv2_status image_decode(const unsigned char *bytes, size_t size, struct arena *arena,
                              struct image *image, struct snv2_diagnostic *diagnostic) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t length = strlen(formats[i].magic);
        if (size < length || memcmp(bytes, formats[i].magic, length) != 0)
            continue;
        if (formats[i].decode)
            return formats[i].decode(bytes, size, arena, image, diagnostic);
        return diagnose(diagnostic, SNV2_UNSUPPORTED, "this program was built without %s",
                        formats[i].name);
    }
    return diagnose(diagnostic, SNV2_BAD_MODEL, "this is no PNG, JPEG, PGM (P5) or PPM (P6) file");
}

enum snv2_status image_new(uint64_t width, uint64_t height, int32_t channels, struct arena *arena,
                           struct image *image, struct snv2_diagnostic *diagnostic) {
    if (width == 0 || height == 0)
        return diagnose(diagnostic, SNV2_BAD_MODEL, "the picture has no pixels");
    if (width > IMAGE_MAX_SIDE || height > IMAGE_MAX_SIDE || width * height > IMAGE_MAX_PIXELS)
        return diagnose(diagnostic, SNV2_BAD_MODEL,
                        "the picture has %" PRIu64 "x%" PRIu64 " pixels; at most %d a side and %d "
                        "in all are read",
                        width, height, IMAGE_MAX_SIDE, IMAGE_MAX_PIXELS);
    uint16_t *samples = arena_alloc(arena, (size_t)(width * height), (size_t)channels * 2);
    if (!samples)
        return diagnose_no_memory(diagnostic);
    *image = (struct image){(int32_t)width, (int32_t)height, channels, samples};
    return SNV2_OK;
}
