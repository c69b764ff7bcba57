using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Modules;

public sealed class StateDictTests
{
    [Test]
    public void AStateDictionaryHoldsTheModulesOwnTensorsParametersFirst()
    {
        using var model = new Nested();
        var state = model.state_dict();
        Assert.That(state.Keys, Is.EqualTo(new[]
        {
            "first.scale", "first.shift", "inner.last.scale", "inner.last.shift", "first.count", "inner.last.count",
        }));
        Assert.That(state["first.scale"], Is.SameAs(model.First.scale));
    }

    [Test]
    public void AStateDictionaryMayBeAddedToAnotherUnderAPrefix()
    {
        using var module = new Affine();
        var destination = new Dictionary<string, Tensor> { ["before"] = ones(1) };
        Assert.That(module.state_dict(destination, "net"), Is.SameAs(destination));
        Assert.That(destination.Keys, Is.EqualTo(new[] { "before", "net.scale", "net.shift", "net.count" }));
    }

    [Test]
    public void LoadingCopiesValuesAndKeepsTheTensors()
    {
        using Affine source = new(7, 8), target = new();
        var scale = target.scale;
        var (missing, unexpected) = target.load_state_dict(source.state_dict());
        Assert.That(missing, Is.Empty);
        Assert.That(unexpected, Is.Empty);
        Assert.That(target.scale, Is.SameAs(scale));
        Assert.That(scale.data<float>().ToArray(), Is.All.EqualTo(7f));
        Assert.That(scale.requires_grad && scale.is_leaf, Is.True);
    }

#if TORCH_SYSTEM
    [Test]
    public void StrictLoadingWantsExactlyTheSameNamesAndChangesNothingOtherwise()
    {
        using var target = new Affine(2, 1);
        var state = new Dictionary<string, Tensor> { ["scale"] = zeros(3), ["other"] = zeros(3) };
        Assert.That(
            () => target.load_state_dict(state),
            Throws.InvalidOperationException.With.Message.Contains("Missing: shift, count").And.Message.Contains("Unexpected: other"));
        Assert.That(target.scale.data<float>().ToArray(), Is.All.EqualTo(2f));
    }
#endif

    [Test]
    public void LoadingThatIsNotStrictSaysWhatDidNotFit()
    {
        using var target = new Affine();
        var state = new Dictionary<string, Tensor> { ["scale"] = zeros(3), ["other"] = zeros(3) };
        var (missing, unexpected) = target.load_state_dict(state, strict: false);
        Assert.That(missing, Is.EqualTo(new[] { "shift", "count" }));
        Assert.That(unexpected, Is.EqualTo(new[] { "other" }));
        Assert.That(target.scale.data<float>().ToArray(), Is.All.Zero);
    }

    [Test]
    public void SkippedNamesAreLeftAloneAndOutOfTheComparison()
    {
        using var target = new Affine(2, 1);
        var state = new Dictionary<string, Tensor> { ["scale"] = zeros(3), ["shift"] = zeros(3), ["other"] = zeros(3) };
        target.load_state_dict(state, skip: ["scale", "count", "other"]);
        Assert.That(target.scale.data<float>().ToArray(), Is.All.EqualTo(2f));
        Assert.That(target.shift.data<float>().ToArray(), Is.All.Zero);
    }
}
