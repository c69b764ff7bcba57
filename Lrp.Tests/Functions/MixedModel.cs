using Lrp.Rules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>
/// Attention with residual connections, as many rounds as an argument says, and a branch that depends on the data; with torch's functions
/// or with the drop-ins.
/// </summary>
internal sealed class MixedModel : nn.Module<Tensor, Tensor>
{
    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;
    private readonly Parameter scale;
    private readonly Parameter shift;
    private readonly bool dropIns;
    private readonly int rounds;

    public MixedModel(bool dropIns, int rounds = 3, int seed = 1)
        : base(nameof(MixedModel))
    {
        random.manual_seed(seed);
        (this.dropIns, this.rounds) = (dropIns, rounds);
        query = nn.Linear(8, 8, dtype: ScalarType.Float64);
        key = nn.Linear(8, 8, dtype: ScalarType.Float64);
        value = nn.Linear(8, 8, dtype: ScalarType.Float64);
        scale = new Parameter(rand(8, ScalarType.Float64) + 0.5);
        shift = new Parameter(rand(8, ScalarType.Float64));
        RegisterComponents();
    }

    /// <summary>Thrown in the second round.</summary>
    public Exception? Failure { get; set; }

    public override Tensor forward(Tensor x)
    {
        for (var round = 0; round < rounds; round++)
        {
            var (q, k, v) = (query.call(x), key.call(x), value.call(x));
            if (round == 1 && Failure is not null)
                throw Failure;
            if (dropIns)
            {
                var scores = Relevance.div(Relevance.matmul(q, k.transpose(-2, -1)), Math.Sqrt(8));
                var mixed = Relevance.matmul(Relevance.softmax(scores, -1), v);
                x = Relevance.layer_norm(Relevance.add(x, mixed), [8], scale, shift);
                if (x.sum().item<double>() > 0)
                    x = Relevance.mul(x, x);
            }
            else
            {
                var scores = q.matmul(k.transpose(-2, -1)) / Math.Sqrt(8);
                var mixed = nn.functional.softmax(scores, -1).matmul(v);
                x = nn.functional.layer_norm(x + mixed, [8], scale, shift);
                if (x.sum().item<double>() > 0)
                    x = x * x;
            }
        }
        return dropIns ? Relevance.mean(x, [1]) : x.mean([1]);
    }
}
