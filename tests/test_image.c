/* Pictures: every kind that the decoders read, against the bytes they were made from; and files
 * that are cut off, damaged or too large. */
#include "tests/tap.h"

#include "run/image.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct arena arena;
static struct snv2_diagnostic diagnostic;

static void setup(void) {
    arena_init(&arena, UINT64_MAX);
}

static void teardown(void) {
    arena_free(&arena);
}

/* Decodes from a block of exactly that size, so that sanitizers see a read past its end. */
static enum snv2_status decode(const void *bytes, size_t size, struct image *image) {
    unsigned char *exact = malloc(size + (size == 0));
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, bytes, size);
    enum snv2_status status = image_decode(exact, size, &arena, image, &diagnostic);
    free(exact);
    return status;
}

static void require_decodes(const void *bytes, size_t size, int width, int height, int channels,
                            struct image *image) {
    enum snv2_status status = decode(bytes, size, image);
    ck_assert_msg(status == SNV2_OK, "status %d: %s", status, diagnostic.message);
    ck_assert_int_eq(image->width, width);
    ck_assert_int_eq(image->height, height);
    ck_assert_int_eq(image->channels, channels);
}

static void require_refused(const void *bytes, size_t size, enum snv2_status expected,
                            const char *message) {
    struct image image;
    enum snv2_status status = decode(bytes, size, &image);
    ck_assert_msg(status == expected && strstr(diagnostic.message, message),
                  "status %d, not %d: %s", status, expected, diagnostic.message);
}

/* No part of the file from its start on is a picture, and reading it does no harm. */
static void require_no_prefix(const unsigned char *bytes, size_t size) {
    for (size_t length = 0; length < size; length++) {
        struct image image;
        enum snv2_status status = decode(bytes, length, &image);
        ck_assert_msg(status == SNV2_BAD_MODEL, "%zu of %zu bytes: status %d", length, size,
                      status);
        arena_reset(&arena);
    }
}

/* ---- PGM and PPM ---- */

START_TEST(test_ppm) {
    static const char pgm[] = "P5 2 2 255\n\x00\x01\x80\xff";
    static const char ppm[] = "P6\n# a comment\n1\t2 # another\r\n3\n\x00\x01\x02\x03\x02\x01 rest";
    static const char wide[] = "P5 3 1 1000 \x00\x00\x01\xf4\x03\xe8";
    struct image image;
    require_decodes(pgm, sizeof pgm - 1, 2, 2, 1, &image);
    ck_assert_mem_eq(image.samples, ((const uint16_t[]){0, 257, 128 * 257, 65535}), 8);
    require_decodes(ppm, sizeof ppm - 1, 1, 2, 3, &image);
    ck_assert_mem_eq(image.samples, ((const uint16_t[]){0, 21845, 43690, 65535, 43690, 21845}), 12);
    require_decodes(wide, sizeof wide - 1, 3, 1, 1, &image);
    ck_assert_mem_eq(image.samples, ((const uint16_t[]){0, 32768, 65535}), 6);
    require_no_prefix((const unsigned char *)pgm, sizeof pgm - 1);
    require_no_prefix((const unsigned char *)wide, sizeof wide - 1);
}
END_TEST

START_TEST(test_bad_ppm) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"P6 1 1 0 abc", "the maximum is 0"},
        {"P6 1 1 65536 abcdef", "the maximum is 65536"},
        {"P6 0 1 255 ", "no pixels"},
        {"P6 1 0 255 ", "no pixels"},
        {"P6 65536 1 255 abc", "the picture has 65536x1 pixels"},
        {"P6 65535 65535 255 abc", "the picture has 65535x65535 pixels"},
        {"P6 999999999 999999999 255 abc", "the picture has 999999999x"},
        {"P6 4294967297 1 255 abc", "the header is not"},
        {"P6 -1 1 255 abc", "the header is not"},
        {"P6 1 1", "the header is not"},
        {"P6 1 1 255", "the header is not"},
        {"P6 1 1 255abc", "the header is not"},
        {"P6 # no end", "the header is not"},
        {"P5 1 1 7 \x08", "sample 0 is 8, over the maximum 7"},
        {"P6 2 1 255 abcde", "cut off: 5 of 6 bytes"},
        {"P5 2 1 256 abc", "cut off: 3 of 4 bytes"},
        {"P4 1 1 a", "this is no PNG"},
        {"P3 1 1 255 1 2 3", "this is no PNG"},
        {"", "this is no PNG"},
        {"P", "this is no PNG"},
        {"GIF89a", "this is no PNG"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        require_refused(cases[i].text, strlen(cases[i].text), SNV2_BAD_MODEL, cases[i].message);
}
END_TEST

