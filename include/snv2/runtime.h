/* The runtime: opens a native model and runs it. Links libc, libm and pthreads only.
 *
 *   struct snv2_model *model;
 *   struct snv2_context *context;
 *   struct snv2_diagnostic diagnostic;
 *   if (snv2_open("net.snv2", &model, &diagnostic) != SNV2_OK ||
 *       snv2_context_new(model, NULL, &context, &diagnostic) != SNV2_OK)
 *       ... print diagnostic.message ...
 *   const void *inputs[] = {image};
 *   void *outputs[] = {scores};
 *   snv2_run(context, inputs, outputs);
 *   snv2_context_free(context);
 *   snv2_close(model);
 *
 * A model is immutable: any number of threads may use it at once. A context belongs to one caller
 * at a time. Nothing here prints, exits, or keeps global state that is written. A diagnostic
 * argument may be NULL. */
#ifndef SNV2_RUNTIME_H
#define SNV2_RUNTIME_H

#include "snv2/allocator.h"
#include "snv2/frame.h"
#include "snv2/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

struct snv2_model;
struct snv2_context;

/* A graph input or output, as the caller sees it: row-major, dense. */
struct snv2_tensor_info {
    const char *name; /* the ONNX name; the model's memory */
    int32_t dtype;    /* TensorProto.DataType; 1 is float32, 2 the bytes of a frame */
    int32_t rank;
    int64_t dims[8];
    size_t bytes;
    size_t image_bytes; /* of each image, where a run may have fewer; else 0 */
};

/* An input that takes frames: pictures of bytes, which the network scales by itself. Its dims are
 * [images, height, width, channels] or [images, channels, height, width], as the layout says. */
struct snv2_frame_info {
    enum snv2_layout layout;
    enum snv2_pixels pixels;
    int64_t images, height, width, channels; /* channels: the bytes of a pixel */
    size_t row_bytes;                        /* of a row of pixels, or of a row of a plane */
};

/* What a run reads. Strides are bytes, 0 where one thing stands right behind the other, and may be
 * negative (a picture from its last row upwards). They are for frames, and 0 for others. */
struct snv2_frame {
    const void *data; /* the first row of the first image, or all numbers of an input of float32 */
    ptrdiff_t row_stride;   /* from a row to the next, row_bytes or more */
    ptrdiff_t plane_stride; /* SNV2_LAYOUT_NCHW: from a channel to the next */
    ptrdiff_t image_stride; /* from an image to the next */
};

/* Which units (pointwise, depthwise, pointwise convolution; the like) run as one, in bands of rows.
 * The results are the same bits. */
enum snv2_fusion {
    SNV2_FUSE_WHERE_IT_PAYS, /* by a model of the processor and the number of threads */
    SNV2_FUSE_NOWHERE,
    SNV2_FUSE_EVERYWHERE, /* where it can be, in bands of one row, all threads sharing the smallest
                           * command: to test */
};

/* Zeros are the defaults. */
struct snv2_context_options {
    int threads; /* threads that one run uses, the caller's included; 0: 1 */
    /* If given, a run uses the caller's threads and starts none: it calls body(data, 0) to
     * body(data, count - 1), in any threads, at once or one after another, and returns when all
     * have returned. `user` is passed on to it. */
    void (*parallel_for)(void *user, int count, void (*body)(void *data, int number), void *data);
    void *user;
    enum snv2_fusion fusion;
};

/* Reads the file into huge pages, or maps it where there are none or it is small, and verifies
 * everything but the values of weights. SNV2_NO_INPUT, SNV2_PERMISSION, SNV2_IO, SNV2_NO_MEMORY;
 * SNV2_BAD_MODEL where it is not a sound blob. The file may be replaced or renamed while the model
 * is open; where it is mapped and rewritten in place, only numbers can change, and where it is
 * truncated a read may raise SIGBUS (snv2_open_memory is the way around). */
enum snv2_status snv2_open(const char *path, struct snv2_model **model,
                           struct snv2_diagnostic *diagnostic);

/* The same from memory, which is 64-aligned, stays as it is and outlives the model. */
enum snv2_status snv2_open_memory(const void *bytes, size_t size, struct snv2_model **model,
                                  struct snv2_diagnostic *diagnostic);

