/* Types and elements in the text form. The functions that print or read elements run in the C
 * locale (base/c_locale.h), which their callers enter. */
#ifndef IR_TEXT_TENSOR_H
#define IR_TEXT_TENSOR_H

#include "ir/tensor.h"
#include "ir/text_lex.h"

#include <stdio.h>

enum { WRITTEN_OUT = 16 }; /* a short dump shows the elements of tensors up to this size */

/* "float32[1,3]"; "{1, 2}"; the shortest decimal that reads back to the same float32. */
void text_write_type(FILE *stream, enum dtype dtype, const struct shape *shape);
void text_write_elements(FILE *stream, const struct tensor *tensor);
void text_write_float(FILE *stream, float value);

void text_read_type(struct cursor *cursor, enum dtype *dtype, struct shape *shape);
/* After the type: "{...}" or "random(SEED)", into new memory; NULL after an error. */
const void *text_read_elements(struct cursor *cursor, enum dtype dtype, const struct shape *shape);

#endif
