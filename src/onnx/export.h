/* Inside the writing of ONNX files. The messages live in an arena and point into the graph. */
#ifndef ONNX_EXPORT_H
#define ONNX_EXPORT_H

#include "ir/graph.h"
#include "proto/onnx.pb-c.h"

struct exporter {
    const struct graph *graph;
    struct arena *arena;
    int opset;
    struct snv2_diagnostic *diagnostic;
};

/* A message of that type in the arena with `initial` contents; NULL where memory ran out. */
void *export_message(struct exporter *exporter, size_t size, const void *initial);
#define EXPORT_MESSAGE(exporter, TYPE, INITIAL)                                                    \
    ((TYPE *)export_message(exporter, sizeof(TYPE), &(const TYPE)INITIAL))

/* A constant as an initializer or attribute, with raw_data; NULL where memory ran out. */
Onnx__TensorProto *export_tensor(struct exporter *exporter, const char *name,
                                 const struct tensor *tensor);

/* A node in the form of exporter->opset, called `name`. SNV2_UNSUPPORTED where there is none. */
enum snv2_status export_node(struct exporter *exporter, const struct node *node, const char *name,
                             Onnx__NodeProto **proto);

#endif
