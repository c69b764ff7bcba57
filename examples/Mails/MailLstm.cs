using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mails;

/// <summary>An embedding, an LSTM, and a linear layer on its last hidden state.</summary>
public sealed class MailLstm : MailNetwork
{
    private readonly Embedding embedding;
    private readonly LSTM lstm;
    private readonly Linear label;

    /// <summary>A network with random weights.</summary>
    /// <param name="vocabulary">How many word numbers there are.</param>
    public MailLstm(long vocabulary)
        : base(nameof(MailLstm))
    {
        embedding = nn.Embedding(vocabulary, 32);
        lstm = nn.LSTM(32, 32);
        label = nn.Linear(32, 2);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override string WeightsFile => "mail-lstm.safetensors";

    /// <summary>The trained network.</summary>
    /// <param name="dtype">The element type of the weights.</param>
    public static MailLstm Pretrained(ScalarType dtype = ScalarType.Float32) => Pretrained(new MailLstm(Vocabulary.Load().Count), dtype);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        (Tensor output, _, _) = lstm.call(embedding.call(input));
        return label.call(output[-1]);
    }
}
