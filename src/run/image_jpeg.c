/* JPEG by libjpeg (libjpeg-turbo).
 *
 * libjpeg reports an error to `error_exit`, which leaves by longjmp. The function that calls
 * setjmp changes none of its own variables, and nothing needs freeing but libjpeg's own memory: the
 * samples are the arena's. */
#include "run/image.h"

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>
#include <jerror.h>

/* Scans of a progressive picture that are read: each costs time for the whole picture. */
enum { MAX_SCANS = 100 };

struct reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    struct snv2_diagnostic *diagnostic;
    enum snv2_status status;
};

static void fail(j_common_ptr jpeg) {
    struct reader *reader = jpeg->client_data;
    char message[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, message);
    reader->status =
        jpeg->err->msg_code == JERR_OUT_OF_MEMORY
            ? diagnose_no_memory(reader->diagnostic)
            : diagnose(reader->diagnostic, SNV2_BAD_MODEL, "the JPEG is damaged: %s", message);
    longjmp(reader->failed, 1);
}

/* libjpeg only warns of data that are cut off or damaged, and makes up what is missing. That would
 * be a wrong answer. Superfluous bytes between markers lose nothing. */
static void on_message(j_common_ptr jpeg, int level) {
    if (level < 0 && jpeg->err->msg_code != JWRN_EXTRANEOUS_DATA)
        fail(jpeg);
}

static void on_progress(j_common_ptr jpeg) {
    struct reader *reader = jpeg->client_data;
    if (reader->jpeg.input_scan_number <= MAX_SCANS)
        return;
    reader->status =
        diagnose(reader->diagnostic, SNV2_BAD_MODEL, "the JPEG has over %d scans", MAX_SCANS);
    longjmp(reader->failed, 1);
}

/* Header to samples; an error leaves it by longjmp, past here. */
static enum snv2_status read_picture(struct reader *reader, const unsigned char *bytes, size_t size,
                                     struct arena *arena, struct image *image) {
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    jpeg_create_decompress(jpeg);
    jpeg->progress = &reader->progress;
    jpeg_mem_src(jpeg, bytes, size);
    jpeg_read_header(jpeg, TRUE);
    if (jpeg->num_components != 1 && jpeg->num_components != 3)
        return diagnose(reader->diagnostic, SNV2_UNSUPPORTED,
                        "the JPEG has %d colour components (CMYK?): convert it to RGB",
                        jpeg->num_components);
    int32_t channels = jpeg->num_components;
    jpeg->out_color_space = channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    enum snv2_status status = image_new(jpeg->image_width, jpeg->image_height, channels, arena,
                                        image, reader->diagnostic);
    if (status != SNV2_OK)
        return status;
    jpeg_start_decompress(jpeg);
    size_t row_samples = (size_t)image->width * (size_t)channels;
    JSAMPARRAY row =
        jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE, (JDIMENSION)row_samples, 1);
    uint16_t *samples = image->samples;
    for (int32_t y = 0; y < image->height; y++) {
        jpeg_read_scanlines(jpeg, row, 1);
        for (size_t i = 0; i < row_samples; i++)
            *samples++ = (uint16_t)(row[0][i] * 257);
    }
    jpeg_finish_decompress(jpeg);
    return SNV2_OK;
}

static void read_or_fail(struct reader *reader, const unsigned char *bytes, size_t size,
                         struct arena *arena, struct image *image) {
    if (setjmp(reader->failed) == 0)
        reader->status = read_picture(reader, bytes, size, arena, image);
}

enum snv2_status decode_jpeg(const unsigned char *bytes, size_t size, struct arena *arena,
                             struct image *image, struct snv2_diagnostic *diagnostic) {
    struct reader reader = {.diagnostic = diagnostic, .status = SNV2_OK};
    reader.jpeg.err = jpeg_std_error(&reader.errors);
    reader.errors.error_exit = fail;
    reader.errors.emit_message = on_message;
    reader.progress.progress_monitor = on_progress;
    reader.jpeg.client_data = &reader;
    read_or_fail(&reader, bytes, size, arena, image);
    jpeg_destroy_decompress(&reader.jpeg);
    return reader.status;
}
