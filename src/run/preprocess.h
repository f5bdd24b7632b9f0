/* From a picture to the numbers that a network reads. */
#ifndef RUN_PREPROCESS_H
#define RUN_PREPROCESS_H

#include "run/image.h"
#include "snv2/runtime.h"

#include <stdbool.h>

/* Some numbers for all channels, or one for each. */
struct channel_values {
    int32_t count; /* 1 to 3 */
    double values[3];
};

/* value = (pixel * scale - mean) / std, where 255 is white. mean and std stand in the order of the
 * network's channels: blue first under `bgr`. */
struct preprocessing {
    double scale;
    struct channel_values mean, std;
    bool bgr;
};

/* Scale 1/255, mean 0, std 1, red first. */
extern const struct preprocessing default_preprocessing;

/* Fills `values`, of the input's size, from the picture resized to it. Grey is repeated for an
 * input of 3 channels, colours become luma (ITU-R BT.601) for one of 1. SNV2_USAGE where the input
 * is no picture's, or mean or std have another number of values than the input has channels. Takes
 * temporary memory from `arena`. */
enum snv2_status preprocess(const struct image *image, const struct preprocessing *preprocessing,
                            const struct snv2_tensor_info *input, struct arena *arena,
                            float *values, struct snv2_diagnostic *diagnostic);

/* Fills `bytes`, of a frame of one image, from the picture resized to it and rounded to bytes; grey
 * and colours as above, alpha is 255. SNV2_USAGE where the frame has more images, or is too large.
 */
enum snv2_status make_frame(const struct image *image, const struct snv2_frame_info *frame,
                            struct arena *arena, unsigned char *bytes,
                            struct snv2_diagnostic *diagnostic);

/* Reads "0.485,0.456,0.406", or one number for all channels; SNV2_USAGE names `option`. */
enum snv2_status parse_channel_values(const char *option, const char *argument,
                                      struct channel_values *values,
                                      struct snv2_diagnostic *diagnostic);

#endif
