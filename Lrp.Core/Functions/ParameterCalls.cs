using Lrp.Core.Engine;
using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using static TorchSharp.torch;
using LinearModule = TorchSharp.Modules.Linear;

namespace Lrp.Core.Functions;

/// <summary>
/// Finds the module of an intercepted operator by its weight, so that a layer whose <c>forward</c> is called, for which
/// TorchSharp runs no hooks, has the rule of its module all the same, and is recorded.
/// </summary>
internal sealed class ParameterCalls
{
    private readonly List<RuledModule> _modules = [];
    private readonly ThreadLocal<Dictionary<nint, List<RuledModule>>> _byStorage = new(() => []);
    private readonly ThreadLocal<PendingBias?> _pending = new();

    /// <summary>Whether some module was found by its weight, so that later passes have to look too.</summary>
    public bool WereFound { get; private set; }

    /// <summary>Adds a module whose operators get a rule, or whose output is watched.</summary>
    /// <param name="site">The module.</param>
    /// <param name="interceptor">What its hooks would run.</param>
    /// <param name="acts">Asked at every call: whether the module has a rule, or is watched.</param>
    public void Add(RuleSite site, IModuleInterceptor interceptor, Func<bool> acts)
    {
        if (ParameterOperators.Know(site.Module))
        {
            _modules.Add(new RuledModule(site, interceptor, acts));
        }
    }

    /// <summary>A forward pass begins on this thread: parameters may have been replaced since the last one.</summary>
    public void Begin()
    {
        Forget();
        var byStorage = _byStorage.Value!;
        byStorage.Clear();
        foreach (var module in _modules)
        {
            if (ParameterOperators.WeightOf(module.Site.Module) is { IsInvalid: false } weight)
            {
                var storage = TensorState.Of(weight).Storage;
                if (!byStorage.TryGetValue(storage, out var found))
                {
                    byStorage[storage] = found = [];
                }

                found.Add(module);
            }
        }
    }

    /// <summary>The pass on this thread is over.</summary>
    public void End()
    {
        Forget();
        _byStorage.Value!.Clear();
    }

    /// <summary>Carries out an operator as the module that its weight belongs to, with that module's rule.</summary>
    /// <param name="call">The operator.</param>
    /// <param name="path">The module whose <c>call</c> is under way, which its own hooks see.</param>
    /// <param name="result">The operator's result.</param>
    /// <returns>The module; null where the operator belongs to none.</returns>
    public RuleSite? TryApply(OperatorCall call, string path, out object? result)
    {
        result = null;
        if (_byStorage.Value!.Count == 0)
        {
            return null;
        }

        var name = OperatorTraits.Bare(call.Operator);
        if (name == "add" && call.IsInPlace)
        {
            return _pending.Value is { } pending ? AddBias(call, pending, out result) : null;
        }

        if (
            ParameterOperators.ArgumentsOf(name) is not { } place
            || Find(call, name, place) is not { } module
            || module.Site.Name == path
        )
        {
            return null;
        }

        WereFound = true;
        result = Run(call, name, place.Input, module);
        return module.Site;
    }

    private Tensor Run(OperatorCall call, string name, string inputName, RuledModule module)
    {
        var position = Position(call, inputName);
        var original = (Tensor)call.Arguments[position]!;
        var hasBiasLeft = name is "matmul" or "mm" && module.Site.Module is LinearModule { bias: not null };
        if (hasBiasLeft && module.Interceptor is not RelevanceInterceptor)
        {
            // Watched only: what is watched is the layer's whole output.
            var plain = (Tensor)call.Invoke()!;
            Expect(new PendingBias(module, plain, null, null, null));
            return plain;
        }

        var inputs = module.Interceptor.Before(module.Site.Module, [original]);
        var input = (Tensor)inputs[0]!;
        object?[] arguments = [.. call.Arguments];
        arguments[position] = input;
        var value = (Tensor)call.Invoke(arguments)!;
        var kept = hasBiasLeft && !ReferenceEquals(input, original);
        var (detached, product) = kept ? (TensorState.Share(input), TensorState.Share(value)) : (null, null);
        var result = (Tensor)module.Interceptor.After(module.Site.Module, inputs, value)!;
        if (kept)
        {
            Expect(new PendingBias(module, result, TensorState.Share(original), detached, product));
        }

        return result;
    }

    // torch's linear is a product and, for inputs of more than two dimensions, an addition in place right after it. The
    // rule is the one of the whole layer: the node of the product alone is left behind, and its graph used again.
    private RuleSite? AddBias(OperatorCall call, PendingBias pending, out object? result)
    {
        result = null;
        var output = (Tensor)call.Arguments[0]!;
        if (
            !pending.Is(output)
            || call.Argument("other") is not Tensor bias
            || call.GetDouble("alpha") != 1
            || pending.Module.Site.Module is not LinearModule { bias: { } own }
            || TensorState.Of(own).Storage != TensorState.Of(bias).Storage
        )
        {
            return null;
        }

        var site = pending.Module.Site;
        Tensor whole;
        if (pending.Product is { } product)
        {
            whole = (Tensor)
                ((RelevanceInterceptor)pending.Module.Interceptor).Repeat(
                    pending.Original!,
                    pending.Detached!,
                    product.add(bias)
                )!;
        }
        else
        {
            var added = output.add(bias);
            whole = (Tensor)pending.Module.Interceptor.After(site.Module, [], added)!;
        }

        output.detach_().copy_(whole); // the history of the product alone ends here
        result = output;
        Forget();
        return site;
    }

    private void Expect(PendingBias pending)
    {
        Forget();
        _pending.Value = pending;
    }

    private void Forget()
    {
        _pending.Value?.Dispose();
        _pending.Value = null;
    }

    private RuledModule? Find(OperatorCall call, string name, (string Input, string Weight) place)
    {
        var weight = call.Argument(place.Weight) as Tensor ?? call.Argument("running_mean") as Tensor;
        if (weight is null || !_byStorage.Value!.TryGetValue(TensorState.Of(weight).Storage, out var modules))
        {
            return null;
        }

        return modules.Find(module =>
            ParameterOperators.AreOf(module.Site.Module, name)
            && ParameterOperators.Fits(module.Site.Module, weight, call, name)
            && module.Acts()
        );
    }

    private static int Position(OperatorCall call, string name)
    {
        for (var k = 0; k < call.ArgumentNames.Count; k++)
        {
            if (call.ArgumentNames[k] == name)
            {
                return k;
            }
        }

        return 0;
    }

    private sealed record RuledModule(RuleSite Site, IModuleInterceptor Interceptor, Func<bool> Acts);

    /// <summary>A product of a layer that a bias may still be added to.</summary>
    private sealed class PendingBias(
        RuledModule module,
        Tensor result,
        Tensor? original,
        Tensor? detached,
        Tensor? product
    ) : IDisposable
    {
        private readonly TensorState _state = TensorState.Of(result);

        public RuledModule Module => module;

        public Tensor? Original => original;

        public Tensor? Detached => detached;

        public Tensor? Product => product;

        public bool Is(Tensor output)
        {
            var state = TensorState.Of(output);
            return state.Identity == _state.Identity && state.Version == _state.Version;
        }

        public void Dispose()
        {
            original?.Dispose();
            detached?.Dispose();
            product?.Dispose();
        }
    }
}
