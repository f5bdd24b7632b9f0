/* Binary PGM (P5) and PPM (P6): "P6 WIDTH HEIGHT MAXVAL", one white space, samples of one byte, or
 * of two (big-endian) where MAXVAL is over 255. Comments run from # to the end of their line. */
#include "run/image.h"

#include <stdbool.h>
#include <string.h>

struct header {
    const unsigned char *next, *end;
};

static bool is_space(unsigned char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_space(struct header *header) {
    while (header->next < header->end && (is_space(*header->next) || *header->next == '#')) {
        if (*header->next == '#')
            while (header->next < header->end && *header->next != '\n')
                header->next++;
        else
            header->next++;
    }
}

/* A decimal number of at most 9 digits, or false. */
static bool read_number(struct header *header, uint32_t *number) {
    skip_space(header);
    int digits = 0;
    *number = 0;
    for (; header->next < header->end && *header->next >= '0' && *header->next <= '9'; digits++) {
        if (digits == 9)
            return false;
        *number = *number * 10 + (uint32_t)(*header->next++ - '0');
    }
    return digits > 0;
}

static enum snv2_status read_samples(const unsigned char *bytes, uint32_t maxval,
                                     struct image *image, struct snv2_diagnostic *diagnostic) {
    size_t count = (size_t)image->width * (size_t)image->height * (size_t)image->channels;
    for (size_t i = 0; i < count; i++) {
        uint32_t value = *bytes++;
        if (maxval > 255)
            value = value << 8 | *bytes++;
        if (value > maxval)
            return diagnose(diagnostic, SNV2_BAD_MODEL, "sample %zu is %u, over the maximum %u", i,
                            value, maxval);
        image->samples[i] = (uint16_t)((value * 65535u + maxval / 2) / maxval);
    }
    return SNV2_OK;
}

enum snv2_status decode_ppm(const unsigned char *bytes, size_t size, struct arena *arena,
                            struct image *image, struct snv2_diagnostic *diagnostic) {
    struct header header = {bytes + strlen("P6"), bytes + size};
    int32_t channels = bytes[1] == '6' ? 3 : 1;
    uint32_t width, height, maxval;
    if (!read_number(&header, &width) || !read_number(&header, &height) ||
        !read_number(&header, &maxval) || header.next == header.end || !is_space(*header.next))
        return diagnose_at(diagnostic, SNV2_BAD_MODEL, header.next - bytes,
                           "the header is not width, height and maximum, each a number");
    header.next++;
    if (maxval == 0 || maxval > 65535)
        return diagnose(diagnostic, SNV2_BAD_MODEL, "the maximum is %u, not 1 to 65535", maxval);
    enum snv2_status status = image_new(width, height, channels, arena, image, diagnostic);
    if (status != SNV2_OK)
        return status;
    size_t sample_bytes = maxval > 255 ? 2 : 1;
    size_t wanted = (size_t)width * height * (size_t)channels * sample_bytes;
    size_t available = (size_t)(header.end - header.next);
    if (available < wanted)
        return diagnose(diagnostic, SNV2_BAD_MODEL,
                        "the file is cut off: %zu of %zu bytes of samples", available, wanted);
    return read_samples(header.next, maxval, image, diagnostic);
}
