// Tensor lifetime and metadata.
#include "lrp_torch.h"

#include <ATen/ATen.h>

using namespace lrp;

namespace {
at::Tensor& at_handle(void* handle) { return *static_cast<at::Tensor*>(handle); }
}

// Layout mirrored in managed code.
struct TensorInfo {
    int64_t numel;
    int64_t storage_offset;
    int32_t dtype;
    int32_t dim;
    int32_t device_type;
    int32_t device_index;
    int32_t element_size;
    int32_t flags;  // 1 requires_grad, 2 is_leaf, 4 is_contiguous, 8 is_sparse, 16 has_storage, 32 is_inference
};

LRP_API void lrp_tensor_free(void* handle) { delete static_cast<at::Tensor*>(handle); }

LRP_API void* lrp_tensor_alias(void* handle) { return new_handle(at_handle(handle)); }

// The address of the shared implementation: equal for two handles of one tensor.
LRP_API void* lrp_tensor_identity(void* handle) { return at_handle(handle).unsafeGetTensorImpl(); }

LRP_API int32_t lrp_tensor_info(void* handle, TensorInfo* info) {
    return guarded("tensor", [&] {
        const auto& t = at_handle(handle);
        bool strided = t.layout() == c10::kStrided;
        info->numel = t.numel();
        info->storage_offset = strided ? t.storage_offset() : 0;
        info->dtype = static_cast<int32_t>(t.scalar_type());
        info->dim = static_cast<int32_t>(t.dim());
        info->device_type = static_cast<int32_t>(t.device().type());
        info->device_index = t.device().index();
        info->element_size = static_cast<int32_t>(t.dtype().itemsize());
        info->flags = (t.requires_grad() ? 1 : 0) | (t.is_leaf() ? 2 : 0) | (strided && t.is_contiguous() ? 4 : 0) |
                      (t.is_sparse() ? 8 : 0) | (t.has_storage() ? 16 : 0) | (t.is_inference() ? 32 : 0);
    });
}

LRP_API int32_t lrp_tensor_dtype(void* handle) { return static_cast<int32_t>(at_handle(handle).scalar_type()); }
LRP_API int32_t lrp_tensor_dim(void* handle) { return static_cast<int32_t>(at_handle(handle).dim()); }
LRP_API int64_t lrp_tensor_numel(void* handle) { return at_handle(handle).numel(); }
LRP_API int32_t lrp_tensor_device_type(void* handle) { return static_cast<int32_t>(at_handle(handle).device().type()); }
LRP_API int32_t lrp_tensor_device_index(void* handle) { return at_handle(handle).device().index(); }
LRP_API int64_t lrp_tensor_nbytes(void* handle) {
    const auto& t = at_handle(handle);
    return t.has_storage() ? static_cast<int64_t>(t.storage().nbytes()) : 0;
}

LRP_API int32_t lrp_tensor_sizes(void* handle, int64_t* out) {
    return guarded("shape", [&] {
        auto sizes = at_handle(handle).sizes();
        std::copy(sizes.begin(), sizes.end(), out);
    });
}

LRP_API int32_t lrp_tensor_strides(void* handle, int64_t* out) {
    return guarded("stride", [&] {
        auto strides = at_handle(handle).strides();
        std::copy(strides.begin(), strides.end(), out);
    });
}

LRP_API int32_t lrp_tensor_is_contiguous(void* handle, int32_t memory_format) {
    return at_handle(handle).is_contiguous(static_cast<c10::MemoryFormat>(memory_format)) ? 1 : 0;
}

// The first element's address; null on error.
LRP_API void* lrp_tensor_data(void* handle) {
    void* data = nullptr;
    guarded("data", [&] { data = at_handle(handle).data_ptr(); });
    return data;
}

using Deleter = void (*)(void*);

// A tensor over memory that managed code keeps in place until `free(context)` is called.
LRP_API void* lrp_tensor_from_memory(void* data, const int64_t* sizes, int32_t dim, int32_t dtype, Deleter free, void* context) {
    void* result = nullptr;
    guarded("from_array", [&] {
        auto options = at::TensorOptions().dtype(static_cast<c10::ScalarType>(dtype));
        result = new at::Tensor(at::from_blob(data, at::IntArrayRef(sizes, dim), [free, context](void*) { free(context); }, options));
    });
    return result;
}
