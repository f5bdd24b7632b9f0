/* Models for several images of which a run may take fewer (snv2/blob.h, struct snv2_blob_tensor):
 * what is asked of their tensors, and such tensors for fewer images. */
#ifndef BASE_BLOB_IMAGES_H
#define BASE_BLOB_IMAGES_H

#include "snv2/blob.h"

/* The tensor in a run of so many images, at most those that it is planned for. Its storage stays.
 */
struct snv2_blob_tensor tensor_of_images(const struct snv2_blob_tensor *tensor, uint32_t images);

/* What is wrong with the images of a tensor of a model that is planned for `planned`, or NULL. That
 * dims, strides and owner are sound has been checked. */
const char *images_fault(const struct snv2_blob_tensor *tensor,
                         const struct snv2_blob_tensor *owner, uint32_t planned);

#endif
