// The process's settings: gradient modes, seeds, threads, devices.
#include "lrp_torch.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/autograd/anomaly_mode.h>
#include <torch/version.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

using namespace lrp;

LRP_API const char* lrp_torch_version() { return TORCH_VERSION; }

LRP_API int32_t lrp_grad_enabled() { return c10::GradMode::is_enabled() ? 1 : 0; }
LRP_API void lrp_set_grad_enabled(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }

LRP_API int32_t lrp_inference_mode_enabled() { return c10::InferenceMode::is_enabled() ? 1 : 0; }
LRP_API void* lrp_inference_mode_enter(int32_t enabled) { return new c10::InferenceMode(enabled != 0); }
LRP_API void lrp_inference_mode_leave(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

LRP_API int32_t lrp_anomaly_enabled() { return torch::autograd::AnomalyMode::is_enabled() ? 1 : 0; }
LRP_API int32_t lrp_anomaly_check_nan() { return torch::autograd::AnomalyMode::should_check_nan() ? 1 : 0; }
LRP_API void lrp_set_anomaly(int32_t enabled, int32_t check_nan) {
    torch::autograd::AnomalyMode::set_enabled(enabled != 0, check_nan != 0);
}

static int32_t cuda_devices() {
    int32_t count = 0;
    guarded("cuda", [&] {
        if (at::hasCUDA()) count = c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).deviceCount();
    });
    return count;
}

LRP_API int32_t lrp_cuda_device_count() { return cuda_devices(); }
LRP_API int32_t lrp_cudnn_is_available() {
    return cuda_devices() > 0 && at::detail::getCUDAHooks().hasCuDNN() ? 1 : 0;
}
LRP_API int32_t lrp_cuda_synchronize(int32_t index) {
    return guarded("cuda.synchronize", [&] {
        c10::impl::VirtualGuardImpl guard(c10::DeviceType::CUDA);
        auto device = index < 0 ? guard.getDevice() : c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index));
        guard.synchronizeStream(guard.getStream(device));
    });
}

LRP_API int32_t lrp_manual_seed(uint64_t seed, int32_t cuda_only) {
    return guarded("manual_seed", [&] {
        auto set = [&](c10::Device device) {
            auto generator = at::globalContext().defaultGenerator(device);
            std::lock_guard<std::mutex> lock(generator.mutex());
            generator.set_current_seed(seed);
        };
        if (!cuda_only) set(c10::Device(c10::DeviceType::CPU));
        for (int32_t k = 0, n = cuda_devices(); k < n; ++k)
            set(c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(k)));
    });
}

LRP_API void* lrp_generator_new(uint64_t seed, int32_t device_type, int32_t device_index) {
    void* result = nullptr;
    guarded("Generator", [&] {
        c10::Device device(static_cast<c10::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index));
        auto generator = at::globalContext().defaultGenerator(device).clone();
        generator.set_current_seed(seed);
        result = new at::Generator(std::move(generator));
    });
    return result;
}
LRP_API void* lrp_generator_default() {
    void* result = nullptr;
    guarded("Generator", [&] { result = new at::Generator(at::globalContext().defaultGenerator(c10::Device(c10::DeviceType::CPU))); });
    return result;
}
LRP_API void lrp_generator_free(void* generator) { delete static_cast<at::Generator*>(generator); }
LRP_API int64_t lrp_generator_seed(void* generator) { return static_cast<int64_t>(static_cast<at::Generator*>(generator)->current_seed()); }
LRP_API int32_t lrp_generator_set_seed(void* generator, uint64_t seed) {
    return guarded("Generator.manual_seed", [&] {
        auto& g = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(g.mutex());
        g.set_current_seed(seed);
    });
}
LRP_API void* lrp_generator_get_state(void* generator) {
    void* result = nullptr;
    guarded("Generator.get_state", [&] {
        auto& g = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(g.mutex());
        result = new_handle(g.get_state());
    });
    return result;
}
LRP_API int32_t lrp_generator_set_state(void* generator, void* state) {
    return guarded("Generator.set_state", [&] {
        auto& g = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(g.mutex());
        g.set_state(tensor_of(state));
    });
}

LRP_API int32_t lrp_get_num_threads() { return at::get_num_threads(); }
LRP_API int32_t lrp_set_num_threads(int32_t n) { return guarded("set_num_threads", [&] { at::set_num_threads(n); }); }
LRP_API int32_t lrp_get_num_interop_threads() { return at::get_num_interop_threads(); }
LRP_API int32_t lrp_set_num_interop_threads(int32_t n) {
    return guarded("set_num_interop_threads", [&] { at::set_num_interop_threads(n); });
}

LRP_API void lrp_set_benchmark_cudnn(int32_t on) { at::globalContext().setBenchmarkCuDNN(on != 0); }
LRP_API void lrp_set_deterministic_cudnn(int32_t on) { at::globalContext().setDeterministicCuDNN(on != 0); }

// Gives memory that was freed back to the system (glibc keeps it otherwise).
LRP_API void lrp_trim_memory() {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}
