using Lrp.Composites;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>
/// Attention with residual connections, as many rounds as an argument says, and a branch that depends on the data; with
/// torch's functions or with the drop-ins.
/// </summary>
internal sealed class MixedModel : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "query")]
    private readonly Linear _query;

    [ComponentName(Name = "key")]
    private readonly Linear _key;

    [ComponentName(Name = "value")]
    private readonly Linear _value;

    [ComponentName(Name = "scale")]
    private readonly Parameter _scale;

    [ComponentName(Name = "shift")]
    private readonly Parameter _shift;
    private readonly bool _dropIns;
    private readonly int _rounds;

    public MixedModel(bool dropIns, int rounds = 3, int seed = 1)
        : base(nameof(MixedModel))
    {
        random.manual_seed(seed);
        (_dropIns, _rounds) = (dropIns, rounds);
        _query = nn.Linear(8, 8, dtype: ScalarType.Float64);
        _key = nn.Linear(8, 8, dtype: ScalarType.Float64);
        _value = nn.Linear(8, 8, dtype: ScalarType.Float64);
        _scale = new Parameter(rand(8, ScalarType.Float64) + 0.5);
        _shift = new Parameter(rand(8, ScalarType.Float64));
        RegisterComponents();
    }

    /// <summary>Rules for the layers, and for the functions between them.</summary>
    public static Composite WithFunctions() => new() { { typeof(Linear), new Epsilon(1e-6) }, { Functions.AttnLrp } };

    /// <summary>Thrown in the second round.</summary>
    public Exception? Failure { get; set; }

    public override Tensor forward(Tensor x)
    {
        for (var round = 0; round < _rounds; round++)
        {
            var (q, k, v) = (_query.call(x), _key.call(x), _value.call(x));
            if (round == 1 && Failure is not null)
            {
                throw Failure;
            }

            if (_dropIns)
            {
                var scores = Relevance.div(Relevance.matmul(q, k.transpose(-2, -1)), Math.Sqrt(8));
                var mixed = Relevance.matmul(Relevance.softmax(scores, -1), v);
                x = Relevance.layer_norm(Relevance.add(x, mixed), [8], _scale, _shift);
                if (x.sum().item<double>() > 0)
                {
                    x = Relevance.mul(x, x);
                }
            }
            else
            {
                var scores = q.matmul(k.transpose(-2, -1)) / Math.Sqrt(8);
                var mixed = nn.functional.softmax(scores, -1).matmul(v);
                x = nn.functional.layer_norm(x + mixed, [8], _scale, _shift);
                if (x.sum().item<double>() > 0)
                {
                    x = x * x;
                }
            }
        }
        return _dropIns ? Relevance.mean(x, [1]) : x.mean([1]);
    }
}
