/* Runs a network that `snv2-convert --emit c` has made, on numbers that are the same on every
 * machine:
 *
 *   cc -DNETWORK=net -DCONSTANT=NET -include net.h run.c net.c net_weights.c
 *   run FOLDER RUNS [WEIGHTS]
 *
 * Writes FOLDER/in_K.f32 and FOLDER/out_K.f32, little-endian, and prints the median of the runs of
 * a tenth of a second, of RUNS at least, in milliseconds, and the bytes of stack that a run took.
 * Memory that is allocated aborts it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define FUNCTION(name) JOIN(NETWORK, name)
#define COUNT(name) JOIN(CONSTANT, name)

enum {
    STACK_BYTES = 1 << 20,
    MOST_PORTS = 16,
    PATH_BYTES = 4096,
    PAINT = 0xa5,
    MOST_RUNS = 1000,
};

void *malloc(size_t size) {
    (void)size;
    abort();
}

void *calloc(size_t count, size_t size) {
    (void)count, (void)size;
    abort();
}

void *realloc(void *memory, size_t size) {
    (void)memory, (void)size;
    abort();
}

static const size_t input_sizes[MOST_PORTS] = {INPUT_SIZES},
                    output_sizes[MOST_PORTS] = {OUTPUT_SIZES};
static __attribute__((aligned(64))) unsigned char arena[COUNT(_ARENA_BYTES)];
static __attribute__((aligned(64))) float loaded[COUNT(_WEIGHTS_COUNT)];
static __attribute__((aligned(64))) float numbers[PORT_FLOATS];
static __attribute__((aligned(64))) unsigned char stack[STACK_BYTES];
static float *inputs[MOST_PORTS], *outputs[MOST_PORTS];
static const float *weights = FUNCTION(_weights).numbers;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

/* Multiples of 2^-22 in [-2, 2). */
static void make_inputs(void) {
    uint32_t state = 1;
    float *next = numbers;
    for (int i = 0; i < COUNT(_INPUT_COUNT); i++) {
        inputs[i] = next;
        for (size_t k = 0; k < input_sizes[i]; k++) {
            state = state * 1664525u + 1013904223u;
            *next++ = (float)((int32_t)(state >> 8) - (1 << 23)) * 0x1p-22f;
        }
    }
    for (int i = 0; i < COUNT(_OUTPUT_COUNT); i++) {
        outputs[i] = next;
        next += output_sizes[i];
    }
}

static void write_numbers(const char *folder, const char *kind, int port, const float *values,
                          size_t count) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s_%d.f32", folder, kind, port);
    unsigned char bytes[4 * 1024];
    size_t used = 0;
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    for (size_t i = 0; i < count && file >= 0; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        for (int k = 0; k < 32; k += 8)
            bytes[used++] = bits >> k & 0xff;
        if (used < sizeof bytes && i < count - 1)
            continue;
        if (write(file, bytes, used) != (ssize_t)used)
            fail(path);
        used = 0;
    }
    if (file < 0 || close(file) != 0)
        fail(path);
}

static void load_weights(const char *path) {
    int file = open(path, O_RDONLY);
    size_t size = 0;
    for (ssize_t got; file >= 0 && size < sizeof loaded; size += (size_t)got)
        if ((got = read(file, (char *)loaded + size, sizeof loaded - size)) <= 0)
            break;
    weights = FUNCTION(_load_weights)(loaded, size, loaded);
    if (file < 0 || !weights)
        fail(path);
}

static void run(void) {
    FUNCTION(_run)((const float *const *)inputs, outputs, arena, weights);
}

/* Runs once on a painted stack; the bytes of it that were written. */
static size_t measure_stack(void) {
    static ucontext_t here, there;
    size_t untouched = 0;
    memset(stack, PAINT, sizeof stack);
    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = sizeof stack;
    there.uc_link = &here;
    makecontext(&there, run, 0);
    swapcontext(&here, &there);
    while (untouched < sizeof stack && stack[untouched] == PAINT)
        untouched++;
    return sizeof stack - untouched;
}

static double milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

/* Inserts the time into `count` that are sorted. */
static void insert(double *times, int count, double time) {
    for (; count > 0 && times[count - 1] > time; count--)
        times[count] = times[count - 1];
    times[count] = time;
}

/* The median of runs of 100 ms together, `least` or more. */
static double median_time(int least) {
    static double times[MOST_RUNS];
    double sum = 0;
    int count = 0;
    for (; count < MOST_RUNS && (count < least || sum < 100); count++) {
        double start = milliseconds();
        run();
        double time = milliseconds() - start;
        insert(times, count, time);
        sum += time;
    }
    return times[count / 2];
}

int main(int argc, char **argv) {
    char line[128];
    if (argc < 3)
        return 2;
    if (argc > 3)
        load_weights(argv[3]);
    make_inputs();
    memset(arena, 0xff, sizeof arena); /* NaN: nothing may depend on what is there */
    size_t stack_bytes = measure_stack();
    double time = median_time(atoi(argv[2]));
    for (int i = 0; i < COUNT(_INPUT_COUNT); i++)
        write_numbers(argv[1], "in", i, inputs[i], input_sizes[i]);
    for (int i = 0; i < COUNT(_OUTPUT_COUNT); i++)
        write_numbers(argv[1], "out", i, outputs[i], output_sizes[i]);
    int length = snprintf(line, sizeof line, "%.3f %zu\n", time, stack_bytes);
    return write(1, line, (size_t)length) == length ? 0 : 1;
}
