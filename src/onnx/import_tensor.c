/* TensorProto to tensor: raw bytes, typed fields, or external data, checked against dims and type.
 * The contents are always copied, as raw_data may lie at any address. */
#include "onnx/import.h"

#include "base/checked.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The typed fields of TensorProto. */
enum typed_field {
    FLOAT_DATA,
    INT32_DATA,
    INT64_DATA,
    DOUBLE_DATA,
    UINT64_DATA,
    TYPED_FIELD_COUNT
};

static const size_t typed_bytes[TYPED_FIELD_COUNT] = {4, 4, 8, 8, 8};

/* Where ONNX keeps elements of a type that are not raw, and, where the field is wider than the
 * type, what it may hold. float16 and bfloat16 are bits. */
struct encoding {
    enum dtype dtype;
    enum typed_field field;
    int64_t low, high;
};

static const struct encoding encodings[] = {
    {DTYPE_FLOAT32, FLOAT_DATA, 0, 0},
    {DTYPE_FLOAT64, DOUBLE_DATA, 0, 0},
    {DTYPE_INT64, INT64_DATA, 0, 0},
    {DTYPE_UINT64, UINT64_DATA, 0, 0},
    {DTYPE_UINT32, UINT64_DATA, 0, UINT32_MAX},
    {DTYPE_INT32, INT32_DATA, 0, 0},
    {DTYPE_INT16, INT32_DATA, INT16_MIN, INT16_MAX},
    {DTYPE_UINT16, INT32_DATA, 0, UINT16_MAX},
    {DTYPE_INT8, INT32_DATA, INT8_MIN, INT8_MAX},
    {DTYPE_UINT8, INT32_DATA, 0, UINT8_MAX},
    {DTYPE_BOOL, INT32_DATA, 0, 1},
    {DTYPE_FLOAT16, INT32_DATA, 0, UINT16_MAX},
    {DTYPE_BFLOAT16, INT32_DATA, 0, UINT16_MAX},
};

/* A tensor being read. */
struct reading {
    const Onnx__TensorProto *proto;
    const char *name;
    struct snv2_diagnostic *diagnostic;
    const struct encoding *encoding;
    uint64_t elements, bytes; /* of the result */
    size_t element_bytes;
    unsigned char *data;
};

static enum snv2_status refuse(const struct reading *reading, enum snv2_status status,
                               const char *format, ...) __attribute__((format(printf, 3, 4)));

static enum snv2_status refuse(const struct reading *reading, enum snv2_status status,
                               const char *format, ...) {
    char reason[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return diagnose(reading->diagnostic, status, "tensor '%s' %s", shown(reading->name).text,
                    reason);
}

enum snv2_status import_dtype(int32_t number, const char *what, const char *name, enum dtype *dtype,
                              struct snv2_diagnostic *diagnostic) {
    /* TensorProto.DataType of IR version 13. */
    static const char *const names[] = {
        "undefined",      "float32",  "uint8",        "int8",           "uint16",
        "int16",          "int32",    "int64",        "string",         "bool",
        "float16",        "float64",  "uint32",       "uint64",         "complex64",
        "complex128",     "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2",
        "float8e5m2fnuz", "uint4",    "int4",         "float4e2m1",     "float8e8m0",
        "uint2",          "int2"};
    *dtype = dtype_of_number(number);
    if (*dtype != DTYPE_NONE)
        return SNV2_OK;
    if (number <= 0 || number >= (int32_t)(sizeof names / sizeof *names))
        return diagnose(diagnostic, SNV2_BAD_MODEL, "%s '%s' has the unknown element type %d", what,
                        shown(name).text, (int)number);
    return diagnose(diagnostic, SNV2_UNSUPPORTED, "%s '%s' has the unsupported element type %s",
                    what, shown(name).text, names[number]);
}

static enum snv2_status read_shape(struct reading *reading, struct shape *shape) {
    const Onnx__TensorProto *proto = reading->proto;
    if (proto->n_dims > MAX_RANK)
        return refuse(reading, SNV2_UNSUPPORTED, "has %zu dimensions; %d are supported",
                      proto->n_dims, MAX_RANK);
    *shape = (struct shape){.rank = (int32_t)proto->n_dims};
    reading->elements = 1;
    bool fits = true;
    for (size_t i = 0; i < proto->n_dims; i++) {
        if (proto->dims[i] < 0)
            return refuse(reading, SNV2_BAD_MODEL, "has the negative dimension %lld",
                          (long long)proto->dims[i]);
        shape->dims[i] = proto->dims[i];
        fits = fits && checked_mul(reading->elements, (uint64_t)proto->dims[i], &reading->elements);
    }
    fits = fits && shape_is_valid(shape) &&
           checked_mul(reading->elements, reading->element_bytes, &reading->bytes);
    if (!fits)
        return refuse(reading, SNV2_BAD_MODEL, "is too large");
    return SNV2_OK;
}

void swap_little_endian(void *data, uint64_t bytes, size_t element_bytes) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    unsigned char *element = data;
    for (; bytes >= element_bytes; bytes -= element_bytes, element += element_bytes)
        for (size_t i = 0; i < element_bytes / 2; i++) {
            unsigned char byte = element[i];
            element[i] = element[element_bytes - 1 - i];
            element[element_bytes - 1 - i] = byte;
        }
#else
    (void)data, (void)bytes, (void)element_bytes;
#endif
}

