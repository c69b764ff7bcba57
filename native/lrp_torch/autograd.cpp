// grad, backward, and a graph node whose backward is managed code.
#include "lrp_torch.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>
#include <torch/csrc/autograd/variable.h>

#include <unordered_set>

using namespace lrp;
using torch::autograd::Node;
using torch::autograd::SavedVariable;
using torch::autograd::variable_list;

LRP_API int32_t lrp_backward(void** tensors, int32_t n, void** grads, int32_t n_grads, int32_t retain_graph,
                             int32_t create_graph, void** inputs, int32_t n_inputs) {
    return guarded("backward", [&] {
        torch::autograd::backward(tensors_of(tensors, n), tensors_of(grads, n_grads), retain_graph != 0,
                                  create_graph != 0, tensors_of(inputs, n_inputs));
    });
}

// Fills `results` with one handle an input (null where unused).
LRP_API int32_t lrp_grad(void** outputs, int32_t n_outputs, void** inputs, int32_t n_inputs, void** grads,
                         int32_t n_grads, int32_t retain_graph, int32_t create_graph, int32_t allow_unused,
                         void** results) {
    return guarded("grad", [&] {
        auto list = torch::autograd::grad(tensors_of(outputs, n_outputs), tensors_of(inputs, n_inputs),
                                          tensors_of(grads, n_grads), retain_graph != 0, create_graph != 0,
                                          allow_unused != 0);
        for (int32_t k = 0; k < n_inputs; ++k) results[k] = new_handle(list[k]);
    });
}

LRP_API void* lrp_tensor_grad(void* handle) {
    void* result = nullptr;
    guarded("grad", [&] { result = new_handle(static_cast<at::Tensor*>(handle)->grad()); });
    return result;
}

LRP_API int32_t lrp_tensor_set_grad(void* handle, void* grad) {
    return guarded("grad", [&] { static_cast<at::Tensor*>(handle)->mutable_grad() = tensor_of(grad); });
}

LRP_API int32_t lrp_tensor_set_requires_grad(void* handle, int32_t on) {
    return guarded("requires_grad", [&] {
        auto& t = *static_cast<at::Tensor*>(handle);
        if (!on && !t.is_leaf())
            throw std::runtime_error("only leaf tensors can stop requiring a gradient; use detach()");
        if (on && !at::isFloatingType(t.scalar_type()) && !at::isComplexType(t.scalar_type()))
            throw std::runtime_error(std::string("only floating-point and complex tensors can require gradients, this one is ") +
                                     c10::toString(t.scalar_type()));
        t.set_requires_grad(on != 0);
    });
}

namespace {

// Fills `results` (n_results entries, null = no gradient; the node takes the handles over).
// 0 = fine; otherwise the number under which managed code keeps its exception.
using BackwardFn = int64_t (*)(void* context, void** grads, int32_t n_grads, void** results, int32_t n_results);
using ReleaseFn = void (*)(void* context);

struct ManagedNode : Node {
    BackwardFn backward = nullptr;
    ReleaseFn release = nullptr;
    void* context = nullptr;
    std::string title;
    std::vector<SavedVariable> saved;
    int32_t inputs = 0;
    bool materialize = true;

    ~ManagedNode() override {
        if (release) release(context);
    }

    std::string name() const override { return title; }

    void release_variables() override {
        for (auto& variable : saved) variable.reset_data();
    }

    variable_list apply(variable_list&& grads) override {
        std::vector<void*> given(grads.size()), made(inputs, nullptr);
        for (size_t k = 0; k < grads.size(); ++k) {
            if (!grads[k].defined() && materialize)
                given[k] = new_handle(input_metadata(k).zeros_like());
            else
                given[k] = new_handle(grads[k]);
        }
        grads.clear();
        auto failure = backward(context, given.data(), static_cast<int32_t>(given.size()), made.data(), inputs);
        variable_list results(inputs);
        for (int32_t k = 0; k < inputs; ++k) {
            if (!made[k]) continue;
            auto tensor = static_cast<at::Tensor*>(made[k]);
            results[k] = std::move(*tensor);
            delete tensor;
        }
        if (failure) throw std::runtime_error("managed exception #" + std::to_string(failure));
        return results;
    }
};

using NodePtr = std::shared_ptr<ManagedNode>;
NodePtr& node_of(void* handle) { return *static_cast<NodePtr*>(handle); }

}  // namespace

