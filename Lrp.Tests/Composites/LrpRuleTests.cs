using System.Reflection;
using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules;
using Lrp.Tests.Docs;

namespace Lrp.Tests.Composites;

/// <summary>Every rule by a method of its name.</summary>
[TestFixture]
public sealed class LrpRuleTests
{
    private static IEnumerable<Type> Rules() =>
        typeof(Epsilon)
            .Assembly.GetExportedTypes()
            .Where(type => type.IsSubclassOf(typeof(BackwardRule)) && !type.IsAbstract);

    [TestCaseSource(nameof(Rules))]
    public void ARuleHasAMethodOfItsNameForEachConstructor(Type rule)
    {
        var methods = typeof(LrpRule).GetMethods().Where(method => method.ReturnType == rule).ToList();
        var constructors = rule.GetConstructors().Select(Signature);
        Assert.That(methods.Select(Signature), Is.SupersetOf(constructors));
        Assert.That(methods.Select(method => method.Name), Has.All.StartsWith(rule.Name));
    }

    [Test]
    public void OneUsingIsEnoughBesideTorchSharpsModules()
    {
        var errors = SnippetCompiler.ErrorsIn(
            new Snippet(
                "README.md",
                1,
                """
                using Lrp.Composites;
                using TorchSharp.Modules;

                var rules = new Composite
                {
                    { typeof(Linear), LrpRule.Epsilon(1e-6) },
                    { typeof(Identity), LrpRule.Identity() },
                    { typeof(Conv2d), LrpRule.Uniform() },
                };
                """
            )
        );
        Assert.That(errors, Is.Empty);
    }

    private static string Signature(MethodBase method) =>
        string.Join(
            ", ",
            method
                .GetParameters()
                .Select(parameter => $"{parameter.ParameterType} {parameter.Name} = {parameter.DefaultValue}")
        );
}
