/* The wire scan; see wire.h. It is driven by protobuf-c's own descriptors, so that it knows exactly
 * the fields that the parser knows and the sizes that the parser allocates. */
#include "onnx/wire.h"

#include "base/utf8.h"

#include <assert.h>
#include <stdbool.h>

enum { WIRE_VARINT, WIRE_64BIT, WIRE_LENGTH, WIRE_GROUP, WIRE_END_GROUP, WIRE_32BIT };

/* What protobuf-c allocates besides messages, strings and arrays: its list of the fields of one
 * message lies on the stack up to 16 fields, then in slabs of 32, 64, ... entries. */
enum { SCANNED_FIELD_BYTES = 40, FIELDS_ON_STACK = 16 };

/* A message being scanned. */
struct frame {
    const ProtobufCMessageDescriptor *type;
    size_t end;
    uint64_t fields_seen; /* by index in the descriptor */
    uint64_t field_count; /* on the wire, unknown ones too */
};

struct scan {
    const uint8_t *bytes;
    size_t position;
    uint64_t heap, messages;
    struct frame frames[WIRE_MAX_DEPTH];
    int depth;
    struct snv2_diagnostic *diagnostic;
};

/* One field's key and where it stands. */
struct field {
    size_t offset;
    uint32_t number, wire_type;
    const ProtobufCFieldDescriptor *known; /* NULL: unknown */
};

static const char *wire_type_name(uint32_t wire_type) {
    static const char *const names[] = {"varint",       "64-bit", "length-delimited", "group",
                                        "end of group", "32-bit", "invalid 6",        "invalid 7"};
    return names[wire_type];
}

/* The wire type of one value of that type. */
static uint32_t natural_wire_type(ProtobufCType type) {
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        return WIRE_VARINT;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return WIRE_64BIT;
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return WIRE_32BIT;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    return WIRE_LENGTH;
}

/* An upper bound of an element's size in the array of a repeated field. */
static size_t element_bytes(ProtobufCType type) {
    return type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(uint64_t);
}

/* One allocation, with the padding of base/arena.h. The sum cannot overflow: no byte of the file
 * stands for more than a few hundred bytes of heap. */
static void take_heap(struct scan *scan, uint64_t bytes) {
    uint64_t alignment = bytes < 64 ? 16 : 64;
    scan->heap += (bytes + alignment - 1) / alignment * alignment;
}

#define REFUSE(scan, offset, ...)                                                                  \
    (diagnose_at((scan)->diagnostic, SNV2_BAD_MODEL, (int64_t)(offset), __VA_ARGS__),              \
     SNV2_BAD_MODEL)

/* Reads a varint of at most `longest` bytes that ends before `end`. */
static enum snv2_status read_varint(struct scan *scan, size_t end, int longest, const char *what,
                                    uint64_t *value) {
    size_t start = scan->position;
    uint64_t result = 0;
    for (int i = 0; i < longest; i++) {
        if (scan->position == end)
            return REFUSE(scan, start, "%s is cut off: the file is truncated or damaged", what);
        uint8_t byte = scan->bytes[scan->position++];
        result |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *value = result;
            return SNV2_OK;
        }
    }
    return REFUSE(scan, start, "%s is longer than %d bytes", what, longest);
}

static enum snv2_status read_key(struct scan *scan, struct field *field) {
    const struct frame *frame = &scan->frames[scan->depth - 1];
    uint64_t key;
    field->offset = scan->position;
    enum snv2_status status = read_varint(scan, frame->end, 5, "a field's key", &key);
    if (status)
        return status;
    field->number = (uint32_t)(key >> 3);
    field->wire_type = key & 7;
    const char *hint = scan->depth == 1 ? "; is this an ONNX file?" : "";
    if (field->number == 0 || key > UINT32_MAX)
        return REFUSE(scan, field->offset, "field number %llu in %s is not valid%s",
                      (unsigned long long)(key >> 3), frame->type->short_name, hint);
    field->known = protobuf_c_message_descriptor_get_field(frame->type, field->number);
    if (field->wire_type == WIRE_GROUP || field->wire_type == WIRE_END_GROUP ||
        field->wire_type > WIRE_32BIT)
        return REFUSE(
            scan, field->offset, "field %u of %s has the wire type '%s', which ONNX never uses%s",
            field->number, frame->type->short_name, wire_type_name(field->wire_type), hint);
    return SNV2_OK;
}