static enum snv2_status out_of_range(const struct reading *reading, uint64_t index) {
    return refuse(reading, SNV2_BAD_MODEL, "has an element (%llu) that is out of the range of %s",
                  (unsigned long long)index, dtype_name(reading->encoding->dtype));
}

/* Elements from the typed field: as they are, or narrowed to the type's one, two or four bytes. */
static enum snv2_status copy_typed(struct reading *reading, const void *elements) {
    const struct encoding *encoding = reading->encoding;
    if (typed_bytes[encoding->field] == reading->element_bytes) {
        memcpy(reading->data, elements, (size_t)reading->bytes);
        return SNV2_OK;
    }
    for (size_t i = 0; i < reading->elements; i++) {
        int64_t element = encoding->field == INT32_DATA ? ((const int32_t *)elements)[i]
                                                        : ((const int64_t *)elements)[i];
        if (element < encoding->low || element > encoding->high)
            return out_of_range(reading, i);
        if (reading->element_bytes == 1)
            reading->data[i] = (uint8_t)element;
        else if (reading->element_bytes == 2)
            ((uint16_t *)(void *)reading->data)[i] = (uint16_t)element;
        else
            ((uint32_t *)(void *)reading->data)[i] = (uint32_t)element;
    }
    return SNV2_OK;
}

static enum snv2_status check_raw(const struct reading *reading) {
    const ProtobufCBinaryData *raw = &reading->proto->raw_data;
    if (raw->len != reading->bytes)
        return refuse(reading, SNV2_BAD_MODEL,
                      "has %zu bytes of raw_data; %s and its dims need %llu", raw->len,
                      dtype_name(reading->encoding->dtype), (unsigned long long)reading->bytes);
    return SNV2_OK;
}

/* Sets reading->data from the one place that holds the contents. Nothing is allocated before it is
 * known that they are as large as the dims say. */
