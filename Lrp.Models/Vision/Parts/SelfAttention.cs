using Lrp.Core;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>Attention of all positions to all, samples × positions × features to the same shape.</summary>
internal abstract class SelfAttention(string name, long heads) : nn.Module<Tensor, Tensor>(name), INeedsNoInterception
{
    public sealed override Tensor forward(Tensor input)
    {
        var (query, key, value) = Project(input);
        return Join(HeadShapes.Joined(Attend(Split(query), Split(key), Split(value))));

        Tensor Split(Tensor projected) => HeadShapes.Split(projected, heads);
    }

    protected abstract (Tensor Query, Tensor Key, Tensor Value) Project(Tensor input);

    protected abstract Tensor Attend(Tensor query, Tensor key, Tensor value);

    protected abstract Tensor Join(Tensor heads);
}

/// <summary>Attention with torch's names, whose three projections are one matrix.</summary>
internal sealed class PackedAttention : SelfAttention
{
    [ComponentName(Name = "in_proj_weight")]
    private readonly Parameter _weight;

    [ComponentName(Name = "in_proj_bias")]
    private readonly Parameter _bias;

    [ComponentName(Name = "in_proj")]
    private readonly BorrowedProjection _project;

    [ComponentName(Name = "attention")]
    private readonly HeadAttention _attention;

    [ComponentName(Name = "out_proj")]
    private readonly OwnProjection _join;

    public PackedAttention(long features, long heads)
        : base(nameof(PackedAttention), heads)
    {
        _weight = new Parameter(empty(3 * features, features));
        nn.init.xavier_uniform_(_weight);
        _bias = new Parameter(zeros(3 * features));
        _project = new BorrowedProjection(() => _weight, () => _bias);
        _attention = new HeadAttention(features / heads);
        _join = new OwnProjection(features, features);
        RegisterComponents();
    }

    protected override (Tensor Query, Tensor Key, Tensor Value) Project(Tensor input)
    {
        var parts = _project.call(input).chunk(3, -1);
        return (parts[0], parts[1], parts[2]);
    }

    protected override Tensor Attend(Tensor query, Tensor key, Tensor value) =>
        _attention.call(query, key, value, null);

    protected override Tensor Join(Tensor heads) => _join.call(heads);
}

/// <summary>Attention whose projections are linear layers.</summary>
internal sealed class SeparateAttention : SelfAttention
{
    [ComponentName(Name = "query")]
    private readonly Linear _query;

    [ComponentName(Name = "key")]
    private readonly Linear _key;

    [ComponentName(Name = "value")]
    private readonly Linear _value;

    [ComponentName(Name = "attention")]
    private readonly HeadAttention _attention;

    [ComponentName(Name = "out_proj")]
    private readonly Linear _join;

    public SeparateAttention(long features, long heads, bool bias)
        : base(nameof(SeparateAttention), heads)
    {
        _query = nn.Linear(features, features, bias);
        _key = nn.Linear(features, features, bias);
        _value = nn.Linear(features, features, bias);
        _attention = new HeadAttention(features / heads);
        _join = nn.Linear(features, features);
        RegisterComponents();
    }

    protected override (Tensor Query, Tensor Key, Tensor Value) Project(Tensor input) =>
        (_query.call(input), _key.call(input), _value.call(input));

    protected override Tensor Attend(Tensor query, Tensor key, Tensor value) =>
        _attention.call(query, key, value, null);

    protected override Tensor Join(Tensor heads) => _join.call(heads);
}