// A node whose backward calls managed code; `inputs` are the tensors given to forward.
// The handle returned shares the node and is freed by lrp_node_free; `release` runs when the node dies.
LRP_API void* lrp_node_new(const char* title, void** inputs, int32_t n_inputs, BackwardFn backward, ReleaseFn release, void* context) {
    void* result = nullptr;
    guarded(title, [&] {
        auto tensors = tensors_of(inputs, n_inputs);
        auto node = NodePtr(new ManagedNode(), torch::autograd::deleteNode);
        node->title = title;
        node->inputs = n_inputs;
        node->set_next_edges(torch::autograd::collect_next_edges(tensors));
        node->backward = backward;
        node->context = context;
        result = new NodePtr(node);
        node->release = release;  // last: on an exception above managed code still owns the context
    });
    return result;
}

LRP_API void lrp_node_free(void* node) { delete static_cast<NodePtr*>(node); }
LRP_API void lrp_node_materialize(void* node, int32_t on) { node_of(node)->materialize = on != 0; }

// Makes `outputs` results of the node; returns new handles in `results`.
// kinds: 0 an ordinary output, 1 not differentiable, 2 an input changed in place.
LRP_API int32_t lrp_node_wrap(void* node_handle, void** inputs, int32_t n_inputs, void** outputs, const int32_t* kinds, int32_t n, void** results) {
    return guarded(node_of(node_handle)->title.c_str(), [&] {
        auto& node = node_of(node_handle);
        std::unordered_set<c10::TensorImpl*> given;
        for (int32_t k = 0; k < n_inputs; ++k)
            if (inputs[k]) given.insert(static_cast<at::Tensor*>(inputs[k])->unsafeGetTensorImpl());
        for (int32_t k = 0; k < n; ++k) {
            auto output = tensor_of(outputs[k]);
            if (!output.defined() || kinds[k] == 1) {
                if (output.defined() && given.count(output.unsafeGetTensorImpl())) output = output.detach();
                node->add_input_metadata(Node::undefined_input());
                results[k] = new_handle(output);
                continue;
            }
            if (kinds[k] == 2) {
                torch::autograd::impl::bump_version(output);
                if (output.is_leaf() && output.requires_grad())
                    throw std::runtime_error("a leaf tensor that requires a gradient was changed in place");
                auto nr = node->add_input_metadata(output);
                torch::autograd::impl::rebase_history(output, {node, nr});
                results[k] = new_handle(output);
                continue;
            }
            // An input handed back as it is, or a tensor that already has a history, gets a fresh face.
            if (given.count(output.unsafeGetTensorImpl()) || output.requires_grad() || output.is_view()) {
                at::AutoDispatchBelowADInplaceOrView guard;
                output = output.detach();
            }
            torch::autograd::set_history(output, node);
            results[k] = new_handle(output);
        }
    });
}

LRP_API int32_t lrp_node_save(void* node_handle, void** tensors, int32_t n) {
    return guarded("save_for_backward", [&] {
        auto& node = node_of(node_handle);
        node->saved.clear();
        for (int32_t k = 0; k < n; ++k) {
            auto t = tensor_of(tensors[k]);
            bool is_output = t.defined() && t.grad_fn().get() == node.get();
            node->saved.emplace_back(t, is_output);
        }
    });
}

// Fills `results` with one handle a saved tensor; `node` is the ManagedNode itself, as backward's owner sees it.
LRP_API int32_t lrp_node_saved(void* node_handle, void** results, int32_t n) {
    return guarded("get_saved_variables", [&] {
        auto& node = node_of(node_handle);
        for (int32_t k = 0; k < n; ++k) results[k] = new_handle(node->saved[k].unpack(node));
    });
}
LRP_API int32_t lrp_node_saved_count(void* node_handle) { return static_cast<int32_t>(node_of(node_handle)->saved.size()); }

// A handle that does not keep the node alive, for the node's own managed context, and its promotion.
LRP_API void* lrp_node_weak(void* node_handle) { return new std::weak_ptr<ManagedNode>(node_of(node_handle)); }
LRP_API void* lrp_node_lock(void* weak) {
    auto node = static_cast<std::weak_ptr<ManagedNode>*>(weak)->lock();
    return node ? new NodePtr(node) : nullptr;
}
LRP_API void lrp_node_weak_free(void* weak) { delete static_cast<std::weak_ptr<ManagedNode>*>(weak); }
