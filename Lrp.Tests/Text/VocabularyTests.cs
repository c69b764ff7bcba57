using Mails;

namespace Lrp.Tests.Text;

/// <summary>How a text becomes words and numbers.</summary>
[TestFixture]
public sealed class VocabularyTests
{
    [Test]
    public void Words_are_lower_case_numbers_are_one_word_and_marks_are_words()
    {
        Token[] tokens = Vocabulary.Split("WIN $1,000 now!!! Don't wait until 5:30?");
        Assert.That(tokens.Select(token => token.Word), Is.EqualTo(new[] { "win", "$", "#", "now", "!", "don't", "wait", "until", "#", "?" }));
    }

    [Test]
    public void The_words_as_written_put_together_are_the_text()
    {
        const string text = "(Save up to\n75%) -- of it, all.";
        Assert.That(string.Concat(Vocabulary.Split(text).Select(token => token.Written)), Is.EqualTo(text));
    }

    [Test]
    public void Only_the_first_words_are_taken_and_nothing_that_follows_them()
    {
        Token[] tokens = Vocabulary.Split("one two three four", most: 2);
        Assert.That(string.Concat(tokens.Select(token => token.Written)), Is.EqualTo("one two "));
        Assert.That(Vocabulary.Split(string.Empty), Is.Empty);
    }

    [Test]
    public void Known_words_have_numbers_from_1_on_and_all_others_are_0()
    {
        var vocabulary = new Vocabulary(["free", "#"]);
        Assert.That(vocabulary.Encode(Vocabulary.Split("Free money: 100")), Is.EqualTo(new long[] { 1, Vocabulary.Unknown, 2 }));
        Assert.That(vocabulary.Count, Is.EqualTo(3));
        Assert.That(vocabulary.Words, Is.EqualTo(new[] { "free", "#" }));
    }
}
