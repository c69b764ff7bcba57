using Lrp.Onnx.Kernels;

namespace Lrp.Tests.Onnx;

/// <summary>The table of operators in the documentation is the one in the code.</summary>
[TestFixture]
public sealed class OperatorTableTests
{
    [Test]
    public void TheDocumentationHasTheTableOfTheCode()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "onnx.md")).ReplaceLineEndings("\n");
        Assert.That(
            page,
            Does.Contain(RoleTexts.Table()),
            $"docs/onnx.md should have this table:\n{RoleTexts.Table()}"
        );
    }
}
