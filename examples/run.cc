// Runs a native model from C++ on zeros and prints its first output.
//
//   c++ run.cc $(pkg-config --cflags --libs snv2) -o run && ./run model.snv2
#include <snv2/runtime.h>

#include <cstdio>
#include <memory>
#include <vector>

struct free_model {
    void operator()(snv2_model *model) const { snv2_close(model); }
};
struct free_context {
    void operator()(snv2_context *context) const { snv2_context_free(context); }
};

int main(int argc, char **argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: run MODEL.snv2\n");
        return SNV2_USAGE;
    }
    snv2_diagnostic diagnostic;
    snv2_model *opened = nullptr;
    snv2_context *created = nullptr;
    if (snv2_open(argv[1], &opened, &diagnostic) != SNV2_OK) {
        std::fprintf(stderr, "%s\n", diagnostic.message);
        return diagnostic.status;
    }
    std::unique_ptr<snv2_model, free_model> model(opened);
    if (snv2_context_new(model.get(), nullptr, &created, &diagnostic) != SNV2_OK) {
        std::fprintf(stderr, "%s\n", diagnostic.message);
        return diagnostic.status;
    }
    std::unique_ptr<snv2_context, free_context> context(created);

    // vectors of double are aligned well enough for any element
    std::vector<std::vector<double>> buffers;
    std::vector<const void *> inputs;
    std::vector<void *> outputs;
    for (int i = 0; i < snv2_input_count(model.get()); i++) {
        buffers.emplace_back(snv2_input(model.get(), i)->bytes / sizeof(double) + 1);
        inputs.push_back(buffers.back().data());
    }
    for (int i = 0; i < snv2_output_count(model.get()); i++) {
        buffers.emplace_back(snv2_output(model.get(), i)->bytes / sizeof(double) + 1);
        outputs.push_back(buffers.back().data());
    }
    snv2_status status = snv2_run(context.get(), inputs.data(), outputs.data());
    const snv2_tensor_info *first = snv2_output(model.get(), 0);
    const float *values = static_cast<const float *>(outputs[0]);
    for (std::size_t i = 0; i < first->bytes / sizeof(float); i++)
        std::printf("%s[%zu] = %g\n", first->name, i, values[i]);
    return status;
}
