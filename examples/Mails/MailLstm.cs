using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mails;

/// <summary>An LSTM that reads a text word by word; the mean of its states is classified.</summary>
public sealed class MailLstm : MailNetwork
{
    private const int States = 32;

    private readonly LSTM recurrence;
    private readonly Linear classifier;

    /// <summary>A network with random weights.</summary>
    /// <param name="words">How many numbers of words there are.</param>
    public MailLstm(int words)
        : base(nameof(MailLstm), words)
    {
        recurrence = nn.LSTM(Width, States, batchFirst: true);
        classifier = nn.Linear(States, Labels.Count);
        RegisterComponents();
    }

    /// <summary>The network with the weights that <c>examples/TrainText</c> found, ready to predict.</summary>
    /// <param name="dtype">The element type of the weights.</param>
    public static MailLstm Pretrained(ScalarType dtype = ScalarType.Float32) => Pretrained(new MailLstm(Vocabulary.Load().Count), "mail-lstm.safetensors", dtype);

    /// <inheritdoc/>
    protected override Tensor Classify(Tensor words)
    {
        (Tensor states, _, _) = recurrence.call(words);
        return classifier.call(states.mean([1]));
    }
}
