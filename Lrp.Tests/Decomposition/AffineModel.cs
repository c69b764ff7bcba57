using Lrp.Composites;
using Lrp.Core.Interception;
using Lrp.Decomposition;
using Lrp.Decomposition.Families;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>
/// A function that is affine in its input, so that its decomposition is known: a component's part is f(c) - f(0), and
/// the residual's is f(r).
/// </summary>
internal static class AffineModel
{
    /// <summary>Compares the decomposition with the definition, for all kinds of compositions.</summary>
    /// <param name="function">The function; it may change its input in place.</param>
    /// <param name="shape">The input's shape.</param>
    public static void AssertDecomposed(Func<Tensor, Tensor> function, params long[] shape)
    {
        var components = randn([3, .. shape], ScalarType.Float64);
        var residual = randn(shape, ScalarType.Float64);
        var expected = Enumerable
            .Range(0, 3)
            .Select(k => function(components[k].clone()) - function(zeros(shape, ScalarType.Float64)))
            .ToArray();
        var rest = function(residual.clone());
        foreach (var chunk in new long?[] { null, 1, 2 })
        {
            foreach (var differentiable in new[] { false, true })
            {
                var composition = Composition.Of(components, residual);
                var options = new DecompositionOptions { ChunkSize = chunk, Differentiable = differentiable };
                var found = Decomposed(function, composition, options);
                AssertClose(found.Components, stack(expected), $"components, chunk {chunk}, {differentiable}");
                AssertClose(found.Residual, rest, $"residual, chunk {chunk}, {differentiable}");
                Assert.That(found.ReconstructionError(), Is.LessThan(1e-12), "the sum of the parts");
            }
        }

        var value = components[0] + residual;
        var masks = ones([3, .. shape], ScalarType.Bool);
        masks[1] = rand(shape).gt(0.5);
        masks[2] = zeros(shape, ScalarType.Bool);
        var regions = Decomposed(function, Composition.Regions(value, masks), new DecompositionOptions());
        for (var k = 0; k < 3; k++)
        {
            var region = value.masked_fill(masks[k].logical_not(), 0);
            AssertClose(
                regions[k],
                function(region) - function(zeros(shape, ScalarType.Float64)),
                $"region {k} against its rest"
            );
        }
    }

    /// <summary>A test case with a name.</summary>
    public static TestCaseData Case(string name, Func<Tensor, Tensor> function) =>
        new TestCaseData(function).SetArgDisplayNames(name);

    /// <summary>Writes into a tensor.</summary>
    /// <returns>The tensor.</returns>
    public static Tensor Into(Tensor target, Action<Tensor> write)
    {
        write(target);
        return target;
    }

    /// <summary>Numbers that are the same every time.</summary>
    public static Tensor Constants(params long[] shape) =>
        (arange(shape.Aggregate(1L, (a, b) => a * b), ScalarType.Float64) * 0.7).sin().reshape(shape);

    /// <summary>Zeros in double precision.</summary>
    public static Tensor Zeros(params long[] shape) => zeros(shape, ScalarType.Float64);

    private static Composition Decomposed(
        Func<Tensor, Tensor> function,
        Composition composition,
        DecompositionOptions options
    )
    {
        using var model = new Lambda(function);
        // A bias goes to the residual, so that the components are split exactly.
        using var run = new Composite { { typeof(nn.Module), new Affine() } }.Decompose(model, composition, options);
        var input = composition.Value.clone();
        var expected = function(composition.Value.clone());
        var output = model.call(input);
        AssertClose(output, expected, "the value");
        var found = run.Of(output);
        AssertClose(found.Value, expected, "the value of the composition");
        return Copied(found);
    }

    private static Composition Copied(Composition found) =>
        found.IsContextual
            ? Composition.Computed(found.Value.clone(), found.Components.clone(), null, true)
            : Composition.Of(found.Value.clone(), found.Components.detach().clone(), found.Residual.detach().clone());

    private static void AssertClose(Tensor actual, Tensor expected, string what)
    {
        using var suspended = OperatorInterception.Enter([], _ => OperatorCall.LetThrough);
        Assert.That(actual.shape, Is.EqualTo(expected.shape), what);
        Assert.That((actual - expected).to(ScalarType.Float64).abs().max().item<double>(), Is.LessThan(1e-12), what);
    }
}