/* ---- PNG ---- */

#ifdef HAVE_LIBPNG
#include <png.h>

/* A file in memory. */
struct file {
    unsigned char bytes[1 << 16];
    size_t size;
};
static struct file file;

static void append(png_structp png, png_bytep bytes, size_t size) {
    struct file *to = png_get_io_ptr(png);
    ck_assert_uint_le(to->size + size, sizeof to->bytes);
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

enum { WIDTH = 13, HEIGHT = 11, ROW_MAX = WIDTH * 8 };

static unsigned char png_rows[HEIGHT][ROW_MAX]; /* as encoded */
static png_color palette[256];

static void make_rows(void) {
    uint32_t state = 1;
    for (int i = 0; i < HEIGHT * ROW_MAX; i++)
        png_rows[i / ROW_MAX][i % ROW_MAX] = (unsigned char)((state = state * 1664525 + 1) >> 24);
    for (int i = 0; i < 256; i++)
        palette[i] = (png_color){(png_byte)(i * 7), (png_byte)(255 - i), (png_byte)(i * 31)};
}

static void write_png(int depth, int color, bool interlaced, bool transparent) {
    png_bytep rows[HEIGHT];
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_color_16 key = {.gray = 1};
    png_byte alphas[2] = {0, 128};
    for (int y = 0; y < HEIGHT; y++)
        rows[y] = png_rows[y];
    file.size = 0;
    png_set_write_fn(png, &file, append, NULL);
    png_set_IHDR(png, info, WIDTH, HEIGHT, depth, color,
                 interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
                 PNG_FILTER_TYPE_BASE);
    if (color == PNG_COLOR_TYPE_PALETTE)
        png_set_PLTE(png, info, palette, 1 << depth);
    if (transparent)
        png_set_tRNS(png, info, alphas, 2, &key);
    png_write_info(png, info);
    png_write_image(png, rows);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
}

/* Number k of row y, of `depth` bits. */
static uint32_t raw_number(int y, int k, int depth) {
    if (depth == 16)
        return (uint32_t)png_rows[y][2 * k] << 8 | png_rows[y][2 * k + 1];
    int bit = k * depth;
    return png_rows[y][bit / 8] >> (8 - depth - bit % 8) & ((1u << depth) - 1);
}

static void require_png(int depth, int color) {
    int encoded = (color & PNG_COLOR_MASK_COLOR && color != PNG_COLOR_TYPE_PALETTE ? 3 : 1) +
                  (color & PNG_COLOR_MASK_ALPHA ? 1 : 0);
    int channels = color & PNG_COLOR_MASK_COLOR ? 3 : 1;
    struct image image;
    require_decodes(file.bytes, file.size, WIDTH, HEIGHT, channels, &image);
    const uint16_t *sample = image.samples;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < channels; c++) {
                uint32_t expected;
                if (color == PNG_COLOR_TYPE_PALETTE) {
                    const png_color *entry = &palette[raw_number(y, x, depth)];
                    expected = 257u * (c == 0 ? entry->red : c == 1 ? entry->green : entry->blue);
                } else {
                    expected =
                        raw_number(y, x * encoded + c, depth) * (65535 / ((1u << depth) - 1));
                }
                ck_assert_msg(*sample == expected,
                              "depth %d, colour %d, pixel %d,%d,%d: %d, not %u", depth, color, x, y,
                              c, *sample, expected);
                sample++;
            }
}

START_TEST(test_png) {
    static const struct {
        int color, depths[5];
    } kinds[] = {
        {PNG_COLOR_TYPE_GRAY, {1, 2, 4, 8, 16}}, {PNG_COLOR_TYPE_PALETTE, {1, 2, 4, 8}},
        {PNG_COLOR_TYPE_RGB, {8, 16}},           {PNG_COLOR_TYPE_GRAY_ALPHA, {8, 16}},
        {PNG_COLOR_TYPE_RGB_ALPHA, {8, 16}},
    };
    make_rows();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (int k = 0; k < 5 && kinds[i].depths[k]; k++)
            for (int interlaced = 0; interlaced < 2; interlaced++)
                for (int transparent = 0; transparent < 2; transparent++) {
                    if (transparent && kinds[i].color & PNG_COLOR_MASK_ALPHA)
                        continue;
                    write_png(kinds[i].depths[k], kinds[i].color, interlaced, transparent);
                    require_png(kinds[i].depths[k], kinds[i].color);
                }
}
END_TEST

