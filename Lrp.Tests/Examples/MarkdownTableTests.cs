using Programs;

namespace Lrp.Tests.Examples;

/// <summary>The tables that the examples print.</summary>
[TestFixture]
public sealed class MarkdownTableTests
{
    [Test]
    public void A_table_is_aligned_and_markdown_with_numbers_to_the_right()
    {
        MarkdownTable table = new MarkdownTable().Texts("rule").Numbers("share");
        table.Add("ZPlus", "12.5");
        table.Add("Flat", "-");
        Assert.That(table.ToString().Split('\n'), Is.EqualTo(new[]
        {
            "| rule  | share |",
            "| :---- | ----: |",
            "| ZPlus |  12.5 |",
            "| Flat  |     - |",
        }));
    }

    [Test]
    public void A_row_is_one_line_however_long_and_whatever_a_cell_holds()
    {
        string cell = new('x', 500);
        MarkdownTable table = new MarkdownTable().Texts("[red]a[/]", "b");
        table.Add(cell + "\ny", "one|two");
        string[] lines = table.ToString().Split('\n');
        Assert.That(lines, Has.Length.EqualTo(3));
        Assert.That(lines[0], Does.StartWith("| [red]a[/] "));
        Assert.That(lines[2], Is.EqualTo($"| {cell} y | one\\|two |"));
    }

    [Test]
    public void A_row_has_as_many_cells_as_there_are_columns()
    {
        MarkdownTable table = new MarkdownTable().Texts("a", "b");
        Assert.That(() => table.Add("one"), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => table.Add("one", "two", "three"), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Redirected_loops_and_words_have_no_colours_and_no_bar()
    {
        TextWriter before = Console.Out;
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

        Assert.That(output.ToString().TrimEnd(), Is.EqualTo("| word | relevance |\n| :--- | --------: |\n| free |      0.13 |"));
    }
}