/* The elements of a packed array up to `end`. */
static enum snv2_status scan_packed(struct scan *scan, const struct field *field, size_t end) {
    uint64_t count = 0, value;
    uint32_t wire_type = natural_wire_type(field->known->type);
    if (wire_type == WIRE_VARINT) {
        for (; scan->position < end; count++) {
            enum snv2_status status = read_varint(scan, end, 10, "an element", &value);
            if (status)
                return status;
        }
    } else {
        size_t bytes = wire_type == WIRE_64BIT ? 8 : 4, length = end - scan->position;
        if (length % bytes != 0)
            return REFUSE(scan, field->offset,
                          "packed field '%s' has %zu bytes, not a multiple of %zu",
                          field->known->name, length, bytes);
        count = length / bytes;
        scan->position = end;
    }
    take_heap(scan, count * element_bytes(field->known->type));
    return SNV2_OK;
}

static enum snv2_status scan_string(struct scan *scan, const struct field *field, size_t end) {
    while (scan->position < end) {
        const uint8_t *text = scan->bytes + scan->position;
        size_t length = utf8_length(text, end - scan->position);
        if (length == 0)
            return REFUSE(scan, scan->position, "string '%s' is not valid UTF-8",
                          field->known->name);
        if (*text == '\0')
            return REFUSE(scan, scan->position, "string '%s' has a NUL in it", field->known->name);
        scan->position += length;
    }
    return SNV2_OK;
}

static enum snv2_status push(struct scan *scan, const struct field *field, size_t end) {
    const ProtobufCMessageDescriptor *type = field->known->descriptor;
    if (scan->depth == WIRE_MAX_DEPTH)
        return REFUSE(scan, field->offset, "%s is nested more than %d messages deep",
                      type->short_name, WIRE_MAX_DEPTH);
    if (++scan->messages > WIRE_MAX_MESSAGES)
        return REFUSE(scan, field->offset, "the file holds more than %d messages",
                      WIRE_MAX_MESSAGES);
    take_heap(scan, type->sizeof_message);
    assert(type->n_fields <= 64); /* bits of fields_seen */
    scan->frames[scan->depth++] = (struct frame){.type = type, .end = end};
    return SNV2_OK;
}

static void pop(struct scan *scan) {
    const struct frame *frame = &scan->frames[--scan->depth];
    uint64_t covered = FIELDS_ON_STACK;
    for (uint64_t slab = 2 * FIELDS_ON_STACK; covered < frame->field_count; slab *= 2) {
        take_heap(scan, slab * SCANNED_FIELD_BYTES);
        covered += slab;
    }
}

/* The content of a length-delimited field that ends at `end`; a message's is left to the walk. */
static enum snv2_status scan_content(struct scan *scan, const struct field *field, size_t end) {
    if (field->known) {
        ProtobufCType type = field->known->type;
        if (type == PROTOBUF_C_TYPE_MESSAGE)
            return push(scan, field, end);
        if (type == PROTOBUF_C_TYPE_STRING) {
            take_heap(scan, (uint64_t)(end - scan->position) + 1);
            return scan_string(scan, field, end);
        }
        if (type != PROTOBUF_C_TYPE_BYTES)
            return scan_packed(scan, field, end);
    }
    take_heap(scan, end - scan->position);
    scan->position = end;
    return SNV2_OK;
}

