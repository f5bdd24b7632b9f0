/* Resizing, channels and normalization; see preprocess.h. */
#include "run/preprocess.h"

#include "run/resize.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { FLOAT32 = 1 /* TensorProto.DataType */ };

const struct preprocessing default_preprocessing = {
    .scale = 1.0 / 255,
    .mean = {1, {0}},
    .std = {1, {1}},
};

/* Whether an input can be a picture. */
static bool is_picture_input(const struct snv2_tensor_info *input) {
    return input->dtype == FLOAT32 && input->rank == 4 && input->dims[0] == 1 &&
           (input->dims[1] == 1 || input->dims[1] == 3) && input->dims[2] <= IMAGE_MAX_SIDE &&
           input->dims[3] <= IMAGE_MAX_SIDE;
}

static double channel_value(const struct channel_values *values, int32_t channel) {
    return values->values[values->count == 1 ? 0 : channel];
}

static bool fits(const struct channel_values *values, int64_t channels) {
    return values->count == 1 || values->count == channels;
}

/* Pixel i of one of the input's channels, from the planes of a picture. */
static double input_pixel(const float *planes, size_t pixels, size_t i, int32_t picture_channels,
                          int64_t input_channels, int32_t channel) {
    if (picture_channels == 1)
        return planes[i];
    if (input_channels == 1)
        return 0.299 * planes[i] + 0.587 * planes[pixels + i] + 0.114 * planes[2 * pixels + i];
    return planes[(size_t)channel * pixels + i];
}

enum snv2_status preprocess(const struct image *image, const struct preprocessing *preprocessing,
                            const struct snv2_tensor_info *input, struct arena *arena,
                            float *values, struct snv2_diagnostic *diagnostic) {
    if (!is_picture_input(input))
        return diagnose(diagnostic, SNV2_USAGE,
                        "input '%s' is no picture: that is float32 [1,1,H,W] or [1,3,H,W]",
                        input->name);
    int32_t channels = (int32_t)input->dims[1];
    if (!fits(&preprocessing->mean, channels) || !fits(&preprocessing->std, channels))
        return diagnose(diagnostic, SNV2_USAGE,
                        "--mean and --std need one value, or %" PRId32
                        " as input '%s' has channels",
                        channels, input->name);
    float *planes;
    enum snv2_status status = image_resize(image, (int32_t)input->dims[3], (int32_t)input->dims[2],
                                           arena, &planes, diagnostic);
    if (status != SNV2_OK)
        return status;
    size_t pixels = (size_t)input->dims[2] * (size_t)input->dims[3];
    for (int32_t c = 0; c < channels; c++) {
        double mean = channel_value(&preprocessing->mean, c);
        double std = channel_value(&preprocessing->std, c);
        int32_t source = preprocessing->bgr ? channels - 1 - c : c;
        for (size_t i = 0; i < pixels; i++) {
            double pixel = input_pixel(planes, pixels, i, image->channels, channels, source);
            *values++ = (float)((pixel * preprocessing->scale - mean) / std);
        }
    }
    return SNV2_OK;
}

/* Which colour of red, green and blue each byte of a pixel is; OPAQUE: alpha. */
enum { OPAQUE = -1 };
static const int8_t pixel_colours[][SNV2_MOST_PIXEL_BYTES] = {
    [SNV2_PIXELS_GRAY] = {0},
    [SNV2_PIXELS_RGB] = {0, 1, 2},
    [SNV2_PIXELS_BGR] = {2, 1, 0},
    [SNV2_PIXELS_RGBA] = {0, 1, 2, OPAQUE},
    [SNV2_PIXELS_BGRA] = {2, 1, 0, OPAQUE},
};

enum snv2_status make_frame(const struct image *image, const struct snv2_frame_info *frame,
                            struct arena *arena, unsigned char *bytes,
                            struct snv2_diagnostic *diagnostic) {
    if (frame->images != 1 || frame->width > IMAGE_MAX_SIDE || frame->height > IMAGE_MAX_SIDE)
        return diagnose(diagnostic, SNV2_USAGE, "the input is not one picture of at most %d a side",
                        IMAGE_MAX_SIDE);
    float *planes;
    enum snv2_status status = image_resize(image, (int32_t)frame->width, (int32_t)frame->height,
                                           arena, &planes, diagnostic);
    if (status != SNV2_OK)
        return status;
    size_t pixels = (size_t)frame->width * (size_t)frame->height;
    size_t channels = (size_t)frame->channels;
    bool in_planes = frame->layout == SNV2_LAYOUT_NCHW;
    for (size_t c = 0; c < channels; c++) {
        int8_t colour = pixel_colours[frame->pixels][c];
        for (size_t i = 0; i < pixels; i++) {
            double pixel = colour == OPAQUE ? UINT8_MAX
                                            : input_pixel(planes, pixels, i, image->channels,
                                                          frame->channels, colour);
            bytes[in_planes ? c * pixels + i : i * channels + c] = (unsigned char)(pixel + 0.5);
        }
    }
    return SNV2_OK;
}

/* The program never leaves the C locale, so strtod reads points. */
enum snv2_status parse_channel_values(const char *option, const char *argument,
                                      struct channel_values *values,
                                      struct snv2_diagnostic *diagnostic) {
    const char *text = argument;
    values->count = 0;
    for (;;) {
        char *end;
        double value = strtod(text, &end);
        if (end == text || !isfinite(value) || values->count == 3)
            break;
        values->values[values->count++] = value;
        if (*end == '\0')
            return SNV2_OK;
        if (*end != ',')
            break;
        text = end + 1;
    }
    return diagnose(diagnostic, SNV2_USAGE,
                    "option '%s': '%s' is not a number, or 3 with commas, as in 0.485,0.456,0.406",
                    option, argument);
}
