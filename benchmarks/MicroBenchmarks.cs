using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Benchmarks;

/// <summary>The cost of the engine's elementary operations, on a tensor of 4 elements.</summary>
[MemoryDiagnoser]
[CategoriesColumn]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
public class MicroBenchmarks
{
    private readonly Tensor _a = tensor(new float[] { 1, 2, 3, 4 });
    private readonly Tensor _b = tensor(new float[] { 5, 6, 7, 8 });
    private readonly Tensor _tracked = tensor(new float[] { 1, 2, 3, 4 }).requires_grad_();
    private readonly nn.Module<Tensor, Tensor> _bare = nn.ReLU();
    private readonly nn.Module<Tensor, Tensor> _hooked = nn.ReLU();
    private IDisposable? _hook;
    private OperatorInterception? _interception;

    /// <summary>Runs the benchmarks.</summary>
    /// <param name="arguments">BenchmarkDotNet's arguments, such as <c>--filter *Hooks*</c>.</param>
    /// <returns>0, or 1 if nothing was measured.</returns>
    internal static int Run(string[] arguments)
    {
        // Runs in this process, because a separate one would need a build of every project and a copy of libtorch.
        var config = DefaultConfig.Instance.WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "micro"));
        var summary = BenchmarkRunner.Run<MicroBenchmarks>(config, ["--inProcess", .. arguments]);
        return summary.Reports.Any(report => report.Success) ? 0 : 1;
    }

    /// <summary>Uses one thread, as in the other benchmarks.</summary>
    [GlobalSetup]
    public void Setup()
    {
        set_num_threads(1);
        _hook = ModuleHooks.Attach(_hooked, new Onlooker());
    }

    /// <summary>Starts the interception for the benchmark that needs it.</summary>
    [GlobalSetup(Target = nameof(AdditionLetThrough))]
    public void SetupInterception()
    {
        Setup();
        _interception = OperatorInterception.Enter(["aten::add"], _ => OperatorCall.LetThrough);
    }

    /// <summary>Frees what the setup created.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _interception?.Dispose();
        _hook?.Dispose();
    }

    /// <summary>One addition whose result is disposed.</summary>
    [Benchmark(Baseline = true)]
    [BenchmarkCategory("operator")]
    public void Addition() => (_a + _b).Dispose();

    /// <summary>The same addition in a dispose scope.</summary>
    [Benchmark]
    [BenchmarkCategory("operator")]
    public void AdditionInScope()
    {
        using var scope = NewDisposeScope();
        _ = _a + _b;
    }

    /// <summary>An empty dispose scope.</summary>
    [Benchmark]
    [BenchmarkCategory("operator")]
    public void EmptyScope() => NewDisposeScope().Dispose();

    /// <summary>The addition with a handler that intercepts it and runs it unchanged.</summary>
    [Benchmark]
    [BenchmarkCategory("operator")]
    public void AdditionLetThrough() => (_a + _b).Dispose();

    /// <summary>A call of a module.</summary>
    [Benchmark(Baseline = true)]
    [BenchmarkCategory("module")]
    public void Module() => _bare.call(_a).Dispose();

    /// <summary>A call of the module with a pre-hook and a hook that change nothing.</summary>
    [Benchmark]
    [BenchmarkCategory("module")]
    public void ModuleWithHooks() => _hooked.call(_a).Dispose();

    /// <summary>A view, forward and backward, with libtorch's own function.</summary>
    [Benchmark(Baseline = true)]
    [BenchmarkCategory("autograd")]
    public void OwnFunctionOfLibTorch()
    {
        using var scope = NewDisposeScope();
        _tracked.view_as(_tracked).backward([_a]);
    }

    /// <summary>The same view with an autograd function written in C#.</summary>
    [Benchmark]
    [BenchmarkCategory("autograd")]
    public void CustomFunction()
    {
        using var scope = NewDisposeScope();
        IdentityFunction.apply(_tracked).backward([_a]);
    }

    private sealed class Onlooker : IModuleInterceptor
    {
        public object?[] Before(nn.Module module, object?[] inputs) => inputs;

        public object? After(nn.Module module, object?[] inputs, object? output) => output;
    }

    private sealed class IdentityFunction : autograd.SingleTensorFunction<IdentityFunction>
    {
        public override string Name => nameof(IdentityFunction);

        public override Tensor forward(autograd.AutogradContext context, params object[] inputs) =>
            ((Tensor)inputs[0]).alias();

        public override List<Tensor> backward(autograd.AutogradContext context, Tensor gradient) => [gradient.alias()];
    }
}
