/* The inputs or the outputs of a network, and which file belongs to which. */
#ifndef RUN_PORTS_H
#define RUN_PORTS_H

#include "base/arena.h"
#include "base/diagnostic.h"
#include "ir/tensor.h"
#include "snv2/runtime.h"

struct port {
    const struct snv2_tensor_info *info;
    const struct snv2_frame_info *frame; /* of an input of bytes; NULL: float32 */
    struct shape shape;                  /* the info's dims */
    const char *file;                    /* NULL: none given */
    float *values;                       /* of the info's bytes; NULL: bytes */
    unsigned char *bytes;
};

struct ports {
    const char *kind; /* "input" or "output" */
    struct port *ports;
    int count;
};

/* All inputs, or all outputs, with zeroed values, in `arena`, of a run of so many images
 * (0: of the most). SNV2_UNSUPPORTED where one is neither
 * float32 nor a frame. */
enum snv2_status ports_of_inputs(const struct snv2_model *model, int images, struct arena *arena,
                                 struct ports *ports, struct snv2_diagnostic *diagnostic);
enum snv2_status ports_of_outputs(const struct snv2_model *model, int images, struct arena *arena,
                                  struct ports *ports, struct snv2_diagnostic *diagnostic);

/* Gives each port the file of its NAME=FILE; a FILE alone goes to the first port that has none yet,
 * so that FILEs alone follow the network's order. A FILE with '=' in it must have NAME= in front.
 * SNV2_USAGE lists the names. `arguments` must outlive the ports. */
enum snv2_status ports_bind(struct ports *ports, const char *const *arguments, int count,
                            struct snv2_diagnostic *diagnostic);

/* "name [1,3,224,224], name [1,10]", for messages and harmless. Returns `text`. */
enum { PORTS_TEXT = 1024 };
const char *ports_format(const struct ports *ports, char text[PORTS_TEXT]);

#endif
