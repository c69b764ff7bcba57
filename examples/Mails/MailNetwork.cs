using Lrp.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Mails;

/// <summary>
/// A network that distinguishes spam from other mail: from (N, L) word ids or (N, L, <see cref="Width"/>) embedded
/// words, to (N, 2) logits of mail and spam.
/// </summary>
/// <remarks>
/// Relevance and gradients need a floating point input, so embed the words first:
/// <c>model.call(model.Embed(numbers))</c>.
/// </remarks>
public abstract class MailNetwork : nn.Module<Tensor, Tensor>
{
    /// <summary>The maximum number of words of a text.</summary>
    public const int Longest = 64;

    /// <summary>The size of an embedded word.</summary>
    public const int Width = 32;

    /// <summary>The classes, in the order of the logits.</summary>
    public static readonly IReadOnlyList<string> Labels = ["mail", "spam"];

    [ComponentName(Name = "embedding")]
    private readonly Embedding _embedding;

    /// <summary>Creates a network with random weights.</summary>
    /// <param name="name">The name of the network.</param>
    /// <param name="words">The number of word ids.</param>
    protected MailNetwork(string name, int words)
        : base(name)
    {
        _embedding = nn.Embedding(words, Width);
        nn.init.normal_(_embedding.weight!, 0, 0.1);
        register_module("embedding", _embedding);
    }

    /// <summary>Embeds words, from (N, L) to (N, L, <see cref="Width"/>).</summary>
    /// <param name="numbers">Word ids, 64 bit integers.</param>
    public Tensor Embed(Tensor numbers) => _embedding.call(numbers);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Classify(input.is_floating_point() ? input : Embed(input));

    /// <summary>Computes logits from embedded words.</summary>
    /// <param name="words">(N, L, <see cref="Width"/>).</param>
    protected abstract Tensor Classify(Tensor words);

    /// <summary>Loads the weights that <c>examples/TrainText</c> trained.</summary>
    /// <typeparam name="T">The network's type.</typeparam>
    /// <param name="network">A network with random weights.</param>
    /// <param name="file">The name of the file.</param>
    /// <param name="dtype">The element type of the weights.</param>
    /// <returns>The same network, in evaluation mode.</returns>
    private protected static T Pretrained<T>(T network, string file, ScalarType dtype)
        where T : MailNetwork
    {
        using var weights = SafetensorsFile.Open(Resource.Read(file));
        network.LoadSafetensors(weights);
        foreach (var parameter in network.parameters())
        {
            parameter.requires_grad = false;
        }

        network.eval();
        return network.to(dtype);
    }
}
