/* PNG by libpng. Every kind of PNG becomes 16-bit grey or RGB by libpng's own transformations.
 *
 * libpng reports an error by longjmp. The function that calls setjmp changes none of its own
 * variables, and nothing needs freeing but libpng's own structures: the samples are the arena's. */
#include "run/image.h"

#include <png.h>
#include <setjmp.h>
#include <string.h>

/* Chunks beside the picture (texts, profiles) that are larger than this are not read. */
enum { CHUNK_MAX_BYTES = 1 << 23, CHUNK_MAX_COUNT = 1000 };

struct reader {
    const unsigned char *next;
    size_t left;
    struct snv2_diagnostic *diagnostic;
    enum snv2_status status; /* of what failed outside libpng */
};

static void read_bytes(png_structp png, png_bytep bytes, size_t size) {
    struct reader *reader = png_get_io_ptr(png);
    if (size > reader->left)
        png_error(png, "the file is cut off");
    memcpy(bytes, reader->next, size);
    reader->next += size;
    reader->left -= size;
}

static void on_error(png_structp png, png_const_charp message) {
    struct reader *reader = png_get_error_ptr(png);
    reader->status =
        diagnose(reader->diagnostic, SNV2_BAD_MODEL, "the PNG is damaged: %s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

/* Header to samples; an error leaves it by longjmp, past here. */
static enum snv2_status read_picture(png_structp png, png_infop info, struct arena *arena,
                                     struct image *image, struct snv2_diagnostic *diagnostic) {
    png_set_user_limits(png, IMAGE_MAX_SIDE, IMAGE_MAX_SIDE);
    png_set_chunk_malloc_max(png, CHUNK_MAX_BYTES);
    png_set_chunk_cache_max(png, CHUNK_MAX_COUNT);
    png_read_info(png, info);
    int32_t channels = png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR ? 3 : 1;
    enum snv2_status status =
        image_new(png_get_image_width(png, info), png_get_image_height(png, info), channels, arena,
                  image, diagnostic);
    if (status != SNV2_OK)
        return status;
    png_set_expand_16(png);
    png_set_strip_alpha(png);
    const uint16_t one = 1;
    if (*(const unsigned char *)&one == 1)
        png_set_swap(png); /* PNG is big-endian */
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t row_samples = (size_t)image->width * (size_t)channels;
    if (png_get_rowbytes(png, info) != row_samples * sizeof *image->samples)
        return diagnose(diagnostic, SNV2_INTERNAL, "libpng gives rows of another size");
    for (int pass = 0; pass < passes; pass++)
        for (int32_t y = 0; y < image->height; y++)
            png_read_row(png, (png_bytep)(image->samples + (size_t)y * row_samples), NULL);
    png_read_end(png, NULL);
    return SNV2_OK;
}

static void read_or_fail(struct reader *reader, png_structp png, png_infop info,
                         struct arena *arena, struct image *image) {
    if (setjmp(png_jmpbuf(png)) == 0)
        reader->status = read_picture(png, info, arena, image, reader->diagnostic);
}

enum snv2_status decode_png(const unsigned char *bytes, size_t size, struct arena *arena,
                            struct image *image, struct snv2_diagnostic *diagnostic) {
    struct reader reader = {bytes, size, diagnostic, SNV2_OK};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, NULL, NULL);
        return diagnose_no_memory(diagnostic);
    }
    png_set_read_fn(png, &reader, read_bytes);
    read_or_fail(&reader, png, info, arena, image);
    png_destroy_read_struct(&png, &info, NULL);
    return reader.status;
}
