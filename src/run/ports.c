/* Inputs, outputs and their files; see ports.h. */
#include "run/ports.h"

#include <stdio.h>
#include <string.h>

/* The info and frame of a run of so many images; 0: of the most. */
static bool set_images(struct port *port, int images, struct arena *arena) {
    struct snv2_tensor_info *info = arena_alloc(arena, 1, sizeof *info);
    struct snv2_frame_info *frame = port->frame ? arena_alloc(arena, 1, sizeof *frame) : NULL;
    if (!info || (port->frame && !frame))
        return false;
    *info = *port->info;
    info->dims[0] = info->dims[0] * images / (int64_t)(info->bytes / info->image_bytes);
    info->bytes = (size_t)images * info->image_bytes;
    port->info = info;
    if (!frame)
        return true;
    *frame = *port->frame;
    frame->images = images;
    port->frame = frame;
    return true;
}

static enum snv2_status make_ports(const char *kind, int count,
                                   const struct snv2_tensor_info *(*info)(const struct snv2_model *,
                                                                          int),
                                   const struct snv2_model *model, int images, struct arena *arena,
                                   struct ports *ports, struct snv2_diagnostic *diagnostic) {
    *ports = (struct ports){kind, arena_alloc(arena, (size_t)count, sizeof *ports->ports), count};
    if (!ports->ports)
        return diagnose_no_memory(diagnostic);
    for (int i = 0; i < count; i++) {
        struct port *port = &ports->ports[i];
        port->info = info(model, i);
        port->frame = info == snv2_input ? snv2_input_frame(model, i) : NULL;
        if (port->info->dtype != DTYPE_FLOAT32 && !port->frame)
            return diagnose(diagnostic, SNV2_UNSUPPORTED, "%s '%s' is not of float32", kind,
                            port->info->name);
        if (images && port->info->image_bytes && !set_images(port, images, arena))
            return diagnose_no_memory(diagnostic);
        port->shape.rank = port->info->rank;
        memcpy(port->shape.dims, port->info->dims, sizeof port->shape.dims);
        void *memory = arena_alloc(arena, 1, port->info->bytes);
        if (!memory)
            return diagnose_no_memory(diagnostic);
        port->values = port->frame ? NULL : memory;
        port->bytes = port->frame ? memory : NULL;
    }
    return SNV2_OK;
}

enum snv2_status ports_of_inputs(const struct snv2_model *model, int images, struct arena *arena,
                                 struct ports *ports, struct snv2_diagnostic *diagnostic) {
    return make_ports("input", snv2_input_count(model), snv2_input, model, images, arena, ports,
                      diagnostic);
}

enum snv2_status ports_of_outputs(const struct snv2_model *model, int images, struct arena *arena,
                                  struct ports *ports, struct snv2_diagnostic *diagnostic) {
    return make_ports("output", snv2_output_count(model), snv2_output, model, images, arena, ports,
                      diagnostic);
}

const char *ports_format(const struct ports *ports, char text[PORTS_TEXT]) {
    char list[PORTS_TEXT] = "", shape[SHAPE_TEXT];
    size_t used = 0;
    for (int i = 0; i < ports->count && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s %s", i ? ", " : "",
                                 ports->ports[i].info->name,
                                 shape_format(&ports->ports[i].shape, shape));
    sanitize_text(text, PORTS_TEXT, list);
    return text;
}

/* The port whose NAME= starts the argument, or the one for a FILE alone; *file is the FILE. */
static struct port *find_port(const struct ports *ports, const char *argument, const char **file) {
    for (int i = 0; i < ports->count; i++) {
        size_t length = strlen(ports->ports[i].info->name);
        if (strncmp(argument, ports->ports[i].info->name, length) == 0 && argument[length] == '=') {
            *file = argument + length + 1;
            return &ports->ports[i];
        }
    }
    *file = argument;
    for (int i = 0; i < ports->count && !strchr(argument, '='); i++)
        if (!ports->ports[i].file)
            return &ports->ports[i];
    return NULL;
}

enum snv2_status ports_bind(struct ports *ports, const char *const *arguments, int count,
                            struct snv2_diagnostic *diagnostic) {
    char names[PORTS_TEXT];
    for (int i = 0; i < count; i++) {
        const char *file;
        struct port *port = find_port(ports, arguments[i], &file);
        if (!port && strchr(arguments[i], '='))
            return diagnose(diagnostic, SNV2_USAGE, "no %s has the name in '%s'; there is: %s",
                            ports->kind, arguments[i], ports_format(ports, names));
        if (!port)
            return diagnose(diagnostic, SNV2_USAGE, "'%s' is one too many: there is %s: %s",
                            arguments[i], ports->kind, ports_format(ports, names));
        if (port->file)
            return diagnose(diagnostic, SNV2_USAGE, "%s '%s' is given twice", ports->kind,
                            port->info->name);
        port->file = file;
    }
    return SNV2_OK;
}
