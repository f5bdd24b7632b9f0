/* Resizing in two steps: the rows that an output row sees are summed into one row as wide as the
 * image, which is then summed along x. See resize.h. */
#include "run/resize.h"

#include <math.h>
#include <stdbool.h>

enum { WHITE = 65535 };

/* Output sample i of an axis is the sum of weights[i * stride + k] times sample first[i] + k, for k
 * below count[i]. The weights of a sample sum to 1. */
struct filter {
    int32_t *first, *count;
    double *weights;
    size_t stride;
};

static bool make_filter(int32_t from, int32_t to, struct arena *arena, struct filter *filter) {
    double scale = (double)from / to;
    double reach = scale > 1 ? scale : 1; /* half the width of the triangle */
    filter->stride = (size_t)ceil(2 * reach) + 2;
    filter->first = arena_alloc(arena, (size_t)to, sizeof *filter->first);
    filter->count = arena_alloc(arena, (size_t)to, sizeof *filter->count);
    filter->weights = arena_alloc(arena, (size_t)to, filter->stride * sizeof *filter->weights);
    if (!filter->first || !filter->count || !filter->weights)
        return false;
    for (int32_t i = 0; i < to; i++) {
        double centre = (i + 0.5) * scale, sum = 0;
        double low = floor(centre - reach), high = ceil(centre + reach);
        int32_t first = low > 0 ? (int32_t)low : 0;
        int32_t end = high < from ? (int32_t)high : from;
        double *weights = filter->weights + (size_t)i * filter->stride;
        for (int32_t k = first; k < end; k++) {
            double weight = 1 - fabs(k + 0.5 - centre) / reach;
            weights[k - first] = weight > 0 ? weight : 0;
            sum += weights[k - first];
        }
        for (int32_t k = 0; k < end - first; k++)
            weights[k] /= sum;
        filter->first[i] = first;
        filter->count[i] = end - first;
    }
    return true;
}

/* Row y of the resized image before it is summed along x. */
static void sum_rows(const struct image *image, const struct filter *filter, int32_t y,
                     double *row) {
    size_t samples = (size_t)image->width * (size_t)image->channels;
    const double *weights = filter->weights + (size_t)y * filter->stride;
    for (size_t i = 0; i < samples; i++)
        row[i] = 0;
    for (int32_t k = 0; k < filter->count[y]; k++) {
        const uint16_t *source = image->samples + (size_t)(filter->first[y] + k) * samples;
        for (size_t i = 0; i < samples; i++)
            row[i] += weights[k] * source[i];
    }
}

static double sum_pixels(const double *row, int32_t channels, const struct filter *filter,
                         int32_t x) {
    const double *weights = filter->weights + (size_t)x * filter->stride;
    const double *source = row + (size_t)filter->first[x] * (size_t)channels;
    double sum = 0;
    for (int32_t k = 0; k < filter->count[x]; k++)
        sum += weights[k] * source[(size_t)k * (size_t)channels];
    return sum;
}

enum snv2_status image_resize(const struct image *image, int32_t width, int32_t height,
                              struct arena *arena, float **planes,
                              struct snv2_diagnostic *diagnostic) {
    struct filter across, down;
    int32_t channels = image->channels;
    size_t pixels = (size_t)width * (size_t)height;
    double *row = arena_alloc(arena, (size_t)image->width, (size_t)channels * sizeof *row);
    float *result = arena_alloc(arena, pixels, (size_t)channels * sizeof *result);
    if (!row || !result || !make_filter(image->width, width, arena, &across) ||
        !make_filter(image->height, height, arena, &down))
        return diagnose_no_memory(diagnostic);
    for (int32_t y = 0; y < height; y++) {
        sum_rows(image, &down, y, row);
        for (int32_t c = 0; c < channels; c++)
            for (int32_t x = 0; x < width; x++)
                result[(size_t)c * pixels + (size_t)y * (size_t)width + (size_t)x] =
                    (float)(sum_pixels(row + c, channels, &across, x) * 255 / WHITE);
    }
    *planes = result;
    return SNV2_OK;
}
