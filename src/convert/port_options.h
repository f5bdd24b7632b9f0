/* What the user says of inputs and outputs: --input and --output of snv2-convert. */
#ifndef CONVERT_PORT_OPTIONS_H
#define CONVERT_PORT_OPTIONS_H

#include "base/arena.h"
#include "base/diagnostic.h"
#include "ir/graph.h"

/* One number for all channels, or one for each. */
struct channel_numbers {
    int count; /* 1 to 3 */
    float values[3];
};

/* An input of the network that takes 8-bit frames: what it reads is (byte * scale - mean) / std.
 * mean and std are in the order of the network's channels. */
struct frame_option {
    const char *name; /* NULL: the one input */
    enum frame_layout layout;
    enum frame_pixels pixels; /* where has_pixels, else gray or rgb, as the network has channels */
    bool has_pixels;
    bool reads_bgr; /* the network's first channel is blue */
    float scale;
    struct channel_numbers mean, std;
};

/* What is computed of an output at the end: OP_Softmax or OP_ArgMax, over its classes. */
struct function_option {
    const char *name; /* NULL: the one output */
    enum op op;
    int axis;
    bool has_axis; /* else the axis of the classes */
};

/* "[NAME:]u8[,nhwc][,bgr][,mean=0.485/0.456/0.406]..."; SNV2_USAGE. Names are copied to `arena`. */
enum snv2_status parse_frame_option(const char *argument, struct arena *arena,
                                    struct frame_option *option,
                                    struct snv2_diagnostic *diagnostic);

/* Whether the argument is "[NAME]:softmax" or the like, and no file. */
bool is_function_option(const char *argument);

/* "[NAME]:softmax[,axis=1]" or "[NAME]:argmax..."; SNV2_USAGE. */
enum snv2_status parse_function_option(const char *argument, struct arena *arena,
                                       struct function_option *option,
                                       struct snv2_diagnostic *diagnostic);

#endif