static enum snv2_status scan_length_delimited(struct scan *scan, const struct field *field) {
    const struct frame *frame = &scan->frames[scan->depth - 1];
    uint64_t length;
    enum snv2_status status = read_varint(scan, frame->end, 5, "a field's length", &length);
    if (status)
        return status;
    if (length > frame->end - scan->position)
        return REFUSE(
            scan, field->offset,
            "field '%s' of %s says %llu bytes where %zu are left: the file is truncated or damaged",
            field->known ? field->known->name : "(unknown)", frame->type->short_name,
            (unsigned long long)length, frame->end - scan->position);
    return scan_content(scan, field, scan->position + (size_t)length);
}

/* Whether the field may stand here, and its share of the message's arrays. */
static enum snv2_status check_field(struct scan *scan, const struct field *field) {
    struct frame *frame = &scan->frames[scan->depth - 1];
    const ProtobufCFieldDescriptor *known = field->known;
    frame->field_count++;
    if (!known) {
        take_heap(scan, sizeof(ProtobufCMessageUnknownField));
        return SNV2_OK;
    }
    bool repeated = known->label == PROTOBUF_C_LABEL_REPEATED;
    uint32_t natural = natural_wire_type(known->type);
    bool packed = repeated && natural != WIRE_LENGTH && field->wire_type == WIRE_LENGTH;
    if (field->wire_type != natural && !packed)
        return REFUSE(scan, field->offset, "field '%s' of %s has the wire type '%s', expected '%s'",
                      known->name, frame->type->short_name, wire_type_name(field->wire_type),
                      wire_type_name(natural));
    uint64_t bit = (uint64_t)1 << (known - frame->type->fields);
    if (known->type == PROTOBUF_C_TYPE_MESSAGE && !repeated && (frame->fields_seen & bit))
        return REFUSE(scan, field->offset, "field '%s' of %s stands twice", known->name,
                      frame->type->short_name);
    if (repeated) /* elements share one array: its padding is taken once */
        scan->heap += element_bytes(known->type) + (frame->fields_seen & bit ? 0 : 64);
    frame->fields_seen |= bit;
    return SNV2_OK;
}

static enum snv2_status scan_field(struct scan *scan) {
    struct field field;
    uint64_t value;
    enum snv2_status status = read_key(scan, &field);
    if (!status)
        status = check_field(scan, &field);
    if (status)
        return status;
    size_t end = scan->frames[scan->depth - 1].end;
    if (field.wire_type == WIRE_LENGTH)
        return scan_length_delimited(scan, &field);
    if (field.wire_type == WIRE_VARINT)
        status = read_varint(scan, end, 10, "a number", &value);
    else {
        size_t bytes = field.wire_type == WIRE_64BIT ? 8 : 4;
        if (bytes > end - scan->position)
            return REFUSE(scan, field.offset,
                          "a number is cut off: the file is truncated or damaged");
        scan->position += bytes;
    }
    return status;
}

enum snv2_status wire_scan(const void *bytes, size_t size, const ProtobufCMessageDescriptor *root,
                           uint64_t budget, uint64_t *heap, struct snv2_diagnostic *diagnostic) {
    struct scan scan = {.bytes = bytes, .depth = 1, .diagnostic = diagnostic};
    if (size == 0)
        return REFUSE(&scan, 0, "the file is empty");
    if (size > WIRE_MAX_BYTES)
        return REFUSE(&scan, 0,
                      "the file has 2 GiB or more, which protobuf does not allow; keep the weights "
                      "in external data");
    scan.frames[0] = (struct frame){.type = root, .end = size};
    take_heap(&scan, root->sizeof_message);
    while (scan.depth > 0) {
        size_t start = scan.position;
        if (start == scan.frames[scan.depth - 1].end) {
            pop(&scan);
        } else {
            enum snv2_status status = scan_field(&scan);
            if (status)
                return status;
        }
        if (scan.heap > budget)
            return REFUSE(&scan, start,
                          "reading the file would take more than the %llu bytes allowed",
                          (unsigned long long)budget);
    }
    *heap = scan.heap;
    return SNV2_OK;
}
