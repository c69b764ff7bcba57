using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>A fully connected layer: y = x·wᵀ + b.</summary>
internal sealed class LinearLayerMap(TorchSharp.Modules.Linear layer) : LinearMap
{
    private readonly DerivedWeights _weights = new(() => layer.weight);
    private readonly DerivedWeights _biases = new(() => layer.bias!);

    public override bool HasWeights => true;

    public override bool HasBias => layer.bias is not null;

    public override bool HasFastGraph => false;

    protected override int SampleDimensions => 1;

    public override Tensor Forward(Tensor input, WeightPart weight, WeightPart bias) =>
        nn.functional.linear(input, _weights.Get(weight), bias == WeightPart.None ? null : _biases.Get(bias));

    public override Tensor InputGradient(Tensor vector, WeightPart weight, long[] inputShape)
    {
        if (weight == WeightPart.Ones)
        {
            using var sum = vector.sum(-1, keepdim: true);
            return sum.expand(inputShape);
        }

        return vector.matmul(_weights.Get(weight));
    }

    public override Tensor Bias(WeightPart part) => _biases.Get(part);

    public override void Dispose()
    {
        base.Dispose();
        _weights.Dispose();
        _biases.Dispose();
    }

    protected override void Refresh()
    {
        if (_weights.Refresh() | (HasBias && _biases.Refresh()))
        {
            ForgetConstants();
        }
    }
}
