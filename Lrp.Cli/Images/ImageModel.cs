using System.Globalization;
using Lrp.Composites;
using Lrp.Rules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Cli.Images;

/// <summary>A network for images, and what has to be known to give it a photograph.</summary>
internal sealed class ImageModel(string name, nn.Module module, Func<Tensor, Tensor> forward) : IDisposable
{
    /// <summary>How it is called.</summary>
    public string Name { get; } = name;

    /// <summary>The module that composites are registered on.</summary>
    public nn.Module Module { get; } = module;

    /// <summary>Scores of the classes, from N × 3 × H × W.</summary>
    public Func<Tensor, Tensor> Forward { get; } = forward;

    /// <summary>The height and the width of the images that it takes.</summary>
    public required ImageFormat Format { get; init; }

    /// <summary>The names of its classes; empty where they are not known.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>What is added to a preset so that it fits this network.</summary>
    public Func<Composite, Composite> Complete { get; init; } = composite => composite;

    /// <summary>AttnLRP for this network; null where it has no attention.</summary>
    public Func<Composite>? AttnLrp { get; init; }

    /// <summary>CP-LRP for this network; null where there is none.</summary>
    public Func<Composite>? CpLrp { get; init; }

    /// <summary>Whether AttnLRP is the method that is taken where none is named.</summary>
    public bool HasAttention { get; init; }

    /// <summary>Whether its modules have activations, and none of them is a ReLU.</summary>
    public bool HasOtherActivations
    {
        get
        {
            var activations = Module.modules().Where(module => ActivationRule.ModuleTypes.Contains(module.GetType()));
            return activations.Any() && !activations.OfType<ReLU>().Any();
        }
    }

    /// <summary>The name of a class, or its number.</summary>
    public string LabelOf(long index) => index < Labels.Count ? Labels[(int)index] : $"class {index}";

    /// <summary>The class that a user means by its name or its number.</summary>
    public long ClassOf(string wanted, long classes)
    {
        var index = Labels.ToList().FindIndex(label => label.Equals(wanted, StringComparison.OrdinalIgnoreCase));
        if (index >= 0)
        {
            return index;
        }

        if (long.TryParse(wanted, CultureInfo.InvariantCulture, out var number) && number >= 0 && number < classes)
        {
            return number;
        }

        var similar = Labels
            .Where(label => label.Contains(wanted, StringComparison.OrdinalIgnoreCase))
            .Take(5)
            .ToList();
        throw new BadInputException(
            similar.Count > 0
                ? $"{Name} has no class '{wanted}'; similar ones are {string.Join(", ", similar)}."
                : $"{Name} has no class '{wanted}': give its number from 0 to {classes - 1}"
                    + (Labels.Count > 0 ? ", or its name." : ", or the classes' names with --labels FILE.")
        );
    }

    public void Dispose() => Module.Dispose();
}
