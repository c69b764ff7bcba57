using Mails;

namespace Lrp.Tests.Text;

/// <summary>How a text becomes words and numbers.</summary>
[TestFixture]
public sealed class VocabularyTests
{
    [Test]
    public void WordsAreLowerCaseNumbersAreOneWordAndMarksAreWords()
    {
        var tokens = Vocabulary.Split("WIN $1,000 now!!! Don't wait until 5:30?");
        Assert.That(
            tokens.Select(token => token.Word),
            Is.EqualTo(new[] { "win", "$", "#", "now", "!", "don't", "wait", "until", "#", "?" })
        );
    }

    [Test]
    public void TheWordsAsWrittenPutTogetherAreTheText()
    {
        const string Text = "(Save up to\n75%) -- of it, all.";
        Assert.That(string.Concat(Vocabulary.Split(Text).Select(token => token.Written)), Is.EqualTo(Text));
    }

    [Test]
    public void OnlyTheFirstWordsAreTakenAndNothingThatFollowsThem()
    {
        var tokens = Vocabulary.Split("one two three four", most: 2);
        Assert.That(string.Concat(tokens.Select(token => token.Written)), Is.EqualTo("one two "));
        Assert.That(Vocabulary.Split(string.Empty), Is.Empty);
    }

    [Test]
    public void KnownWordsHaveNumbersFrom1OnAndAllOthersAre0()
    {
        var vocabulary = new Vocabulary(["free", "#"]);
        Assert.That(
            vocabulary.Encode(Vocabulary.Split("Free money: 100")),
            Is.EqualTo(new long[] { 1, Vocabulary.Unknown, 2 })
        );
        Assert.That(vocabulary.Count, Is.EqualTo(3));
        Assert.That(vocabulary.Words, Is.EqualTo(new[] { "free", "#" }));
    }
}
