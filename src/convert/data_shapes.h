/* The sizes that a model leaves open, taken from the user's test data. */
#ifndef CONVERT_DATA_SHAPES_H
#define CONVERT_DATA_SHAPES_H

#include "onnx/onnx.h"

/* Adds to options->input_shapes the shape of each input_K.pb of `folder` whose input the user gave
 * none. A sole tensor is that of the one input; of several, those without a name are left out. The
 * new list is in `arena`. */
enum snv2_status add_data_shapes(struct onnx_options *options, const char *folder,
                                 struct arena *arena, struct snv2_diagnostic *diagnostic);

#endif
