using Lrp.Core;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>softmax(q·kᵀ/√d + bias)·v for each head, made of modules.</summary>
internal sealed class HeadAttention : nn.Module<Tensor, Tensor, Tensor, Tensor?, Tensor>, INeedsNoInterception
{
    [ComponentName(Name = "scale")]
    private readonly Rules.Modules.Scale _scale;

    [ComponentName(Name = "scores")]
    private readonly Rules.Modules.MatMul _scores = new() { OnlyWhileRegistered = true };

    [ComponentName(Name = "bias_add")]
    private readonly Rules.Modules.Add? _biasAdd;

    [ComponentName(Name = "softmax")]
    private readonly Rules.Modules.Softmax _softmax = new(-1) { OnlyWhileRegistered = true };

    [ComponentName(Name = "values")]
    private readonly Rules.Modules.MatMul _values = new() { OnlyWhileRegistered = true };

    /// <param name="headSize">d.</param>
    /// <param name="biased">Whether each call has a bias.</param>
    public HeadAttention(long headSize, bool biased = false)
        : base(nameof(HeadAttention))
    {
        _biasAdd = biased ? new Rules.Modules.Add { OnlyWhileRegistered = true } : null;
        _scale = new Rules.Modules.Scale(1 / Math.Sqrt(headSize));
        RegisterComponents();
    }

    /// <param name="input1">Query, samples × heads × positions × d.</param>
    /// <param name="input2">Key, of the same shape.</param>
    /// <param name="input3">Value, of the same shape.</param>
    /// <param name="input4">
    /// Bias, windows × heads × positions × positions, where the samples are those of an image times its windows; null
    /// for none.
    /// </param>
    /// <returns>Of the shape of the query.</returns>
    public override Tensor forward(Tensor input1, Tensor input2, Tensor input3, Tensor? input4)
    {
        var scores = _scores.call(_scale.call(input1), input2.transpose(-2, -1));
        if (_biasAdd is not null && input4 is not null)
        {
            var windows = scores.unflatten(0, [-1, input4.shape[0]]);
            scores = _biasAdd.call(windows, input4.unsqueeze(0)).flatten(0, 1);
        }

        return _values.call(_softmax.call(scores), input3);
    }
}
