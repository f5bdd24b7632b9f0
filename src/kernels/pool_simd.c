/* Pools with vectors, in strips. Runs of another step than 1 are left to the reference. */
#include "kernels/pool.h"

#include "kernels/strip.h"

DEFINE_STRIP(take_largest, STRIP_LARGEST, 2, 2, 1)
DEFINE_STRIP(take_largest, STRIP_LARGEST, 3, 1, 1)
DEFINE_STRIP(take_largest, STRIP_LARGEST, 3, 2, STRIP_ROWS)

static const struct strip_window largest_windows[] = {
    {2, 2, 1, take_largest_2_2},
    {3, 1, 1, take_largest_3_1},
    {3, 2, STRIP_ROWS, take_largest_3_2},
};

static void strip_any_largest(const struct strip *strip) {
    make_strip(strip, STRIP_LARGEST, 0, 1, 1, 1);
}

static void strip_any_average(const struct strip *strip) {
    make_strip(strip, STRIP_AVERAGE, 0, 1, 1, 1);
}

typedef void pool_kernel(const struct pool_args *args, size_t begin, size_t end);

/* `map` says how to pool, all else is in the arguments. */
static void pool(const struct pool_args *args, struct strip_map map, pool_kernel *reference,
                 size_t begin, size_t end) {
    map.window = &args->window;
    map.output = &args->output;
    map.bounds = args->bounds;
    map.count_padding = args->count_padding;
    for (size_t r = 0, count; r < args->run_count; r += count) {
        map.runs = &args->runs[r];
        map.run_count = count = strip_runs(map.runs, args->run_count - r);
        if (count > 0) {
            make_strips(&map, begin, end);
        } else {
            struct pool_args alone = *args;
            alone.runs = map.runs;
            alone.run_count = count = 1;
            reference(&alone, begin, end);
        }
    }
}

void KERNEL_NAME(max_pool)(const struct pool_args *args, size_t begin, size_t end) {
    struct strip_map map = {
        .windows = largest_windows,
        .window_count = sizeof largest_windows / sizeof *largest_windows,
        .make_any = strip_any_largest,
    };
    pool(args, map, KERNEL_REF_NAME(max_pool), begin, end);
}

void KERNEL_NAME(average_pool)(const struct pool_args *args, size_t begin, size_t end) {
    pool(args, (struct strip_map){.make_any = strip_any_average}, KERNEL_REF_NAME(average_pool),
         begin, end);
}
