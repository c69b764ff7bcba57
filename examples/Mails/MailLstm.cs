using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Mails;

/// <summary>An LSTM that reads a text word by word and classifies the mean of its hidden states.</summary>
public sealed class MailLstm : MailNetwork
{
    private const int States = 32;

    [ComponentName(Name = "recurrence")]
    private readonly LSTM _recurrence;

    [ComponentName(Name = "classifier")]
    private readonly Linear _classifier;

    /// <summary>Creates a network with random weights.</summary>
    /// <param name="words">The number of word ids.</param>
    public MailLstm(int words)
        : base(nameof(MailLstm), words)
    {
        _recurrence = nn.LSTM(Width, States, batchFirst: true);
        _classifier = nn.Linear(States, Labels.Count);
        RegisterComponents();
    }

    /// <summary>
    /// Creates the network with the weights that <c>examples/TrainText</c> trained, in evaluation mode.
    /// </summary>
    /// <param name="dtype">The element type of the weights.</param>
    public static MailLstm Pretrained(ScalarType dtype = ScalarType.Float32) =>
        Pretrained(new MailLstm(Vocabulary.Load().Count), "mail-lstm.safetensors", dtype);

    /// <inheritdoc/>
    protected override Tensor Classify(Tensor words)
    {
        (var states, _, _) = _recurrence.call(words);
        return _classifier.call(states.mean([1]));
    }
}
