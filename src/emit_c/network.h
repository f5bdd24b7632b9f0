/* A network on its way to C: the blob as the runtime sees it, with the arguments of every kernel.
 */
#ifndef EMIT_C_NETWORK_H
#define EMIT_C_NETWORK_H

#include "emit_c/emit_c.h"
#include "emit_c/source.h"
#include "runtime/resolve.h"

struct network {
    const char *name, *upper_name; /* of identifiers: "net_x0_5" and "NET_X0_5" */
    struct blob blob;
    struct plan plan;     /* its pointers into the arena are never followed */
    const float *tensors; /* where they count from */
    bool freestanding;
    struct source source;
};

/* Notes which activations and binary operators the step uses. */
void list_step(const struct step *step, struct source_list *list);

/* SNV2_UNSUPPORTED where a step's arguments would be too many for the stack. */
enum snv2_status check_steps(const struct network *network, struct snv2_diagnostic *diagnostic);

/* A static function for each step, and calls of all of them. */
void write_steps(const struct network *network, struct text *text);
void write_schedule(const struct network *network, struct text *text);

/* The files. */
void write_header(const struct network *network, struct text *text);
void write_source(const struct network *network, struct text *text);
void write_weights_source(const struct network *network, struct text *text);
void write_weights(const struct network *network, struct text *text);
void write_main(const struct network *network, struct text *text);
void write_makefile(const struct network *network, struct text *text);

/* The hash of the weights by which the emitted loader knows them: FNV-1a, word by word. */
uint32_t weights_hash(const struct network *network);

/* Text in which "$name" and "$NAME" stand for the network's. */
void write_template(const struct network *network, const char *template, struct text *text);

#endif
