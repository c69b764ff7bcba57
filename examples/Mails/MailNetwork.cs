using Lrp.Core.Safetensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mails;

/// <summary>A network that reads word numbers (words, mails) and answers (mails, 2): the logits of mail and spam.</summary>
public abstract class MailNetwork(string name) : nn.Module<Tensor, Tensor>(name)
{
    /// <summary>The classes, in the order of the logits.</summary>
    public static readonly IReadOnlyList<string> Labels = ["mail", "spam"];

    /// <summary>The longest text, in words.</summary>
    public const int Longest = 48;

    /// <summary>The file that holds the trained weights.</summary>
    public abstract string WeightsFile { get; }

    /// <summary>Reads the weights that <c>examples/TrainText</c> found.</summary>
    /// <typeparam name="T">The network's type.</typeparam>
    /// <param name="network">A network with random weights.</param>
    /// <param name="dtype">The element type of the weights.</param>
    /// <returns>The same network, ready to predict.</returns>
    protected static T Pretrained<T>(T network, ScalarType dtype)
        where T : MailNetwork
    {
        using SafetensorsFile weights = SafetensorsFile.Open(Resource.Read(network.WeightsFile));
        network.LoadSafetensors(weights);
        foreach (Parameter parameter in network.parameters())
        {
            parameter.requires_grad = false;
        }

        network.eval();
        return network.to(dtype);
    }
}