START_TEST(test_truncated_png) {
    make_rows();
    write_png(8, PNG_COLOR_TYPE_RGB, true, false);
    require_no_prefix(file.bytes, file.size);
}
END_TEST

/* No flipped bit does harm; checksums find all that count. */
START_TEST(test_damaged_png) {
    make_rows();
    write_png(2, PNG_COLOR_TYPE_PALETTE, false, false);
    for (size_t i = 0; i < file.size; i++) {
        struct image image;
        file.bytes[i] ^= 0x10;
        decode(file.bytes, file.size, &image);
        file.bytes[i] ^= 0x10;
        arena_reset(&arena);
    }
    file.bytes[file.size - 20] ^= 1; /* in the samples */
    require_refused(file.bytes, file.size, SNV2_BAD_MODEL, "the PNG is damaged: ");
}
END_TEST

static void put_big_endian(unsigned char *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (24 - 8 * i));
}

/* Writes new dimensions into IHDR, and its checksum. */
static void set_png_size(uint32_t width, uint32_t height) {
    enum { IHDR = 12, SIZE = 17 }; /* type and contents, which the checksum covers */
    put_big_endian(file.bytes + IHDR + 4, width);
    put_big_endian(file.bytes + IHDR + 8, height);
    uint32_t crc = 0xffffffff;
    for (int i = 0; i < SIZE * 8; i++) {
        uint32_t bit = file.bytes[IHDR + i / 8] >> (i % 8) & 1;
        crc = crc >> 1 ^ ((crc & 1) ^ bit ? 0xedb88320 : 0);
    }
    put_big_endian(file.bytes + IHDR + SIZE, ~crc);
}

START_TEST(test_png_bomb) {
    make_rows();
    write_png(16, PNG_COLOR_TYPE_RGB_ALPHA, false, false);
    set_png_size(WIDTH, HEIGHT);
    require_png(16, PNG_COLOR_TYPE_RGB_ALPHA); /* the checksum is right */
    set_png_size(65535, 65535);
    require_refused(file.bytes, file.size, SNV2_BAD_MODEL, "the picture has 65535x65535 pixels");
    set_png_size(0x7fffffff, 0x7fffffff);
    require_refused(file.bytes, file.size, SNV2_BAD_MODEL, "the PNG is damaged: ");
    set_png_size(1, 60000); /* allowed, and the samples are not there */
    require_refused(file.bytes, file.size, SNV2_BAD_MODEL, "the PNG is damaged: ");
}
END_TEST
#endif

/* ---- JPEG ---- */

#ifdef HAVE_LIBJPEG
#include <jpeglib.h>

/* A picture that is one colour; malloc'ed. `scans` may be NULL. */
static unsigned char *write_jpeg(J_COLOR_SPACE space, const unsigned char *colour, int components,
                                 const jpeg_scan_info *scans, int scan_count, size_t *size) {
    enum { JPEG_WIDTH = 19, JPEG_HEIGHT = 17 };
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char row[JPEG_WIDTH * 4], *bytes = NULL;
    unsigned long written = 0;
    JSAMPROW rows[] = {row};
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &bytes, &written);
    jpeg.image_width = JPEG_WIDTH;
    jpeg.image_height = JPEG_HEIGHT;
    jpeg.input_components = components;
    jpeg.in_color_space = space;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 100, TRUE);
    jpeg.scan_info = scans;
    jpeg.num_scans = scan_count;
    jpeg_start_compress(&jpeg, TRUE);
    for (int i = 0; i < JPEG_WIDTH * components; i++)
        row[i] = colour[i % components];
    for (int y = 0; y < JPEG_HEIGHT; y++)
        jpeg_write_scanlines(&jpeg, rows, 1);
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    *size = written;
    return bytes;
}

static void require_colour(const struct image *image, const unsigned char *colour) {
    for (int i = 0; i < image->width * image->height * image->channels; i++) {
        int difference = image->samples[i] / 257 - colour[i % image->channels];
        ck_assert_msg(difference >= -2 && difference <= 2, "sample %d is %d", i,
                      image->samples[i] / 257);
        ck_assert_int_eq(image->samples[i] % 257, 0);
    }
}

