/* The argument of --input-shape. */
#ifndef CLI_INPUT_SHAPE_H
#define CLI_INPUT_SHAPE_H

#include "onnx/onnx.h"

/* Reads "NAME:1,3,224,224", "NAME:[1,3,224,224]" or the same without "NAME:" (result->name is NULL
 * then). A name may hold colons: the shape stands behind the last one that a digit or bracket
 * follows. Dimensions are positive; what is wrong is SNV2_USAGE. The name lives in `arena`. */
enum snv2_status parse_input_shape(const char *text, struct arena *arena,
                                   struct input_shape *result, struct snv2_diagnostic *diagnostic);

#endif
