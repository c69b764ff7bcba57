using Lrp.Composites;
using Lrp.Core;
using Lrp.Onnx.Modules;

namespace Lrp.Onnx;

/// <summary>Composites for models that were read from ONNX files.</summary>
public static class OnnxPresets
{
    /// <summary>
    /// AttnLRP (Achtibat et al. 2024) for transformers, and constant gates (Arras et al. 2017, 2019) for LSTM and GRU:
    /// every layer shares in proportion, activations pass on, products share equally, divisors and gates are constants.
    /// </summary>
    /// <param name="epsilon">
    /// ε of all denominators. The default is 0, which gives the numbers of the efficient form of LXT, gradient times
    /// input.
    /// </param>
    /// <returns>A new composite.</returns>
    public static Composite AttnLrp(double epsilon = 0) =>
        new()
        {
            { LayerTypes.Linear, LrpRule.Epsilon(epsilon) },
            { LayerTypes.BatchNorm, LrpRule.Epsilon(epsilon) },
            { LayerTypes.Activation, LrpRule.Pass() },
            { typeof(Shift), LrpRule.Epsilon(epsilon) },
            { typeof(Scale), LrpRule.Pass() },
            { [typeof(Sum), typeof(Average), typeof(Normalization), typeof(Recurrence)], LrpRule.Epsilon(epsilon) },
            { [typeof(Product), typeof(MatrixProduct)], LrpRule.UniformEpsilon(epsilon) },
            { typeof(Softmax), new MaskedEpsilon(epsilon) },
        };

    /// <summary>
    /// A composite with rules for what presets for convolutional networks do not have: attention, norms, recurrent
    /// layers. They have those of <see cref="AttnLrp"/> with ε = 1e-6, after all entries of the composite. Composites
    /// that keep gradients, such as <see cref="Presets.GuidedBackprop"/>, get none.
    /// </summary>
    /// <param name="composite">The composite; it stays as it is.</param>
    /// <param name="model">Batch normalisations of this model are merged; null for none.</param>
    /// <returns>A new composite.</returns>
    public static Composite Complete(Composite composite, OnnxModel? model = null)
    {
        ArgumentNullException.ThrowIfNull(composite);
        var complete = new Composite { composite };
        if (model?.BatchNorms is { } canonizer && composite.Canonizers.Count == 0)
        {
            complete.Add(canonizer);
        }

        if (composite.KeepsGradients)
        {
            return complete;
        }

        Stabilizer epsilon = 1e-6;
        complete.Add([typeof(Scale), typeof(Shift)], LrpRule.Pass());
        complete.Add(typeof(Normalization), LrpRule.GatedProduct());
        complete.Add(typeof(Recurrence), LrpRule.Epsilon(epsilon));
        complete.Add(typeof(MatrixProduct), LrpRule.UniformEpsilon(epsilon));
        complete.Add(typeof(Softmax), new MaskedEpsilon(epsilon));
        return complete;
    }
}
