using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>A module that is run once more in the backward pass, with the rules of the modules inside it.</summary>
internal static class RecomputedCall
{
    private static readonly Tensor Placeholder = zeros(0).DetachFromDisposeScope();

    /// <summary>The arguments as they were given, with placeholders for their tensors.</summary>
    public static object?[] FormOf(object?[] arguments) => TensorArguments.Replace(arguments, _ => Placeholder);

    /// <summary>Runs the module on the arguments of the forward pass, and carries relevance back through it.</summary>
    /// <param name="form">The arguments with placeholders.</param>
    /// <param name="call">The call.</param>
    /// <param name="outer">The life of the graph whose backward pass runs.</param>
    /// <returns>Relevance for each input that takes part; null where no output depends on it.</returns>
    public static IReadOnlyList<Tensor?> Run(object?[] form, RelevanceCall call, GraphLife? outer)
    {
        var arguments = call.Arguments.ToArray();
        var inputs = new Tensor[call.InputPositions.Count];
        Tensor[] outputs;
        var life = GraphLife.Within(outer);
        using (enable_grad())
        using (life.Make())
        {
            for (var k = 0; k < inputs.Length; k++)
            {
                var place = call.InputPositions[k];
                inputs[k] = arguments[place] = arguments[place].detach().requires_grad_();
            }

            var next = 0;
            var output = ModuleForward.Run(call.Module, TensorArguments.Replace(form, _ => arguments[next++]));
            outputs =
            [
                .. TensorArguments.In(output).Where(tensor => tensor.is_floating_point() || tensor.is_complex()),
            ];
        }

        var arrived = Enumerable.Range(0, outputs.Length).Where(k => call.OutputRelevance[k] is not null).ToList();
        life.IsEnding = true;
        return VectorJacobian.Product(
            [.. arrived.Select(k => outputs[k])],
            inputs,
            [.. arrived.Select(k => call.OutputRelevance[k]!)]
        );
    }
}