START_TEST(test_jpeg) {
    static const unsigned char colour[] = {200, 100, 50};
    struct image image;
    size_t size;
    unsigned char *bytes = write_jpeg(JCS_RGB, colour, 3, NULL, 0, &size);
    require_decodes(bytes, size, 19, 17, 3, &image);
    require_colour(&image, colour);
    require_no_prefix(bytes, size);
    for (size_t i = 0; i < size; i++) { /* no flipped bit does harm */
        bytes[i] ^= 0x10;
        decode(bytes, size, &image);
        bytes[i] ^= 0x10;
        arena_reset(&arena);
    }
    free(bytes);
    bytes = write_jpeg(JCS_GRAYSCALE, colour, 1, NULL, 0, &size);
    require_decodes(bytes, size, 19, 17, 1, &image);
    require_colour(&image, colour);
    require_no_prefix(bytes, size);
    free(bytes);
}
END_TEST

START_TEST(test_cmyk_jpeg) {
    static const unsigned char colour[] = {200, 100, 50, 10};
    size_t size;
    unsigned char *bytes = write_jpeg(JCS_CMYK, colour, 4, NULL, 0, &size);
    require_refused(bytes, size, SNV2_UNSUPPORTED, "CMYK");
    free(bytes);
}
END_TEST

START_TEST(test_jpeg_bomb) {
    static const unsigned char colour[] = {200, 100, 50};
    size_t size;
    unsigned char *bytes = write_jpeg(JCS_RGB, colour, 3, NULL, 0, &size);
    size_t frame = 0; /* of the marker SOF0: then length, precision, height, width */
    while (bytes[frame] != 0xff || bytes[frame + 1] != 0xc0)
        frame++;
    memcpy(bytes + frame + 5, "\xff\xdc\xff\xdc", 4);
    require_refused(bytes, size, SNV2_BAD_MODEL, "the picture has 65500x65500 pixels");
    memcpy(bytes + frame + 5, "\0\x40\0\x40", 4); /* more pixels than are there */
    require_refused(bytes, size, SNV2_BAD_MODEL, "the JPEG is damaged: ");
    free(bytes);
}
END_TEST

/* Progressive: the DC coefficient, then each AC coefficient in a scan of its own, and, for too many
 * scans, once more for the last bit. */
START_TEST(test_progressive_jpeg) {
    static const unsigned char colour[] = {180};
    jpeg_scan_info scans[127] = {{1, {0}, 0, 0, 0, 0}};
    for (int k = 1; k < 64; k++) {
        scans[k] = (jpeg_scan_info){1, {0}, k, k, 0, 1};
        scans[63 + k] = (jpeg_scan_info){1, {0}, k, k, 1, 0};
    }
    struct image image;
    size_t size;
    unsigned char *bytes = write_jpeg(JCS_GRAYSCALE, colour, 1, scans, 64, &size);
    require_decodes(bytes, size, 19, 17, 1, &image);
    require_colour(&image, colour);
    require_no_prefix(bytes, size);
    free(bytes);
    bytes = write_jpeg(JCS_GRAYSCALE, colour, 1, scans, 127, &size);
    require_refused(bytes, size, SNV2_BAD_MODEL, "over 100 scans");
    free(bytes);
}
END_TEST
#endif

START_TEST(test_out_of_memory) {
    struct arena small;
    struct image image;
    arena_init(&small, 100);
    ck_assert_int_eq(image_new(8, 8, 1, &small, &image, &diagnostic), SNV2_NO_MEMORY);
    arena_free(&small);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("image");
    TCase *tests = tcase_create("image");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_ppm);
    tcase_add_test(tests, test_bad_ppm);
#ifdef HAVE_LIBPNG
    tcase_add_test(tests, test_png);
    tcase_add_test(tests, test_truncated_png);
    tcase_add_test(tests, test_damaged_png);
    tcase_add_test(tests, test_png_bomb);
#endif
#ifdef HAVE_LIBJPEG
    tcase_add_test(tests, test_jpeg);
    tcase_add_test(tests, test_cmyk_jpeg);
    tcase_add_test(tests, test_jpeg_bomb);
    tcase_add_test(tests, test_progressive_jpeg);
#endif
    tcase_add_test(tests, test_out_of_memory);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
