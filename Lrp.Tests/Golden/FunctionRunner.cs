using System.Text.Json;
using Lrp.Core;
using Lrp.Rules.FunctionRules;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>One function with its rule, as the drop-in of its name.</summary>
public sealed class FunctionRunner : IGoldenRunner
{
    public IReadOnlyCollection<string> Kinds => ["function"];

    public void Run(GoldenCase golden)
    {
        var inputs = new List<Tensor>();
        while (golden.Has($"input.{inputs.Count}"))
        {
            inputs.Add(golden.Read($"input.{inputs.Count}").requires_grad_());
        }

        var name = golden.Descriptor.GetProperty("function").GetString()!;
        var output = Call(name, new Arguments(golden.Descriptor.GetProperty("args")), inputs);
        golden.AssertClose(output, "output");
        output.backward([golden.Read("relevance_out")]);
        Relevance.ThrowIfFaulted();
        for (var k = 0; k < inputs.Count; k++)
        {
            if (golden.Has($"relevance_in.{k}"))
            {
                golden.AssertClose(inputs[k].grad!, $"relevance_in.{k}");
            }
            else
            {
                Assert.That(inputs[k].grad, Is.Null, $"input {k} takes no relevance");
            }
        }
    }

    private static Tensor Call(string name, Arguments args, List<Tensor> x) =>
        name switch
        {
            "add" => Relevance.add(x[0], x[1], args.Epsilon(1e-8)),
            "sub" => Relevance.sub(x[0], x[1], args.Epsilon(1e-8)),
            "mul" => Relevance.mul(x[0], x[1]),
            "div" => x.Count > 1
                ? Relevance.div(x[0], x[1].detach())
                : Relevance.div(x[0], args.GetDouble("divisor", double.NaN)),
            "matmul" or "mm" or "bmm" => Relevance.matmul(x[0], x[1], args.Epsilon(1e-8)),
            "einsum" => Relevance.einsum(args.Text("equation"), args.Epsilon(1e-8), [.. x]),
            "linear" => Relevance.linear(x[0], x[1], x.ElementAtOrDefault(2), args.Epsilon(1e-6)),
            "softmax" => Relevance.softmax(
                x[0],
                args.GetInt64("dim", -1),
                temperature: args.GetDouble("temperature", 1)
            ),
            "mean" => Relevance.mean(
                x[0],
                args.Dimensions("dim"),
                args.GetBool("keepdim"),
                epsilon: args.Epsilon(1e-6)
            ),
            "sum" => Relevance.sum(x[0], args.Dimensions("dim"), args.GetBool("keepdim"), epsilon: args.Epsilon(1e-6)),
            "layer_norm" => Relevance.layer_norm(
                x[0],
                Normalized(x),
                x.ElementAtOrDefault(1),
                x.ElementAtOrDefault(2),
                args.GetDouble("eps", 1e-5),
                args.Epsilon(1e-6)
            ),
            "rms_norm" => Relevance.rms_norm(x[0], Normalized(x), x.ElementAtOrDefault(1), args.GetDouble("eps", 1e-6)),
            "normalize" => Relevance.normalize(
                x[0],
                args.GetDouble("p", 2),
                args.GetInt64("dim", 1),
                args.GetDouble("eps", 1e-12)
            ),
            _ => throw new NotSupportedException($"The function '{name}' has no rule here."),
        };

    private static long[] Normalized(List<Tensor> x) => x.Count > 1 ? x[1].shape : [x[0].shape[^1]];

    private readonly struct Arguments(JsonElement args)
    {
        public double GetDouble(string name, double missing) => Find(name) is { } value ? value.GetDouble() : missing;

        /// <summary>LXT adds ε whatever the sign of the denominator.</summary>
        public Stabilizer Epsilon(double missing) => Stabilizer.Unsigned(GetDouble("epsilon", missing));

        public long GetInt64(string name, long missing) => Find(name) is { } value ? value.GetInt64() : missing;

        public bool GetBool(string name) => Find(name) is { ValueKind: JsonValueKind.True };

        public string Text(string name) =>
            Find(name)?.GetString() ?? throw new NotSupportedException($"The case has no argument '{name}'.");

        public long[]? Dimensions(string name) =>
            Find(name) switch
            {
                null => null,
                { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(entry => entry.GetInt64())],
                { } single => [single.GetInt64()],
            };

        private JsonElement? Find(string name) =>
            args.ValueKind == JsonValueKind.Object
            && args.TryGetProperty(name, out var value)
            && value.ValueKind != JsonValueKind.Null
                ? value
                : null;
    }
}
