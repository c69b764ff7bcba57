using Programs;

namespace Lrp.Tests.Examples;

/// <summary>The tables that the examples print.</summary>
[TestFixture]
public sealed class MarkdownTableTests
{
    [Test]
    public void ATableIsAlignedAndMarkdownWithNumbersToTheRight()
    {
        var table = new MarkdownTable().Texts("rule").Numbers("share");
        table.Add("ZPlus", "12.5");
        table.Add("Flat", "-");
        Assert.That(
            table.ToString().Split('\n'),
            Is.EqualTo(new[] { "| rule  | share |", "| :---- | ----: |", "| ZPlus |  12.5 |", "| Flat  |     - |" })
        );
    }

    [Test]
    public void ARowIsOneLineHoweverLongAndWhateverACellHolds()
    {
        string cell = new('x', 500);
        var table = new MarkdownTable().Texts("[red]a[/]", "b");
        table.Add(cell + "\ny", "one|two");
        var lines = table.ToString().Split('\n');
        Assert.That(lines, Has.Length.EqualTo(3));
        Assert.That(lines[0], Does.StartWith("| [red]a[/] "));
        Assert.That(lines[2], Is.EqualTo($"| {cell} y | one\\|two |"));
    }

    [Test]
    public void ARowHasAsManyCellsAsThereAreColumns()
    {
        var table = new MarkdownTable().Texts("a", "b");
        Assert.That(() => table.Add("one"), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => table.Add("one", "two", "three"), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void RedirectedLoopsAndWordsHaveNoColoursAndNoBar()
    {
        var before = Console.Out;
        using var output = new StringWriter();
        Console.SetOut(output);
        try
        {
            Assert.That(ProgressBar.Over("counting", [1, 2, 3]), Is.EqualTo(new[] { 1, 2, 3 }));
            WordColours.Write("\u001b[31mfree\u001b[0m", ["free "], ("relevance", [0.126]));
        }
        finally
        {
            Console.SetOut(before);
        }

        Assert.That(
            output.ToString().TrimEnd(),
            Is.EqualTo("| word | relevance |\n| :--- | --------: |\n| free |      0.13 |")
        );
    }
}
