/* The images of tensors; see blob_images.h. */
#include "base/blob_images.h"

#include <stddef.h>

struct snv2_blob_tensor tensor_of_images(const struct snv2_blob_tensor *tensor, uint32_t images) {
    struct snv2_blob_tensor shorter = *tensor;
    if (tensor->images > 0)
        shorter.dims[0] = tensor->dims[0] / tensor->images * images;
    return shorter;
}

/* Elements from an image to the next. No overflow: there are two images or more. */
static uint64_t image_stride(const struct snv2_blob_tensor *tensor) {
    return (uint64_t)tensor->dims[0] / tensor->images * (uint64_t)tensor->strides[0];
}

/* Elements from the first of an image to behind its last. */
static uint64_t image_extent(const struct snv2_blob_tensor *tensor) {
    const struct snv2_blob_tensor one = tensor_of_images(tensor, 1);
    uint64_t extent = 1;
    for (int axis = 0; axis < one.rank; axis++)
        extent += (uint64_t)(one.dims[axis] - 1) * (uint64_t)one.strides[axis];
    return extent;
}

/* Elements from the owner's first to the tensor's. */
static uint64_t distance(const struct snv2_blob_tensor *tensor,
                         const struct snv2_blob_tensor *owner) {
    uint64_t size = tensor->dtype == 1 ? sizeof(float) : 1;
    return tensor == owner ? 0 : tensor->offset / size;
}

const char *images_fault(const struct snv2_blob_tensor *tensor,
                         const struct snv2_blob_tensor *owner, uint32_t planned) {
    if (tensor->images != 0 &&
        (tensor->images != planned || tensor->rank == 0 || tensor->dims[0] % planned != 0 ||
         planned < 2 || planned > SNV2_BLOB_MAX_IMAGES))
        return "its number of images is not that of the model, or does not divide axis 0";
    if (tensor->place == SNV2_PLACE_WEIGHTS)
        return NULL;
    if ((tensor->images == 0) != (owner->images == 0))
        return "it or its owner holds images, and the other does not";
    if (tensor->images == 0)
        return NULL;
    uint64_t stride = image_stride(owner);
    if (image_stride(tensor) != stride || image_extent(tensor) > stride ||
        distance(tensor, owner) > stride - image_extent(tensor))
        return "its images are not one behind the other, as its owner's are";
    return NULL;
}
