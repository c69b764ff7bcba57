using NUnit.Framework.Interfaces;
using static TorchSharp.torch;

[assembly: Lrp.Tests.FixedSeed]

namespace Lrp.Tests;

/// <summary>Every test draws the same numbers in every run, alone or among others.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class FixedSeedAttribute : Attribute, ITestAction
{
    public ActionTargets Targets => ActionTargets.Test;

    public void BeforeTest(ITest test) => random.manual_seed(1);

    public void AfterTest(ITest test) { }
}
