using Lrp.Benchmarks.Cases;
using Lrp.Benchmarks.Measuring;

namespace Lrp.Tests.Benchmarks;

/// <summary>Which cases a run measures.</summary>
[TestFixture]
public sealed class SelectionTests
{
    private static readonly Group[] Groups =
    [
        new("lrp/net/batch1", "plain", [new("Epsilon"), new("EpsilonPlus"), new("DeconvNet", Extent.Full)], Never)
        {
            Time = Extent.Quick,
            Memory = Extent.Default,
        },
        new("lrp/net/batch16", "plain", [new("Epsilon")], Never) { Time = Extent.Full },
    ];

    [TestCase(nameof(Extent.Quick), "Time of lrp/net/batch1: Epsilon EpsilonPlus")]
    [TestCase(
        nameof(Extent.Default),
        "Time of lrp/net/batch1: Epsilon EpsilonPlus",
        "Memory of lrp/net/batch1: Epsilon EpsilonPlus"
    )]
    [TestCase(
        nameof(Extent.Full),
        "Time of lrp/net/batch1: Epsilon EpsilonPlus DeconvNet",
        "Time of lrp/net/batch16: Epsilon",
        "Memory of lrp/net/batch1: Epsilon EpsilonPlus DeconvNet",
        "Memory of lrp/net/batch16: Epsilon"
    )]
    public void ALargerRunHasMore(string extent, params string[] expected) =>
        Assert.That(Selection.Of(Groups, [], Enum.Parse<Extent>(extent)).Select(Text), Is.EqualTo(expected));

    [TestCase("lrp/net/batch1/Epsilon", "Epsilon")]
    [TestCase("batch1", "Epsilon EpsilonPlus DeconvNet")]
    [TestCase("net/batch1/deconvnet", "DeconvNet")]
    public void NamesChooseWholePartsFromAnyRun(string name, string cases) =>
        Assert.That(
            Selection.Of(Groups, [name], Extent.Quick).Select(Text),
            Is.EqualTo(new[] { $"Time of lrp/net/batch1: {cases}", $"Memory of lrp/net/batch1: {cases}" })
        );

    [Test]
    public void AnUnknownNameIsNamed() =>
        Assert.That(
            () => Selection.Of(Groups, ["batch1", "atch1"], Extent.Quick),
            Throws.ArgumentException.With.Message.Contains("'atch1'")
        );

    [Test]
    public void NoTwoCasesShareAName()
    {
        var names = AllGroups.Groups.SelectMany(group => group.Cases.Select(group.NameOf)).ToList();
        Assert.That(names, Is.Unique);
        Assert.That(CaseList.Of(AllGroups.Groups).TrimEnd().Split('\n'), Has.Length.EqualTo(names.Count + 1));
    }

    private static string Text(Measurement one) =>
        $"{one.Quantity} of {one.Group.Name}: {string.Join(" ", one.Cases.Select(row => row.Name))}";

    private static ISubject Never() => throw new InvalidOperationException("Choosing sets nothing up.");
}