/* The same with all memory of the model and its contexts from an allocator; threads' stacks are the
 * system's. `allocator` is only read during the call; NULL: the system's memory. The file is read
 * into memory of the allocator's. */
enum snv2_status snv2_open_from(const char *path, const struct snv2_allocator *allocator,
                                struct snv2_model **model, struct snv2_diagnostic *diagnostic);
enum snv2_status snv2_open_memory_from(const void *bytes, size_t size,
                                       const struct snv2_allocator *allocator,
                                       struct snv2_model **model,
                                       struct snv2_diagnostic *diagnostic);

/* Frees the model, which no context may use any more. NULL is fine. */
void snv2_close(struct snv2_model *model);

int snv2_input_count(const struct snv2_model *model);
int snv2_output_count(const struct snv2_model *model);
/* NULL where there is no such number. The result lives as long as the model. */
const struct snv2_tensor_info *snv2_input(const struct snv2_model *model, int number);
const struct snv2_tensor_info *snv2_output(const struct snv2_model *model, int number);

/* The images that a run has at most, where it may have fewer (snv2-convert --batch); 0 where the
 * model says how many. The dims of inputs and outputs are those of the most. */
int snv2_images(const struct snv2_model *model);

/* What frames the input takes; NULL where it takes float32, or there is no such input. */
const struct snv2_frame_info *snv2_input_frame(const struct snv2_model *model, int number);

/* The classes of an output that have names, and the name of one; 0 and NULL where there are none.
 * Of an output of class numbers (ArgMax), they are the names of these. */
int64_t snv2_label_count(const struct snv2_model *model, int output);
const char *snv2_label(const struct snv2_model *model, int output, int64_t number);

/* The metadata value of that key (snv2-blob(5)), or NULL. */
const char *snv2_metadata(const struct snv2_model *model, const char *key);

/* Memory for one run at a time: allocates the arena, chooses kernels, starts the threads. `options`
 * may be NULL. SNV2_NO_MEMORY, SNV2_USAGE (threads below 0 or over 256). */
enum snv2_status snv2_context_new(const struct snv2_model *model,
                                  const struct snv2_context_options *options,
                                  struct snv2_context **context,
                                  struct snv2_diagnostic *diagnostic);
void snv2_context_free(struct snv2_context *context);

/* The runs that follow have so many images, 1 to snv2_images(model); at first it is the most. Those
 * of an input or output stand one behind the other, image_bytes each. An image's result does not
 * depend on the number. Plans runs anew, which takes a fraction of a millisecond and may allocate.
 * SNV2_USAGE, SNV2_NO_MEMORY: and all is as it was. */
enum snv2_status snv2_set_images(struct snv2_context *context, int images,
                                 struct snv2_diagnostic *diagnostic);

/* Runs the network: inputs[i] is input number i, outputs[i] output number i, each of the bytes that
 * its info says, aligned to its element; the rows of a frame stand one right behind the other.
 * Inputs are only read; no buffer may overlap an output. Allocates nothing. The results are the
 * same bits at every number of threads, on every CPU. */
enum snv2_status snv2_run(struct snv2_context *context, const void *const *inputs,
                          void *const *outputs);

/* The same with frames as they stand in the caller's memory, of which nothing but the rows' own
 * bytes is read. SNV2_USAGE, and nothing is run, where a stride is smaller than a row, or is given
 * for an input that has none. */
enum snv2_status snv2_run_frames(struct snv2_context *context, const struct snv2_frame *inputs,
                                 void *const *outputs);

/* What was chosen, a line a command, as text for people (snv2-run --info): writes at most `size`
 * bytes with the NUL, returns the length of the whole text. */
size_t snv2_describe(const struct snv2_context *context, char *text, size_t size);

/* Runs the network some times, as snv2_run does, and says of the shortest run where its time went,
 * a line a class of steps, as text for people (snv2-run --profile). Writes and returns as
 * snv2_describe does; 0 when out of memory. Where units run as one, their time is not told apart.
 */
size_t snv2_profile(struct snv2_context *context, const void *const *inputs, void *const *outputs,
                    char *text, size_t size);

/* "1.0.0" of the library that is linked. */
const char *snv2_version(void);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
