#if TORCH_SYSTEM
using System.Collections.Immutable;
using Lrp.Torch.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Lrp.Tests.Torch.Operators;

/// <summary>How a row of an operator table becomes a method.</summary>
public class OperatorTableTests
{
    private sealed class Table(string text) : AdditionalText
    {
        public override string Path => "/tables/example.ops";

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }

    private static (string Source, ImmutableArray<Diagnostic> Diagnostics) Generate(params string[] lines)
    {
        var driver = CSharpGeneratorDriver
            .Create(new OperatorTableGenerator())
            .AddAdditionalTexts([new Table(string.Join("\n", lines))])
            .RunGenerators(CSharpCompilation.Create("Example"));
        var result = driver.GetRunResult();
        return (string.Concat(result.GeneratedTrees.Select(tree => tree.ToString())), result.Diagnostics);
    }

    [Test]
    public void A_row_calls_its_operator_and_overload()
    {
        var (source, diagnostics) = Generate("[torch.Tensor]", "public Tensor add(Tensor target) = add.Tensor(this, target)");
        Assert.That(diagnostics, Is.Empty);
        Assert.That(source, Does.Contain("\"add\", \"Tensor\"").And.Contain("call.Add(this);").And.Contain("call.Add(target);"));
    }

    [Test]
    public void Tensors_outlive_the_call()
    {
        var (source, _) = Generate("[torch.Tensor]", "public Tensor add(Tensor target, long n) = add.Tensor(this, target)");
        Assert.That(source, Does.Contain("GC.KeepAlive(this);").And.Contain("GC.KeepAlive(target);").And.Not.Contain("KeepAlive(n)"));
    }

    [Test]
    public void An_in_place_operator_returns_what_it_changed()
    {
        var (source, _) = Generate("[torch]", "public static Tensor abs_(Tensor input) = abs_(input)");
        Assert.That(source, Does.Contain("return input;"));
    }

    [Test]
    public void Only_what_may_not_be_null_is_checked()
    {
        var (source, _) = Generate("[torch]", "public static Tensor f(Tensor input, Tensor? weight) = f(input, weight)");
        Assert.That(source, Does.Contain("ThrowIfNull(input)").And.Not.Contain("ThrowIfNull(weight)"));
    }

    [Test]
    public void A_forwarding_row_is_its_expression()
    {
        var (source, _) = Generate("[torch]", "public static Tensor abs(Tensor input) => input.abs()");
        Assert.That(source, Does.Contain("public static Tensor abs(Tensor input) => input.abs();"));
    }

    [Test]
    public void Operators_with_an_equals_sign_in_their_name_are_understood()
    {
        var (source, diagnostics) = Generate("[torch.Tensor]", "public static Tensor operator <=(Tensor left, Tensor right) = le.Tensor(left, right)");
        Assert.That(diagnostics, Is.Empty);
        Assert.That(source, Does.Contain("operator <=(Tensor left, Tensor right)"));
    }

    [Test]
    public void Several_results_become_a_tuple()
    {
        var (source, _) = Generate("[torch.Tensor]", "public (Tensor values, Tensor indices) sort() = sort(this)");
        Assert.That(source, Does.Contain("call.Tensors2()"));
    }

    [TestCase("public Tensor add(Tensor target)")]
    [TestCase("public Tensor add(Tensor target = add.Tensor(this, target)")]
    [TestCase("public Tensor add(Tensor target) = add.Tensor")]
    [TestCase("public string add(Tensor target) = add.Tensor(this, target)")]
    [TestCase("public Tensor add(Tensor target) => this +")]
    [TestCase("public Tensor abs_() = abs_()")]
    public void A_malformed_row_is_an_error_at_its_line(string row)
    {
        var (_, diagnostics) = Generate("# a comment", "[torch.Tensor]", row);
        Diagnostic diagnostic = diagnostics.Single();
        Assert.That(diagnostic.Severity, Is.EqualTo(DiagnosticSeverity.Error));
        FileLinePositionSpan place = diagnostic.Location.GetLineSpan();
        Assert.That((place.Path, place.StartLinePosition.Line), Is.EqualTo(("/tables/example.ops", 2)));
    }

    [Test]
    public void A_row_before_any_section_is_an_error() =>
        Assert.That(Generate("public Tensor abs() = abs(this)").Diagnostics, Has.Length.EqualTo(1));
}
#endif
