using Lrp.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mails;

/// <summary>A network that tells spam from other mail: (N, L) numbers of words, or (N, L, <see cref="Width"/>) embedded words, to (N, 2) logits, of mail and of spam.</summary>
/// <remarks>Relevance and gradients need an input that is no whole number: embed the words first, <c>model.call(model.Embed(numbers))</c>.</remarks>
public abstract class MailNetwork : nn.Module<Tensor, Tensor>
{
    /// <summary>The most words of a text.</summary>
    public const int Longest = 64;

    /// <summary>The size of an embedded word.</summary>
    public const int Width = 32;

    /// <summary>The classes, in the order of the logits.</summary>
    public static readonly IReadOnlyList<string> Labels = ["mail", "spam"];

    private readonly Embedding embedding;

    /// <summary>A network with random weights.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="words">How many numbers of words there are.</param>
    protected MailNetwork(string name, int words)
        : base(name)
    {
        embedding = nn.Embedding(words, Width);
        nn.init.normal_(embedding.weight!, 0, 0.1);
        register_module(nameof(embedding), embedding);
    }

    /// <summary>The words as vectors, (N, L) to (N, L, <see cref="Width"/>).</summary>
    /// <param name="numbers">Numbers of words, 64 bit integers.</param>
    public Tensor Embed(Tensor numbers) => embedding.call(numbers);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Classify(input.is_floating_point() ? input : Embed(input));

    /// <summary>From embedded words to logits.</summary>
    /// <param name="words">(N, L, <see cref="Width"/>).</param>
    protected abstract Tensor Classify(Tensor words);

    /// <summary>Loads the weights that <c>examples/TrainText</c> found.</summary>
    /// <typeparam name="T">The network's type.</typeparam>
    /// <param name="network">A network with random weights.</param>
    /// <param name="file">The name of the file.</param>
    /// <param name="dtype">The element type of the weights.</param>
    /// <returns>The same network, ready to predict.</returns>
    private protected static T Pretrained<T>(T network, string file, ScalarType dtype)
        where T : MailNetwork
    {
        using SafetensorsFile weights = SafetensorsFile.Open(Resource.Read(file));
        network.LoadSafetensors(weights);
        foreach (Parameter parameter in network.parameters())
        {
            parameter.requires_grad = false;
        }

        network.eval();
        return network.to(dtype);
    }
}
