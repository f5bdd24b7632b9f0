/* Inputs from and outputs to files, by the format that their names say; see port_files.h. */
#include "run/port_files.h"

#include "base/write_file.h"
#include "onnx/file.h"
#include "onnx/onnx.h"
#include "run/file_format.h"
#include "run/npy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What one input may take: its file, and all memory for reading it. */
#define INPUT_MAX_BYTES ((uint64_t)1 << 31)
#define INPUT_BUDGET ((uint64_t)1 << 32)

/* ---- inputs ---- */

static enum snv2_status take_tensor(const struct port *port, const struct tensor *tensor,
                                    struct snv2_diagnostic *diagnostic) {
    char has[SHAPE_TEXT], wants[SHAPE_TEXT];
    if (!shape_equal(&tensor->shape, &port->shape))
        return diagnose(diagnostic, SNV2_BAD_MODEL, "the shape is %s, and input '%s' is %s",
                        shape_format(&tensor->shape, has), port->info->name,
                        shape_format(&port->shape, wants));
    int64_t count = shape_elements(&port->shape);
    for (int64_t i = 0; i < count; i++) {
        double number = tensor_real(tensor, i);
        if (port->values)
            port->values[i] = (float)number;
        else if (number >= 0 && number <= UINT8_MAX && number == (uint8_t)number)
            port->bytes[i] = (uint8_t)number;
        else
            return diagnose(diagnostic, SNV2_BAD_MODEL, "%g is no byte, as input '%s' has them",
                            number, port->info->name);
    }
    return SNV2_OK;
}

static enum snv2_status take_raw(const struct port *port, enum file_format format,
                                 const unsigned char *bytes, size_t size,
                                 struct snv2_diagnostic *diagnostic) {
    if ((format == FORMAT_U8) != (port->bytes != NULL))
        return diagnose(diagnostic, SNV2_USAGE, "input '%s' is of %s: raw files of it end in %s",
                        port->info->name, port->bytes ? "bytes" : "float32",
                        port->bytes ? ".u8" : ".f32");
    if (size != port->info->bytes)
        return diagnose(diagnostic, SNV2_BAD_MODEL, "the file has %zu bytes, and input '%s' %zu",
                        size, port->info->name, port->info->bytes);
    memcpy(port->bytes ? (void *)port->bytes : port->values, bytes, size);
    return SNV2_OK;
}

static enum snv2_status take_bytes(const struct port *port, enum file_format format,
                                   const struct preprocessing *preprocessing,
                                   const unsigned char *bytes, size_t size, struct arena *scratch,
                                   struct snv2_diagnostic *diagnostic) {
    enum snv2_status status;
    if (format == FORMAT_F32 || format == FORMAT_U8)
        return take_raw(port, format, bytes, size, diagnostic);
    if (format == FORMAT_PICTURE) {
        struct image image;
        status = image_decode(bytes, size, scratch, &image, diagnostic);
        if (status == SNV2_OK && port->frame)
            return make_frame(&image, port->frame, scratch, port->bytes, diagnostic);
        return status != SNV2_OK ? status
                                 : preprocess(&image, preprocessing, port->info, scratch,
                                              port->values, diagnostic);
    }
    struct tensor tensor;
    status = npy_decode(bytes, size, scratch, &tensor, diagnostic);
    return status != SNV2_OK ? status : take_tensor(port, &tensor, diagnostic);
}

static enum snv2_status read_with(const struct port *port, struct arena *scratch,
                                  const struct preprocessing *preprocessing,
                                  struct snv2_diagnostic *diagnostic) {
    enum file_format format = file_format_of(port->file);
    enum snv2_status status;
    if (format == FORMAT_UNKNOWN)
        return diagnose(diagnostic, SNV2_USAGE,
                        "the name of an input ends in .npy, .f32, .u8, .pb, .png, .jpg, .jpeg, "
                        ".pgm or .ppm");
    if (format == FORMAT_PB) {
        struct tensor tensor;
        const char *name;
        status = onnx_load_tensor(port->file, scratch, &tensor, &name, diagnostic);
        return status != SNV2_OK ? status : take_tensor(port, &tensor, diagnostic);
    }
    unsigned char *bytes;
    size_t size;
    status = file_read(port->file, INPUT_MAX_BYTES, &bytes, &size, diagnostic);
    if (status != SNV2_OK)
        return status;
    status = take_bytes(port, format, preprocessing, bytes, size, scratch, diagnostic);
    free(bytes);
    return status;
}

enum snv2_status read_input(const struct port *port, const struct preprocessing *preprocessing,
                            struct snv2_diagnostic *diagnostic) {
    struct arena scratch;
    arena_init(&scratch, INPUT_BUDGET);
    enum snv2_status status = read_with(port, &scratch, preprocessing, diagnostic);
    arena_free(&scratch);
    if (status != SNV2_OK)
        diagnostic_set_file(diagnostic, port->file);
    return status;
}

/* ---- outputs ---- */

static enum snv2_status write_npy(const struct port *port, const struct tensor *tensor,
                                  struct snv2_diagnostic *diagnostic) {
    struct arena arena;
    const unsigned char *bytes;
    size_t size;
    arena_init(&arena, UINT64_MAX);
    enum snv2_status status = npy_encode(tensor, &arena, &bytes, &size, diagnostic);
    if (status == SNV2_OK)
        status = write_file(port->file, NULL, bytes, size, diagnostic);
    arena_free(&arena);
    return status;
}

static enum snv2_status write_raw(const struct port *port, const struct tensor *tensor,
                                  struct snv2_diagnostic *diagnostic) {
    return write_file(port->file, NULL, tensor->data, port->info->bytes, diagnostic);
}

static enum snv2_status write_pb(const struct port *port, const struct tensor *tensor,
                                 struct snv2_diagnostic *diagnostic) {
    return onnx_write_tensor(port->file, port->info->name, tensor, diagnostic);
}

/* NULL: no format for outputs. */
typedef enum snv2_status port_writer(const struct port *port, const struct tensor *tensor,
                                     struct snv2_diagnostic *diagnostic);
static port_writer *const writers[] = {
    [FORMAT_NPY] = write_npy, [FORMAT_F32] = write_raw, [FORMAT_U8] = NULL,
    [FORMAT_PB] = write_pb,   [FORMAT_PICTURE] = NULL,
};

enum snv2_status check_output_name(const char *path, struct snv2_diagnostic *diagnostic) {
    if (writers[file_format_of(path)])
        return SNV2_OK;
    diagnose(diagnostic, SNV2_USAGE, "the name of an output ends in .npy, .f32 or .pb");
    diagnostic_set_file(diagnostic, path);
    return SNV2_USAGE;
}

enum snv2_status write_output(const struct port *port, struct snv2_diagnostic *diagnostic) {
    const struct tensor tensor = {DTYPE_FLOAT32, port->shape, port->values};
    return writers[file_format_of(port->file)](port, &tensor, diagnostic);
}