static enum snv2_status read_contents(struct reading *reading, struct external *external,
                                      struct arena *arena) {
    const Onnx__TensorProto *proto = reading->proto;
    const struct {
        size_t count;
        const void *elements;
    } typed[TYPED_FIELD_COUNT] = {
        [FLOAT_DATA] = {proto->n_float_data, proto->float_data},
        [INT32_DATA] = {proto->n_int32_data, proto->int32_data},
        [INT64_DATA] = {proto->n_int64_data, proto->int64_data},
        [DOUBLE_DATA] = {proto->n_double_data, proto->double_data},
        [UINT64_DATA] = {proto->n_uint64_data, proto->uint64_data},
    };
    enum typed_field field = reading->encoding->field;
    bool is_external = proto->has_data_location &&
                       proto->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    int places = (proto->raw_data.len > 0) + (proto->n_string_data > 0) + is_external;
    for (int i = 0; i < TYPED_FIELD_COUNT; i++)
        places += typed[i].count > 0;
    if (places > 1)
        return refuse(reading, SNV2_BAD_MODEL, "has its contents in %d places", places);
    if (is_external) {
        enum snv2_status status = external_read(external, proto, reading->name, reading->bytes,
                                                arena, &reading->data, reading->diagnostic);
        if (!status)
            swap_little_endian(reading->data, reading->bytes, reading->element_bytes);
        return status;
    }
    bool is_raw = proto->raw_data.len > 0;
    if (is_raw && check_raw(reading) != SNV2_OK)
        return SNV2_BAD_MODEL;
    if (!is_raw && places == 1 && typed[field].count == 0)
        return refuse(reading, SNV2_BAD_MODEL, "has its contents in a field that is not for %s",
                      dtype_name(reading->encoding->dtype));
    if (!is_raw && typed[field].count != reading->elements)
        return refuse(reading, SNV2_BAD_MODEL, "has %zu elements; its dims need %llu",
                      typed[field].count, (unsigned long long)reading->elements);
    reading->data = arena_alloc(arena, (size_t)reading->elements, reading->element_bytes);
    if (!reading->data)
        return diagnose_no_memory(reading->diagnostic);
    if (!is_raw)
        return places == 0 ? SNV2_OK : copy_typed(reading, typed[field].elements);
    memcpy(reading->data, proto->raw_data.data, proto->raw_data.len);
    swap_little_endian(reading->data, reading->bytes, reading->element_bytes);
    return SNV2_OK;
}

static enum snv2_status check_booleans(const struct reading *reading) {
    for (uint64_t i = 0; i < reading->elements; i++)
        if (reading->data[i] > 1)
            return out_of_range(reading, i);
    return SNV2_OK;
}

static const struct encoding *find_encoding(enum dtype dtype) {
    const struct encoding *encoding = encodings;
    while (encoding->dtype != dtype)
        encoding++;
    return encoding;
}

static enum snv2_status read_type(struct reading *reading, enum dtype *dtype, struct shape *shape) {
    const Onnx__TensorProto *proto = reading->proto;
    enum snv2_status status = import_dtype(proto->has_data_type ? proto->data_type : 0, "tensor",
                                           reading->name, dtype, reading->diagnostic);
    if (status)
        return status;
    if (proto->segment)
        return refuse(reading, SNV2_UNSUPPORTED, "is stored in segments, which are not supported");
    reading->encoding = find_encoding(*dtype);
    reading->element_bytes = dtype_bytes(*dtype);
    return read_shape(reading, shape);
}

enum snv2_status import_tensor_type(const Onnx__TensorProto *proto, const char *name,
                                    enum dtype *dtype, struct shape *shape,
                                    struct snv2_diagnostic *diagnostic) {
    struct reading reading = {.proto = proto, .name = name, .diagnostic = diagnostic};
    return read_type(&reading, dtype, shape);
}

enum snv2_status import_tensor(const Onnx__TensorProto *proto, const char *name,
                               struct external *external, struct arena *arena,
                               struct tensor *tensor, struct snv2_diagnostic *diagnostic) {
    struct reading reading = {.proto = proto, .name = name, .diagnostic = diagnostic};
    enum dtype dtype;
    struct shape shape;
    enum snv2_status status = read_type(&reading, &dtype, &shape);
    if (status)
        return status;
    status = read_contents(&reading, external, arena);
    if (!status && dtype == DTYPE_BOOL)
        status = check_booleans(&reading);
    *tensor = (struct tensor){dtype, shape, reading.data};
    return status;
}
