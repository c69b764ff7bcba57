using Lrp.Composites;
using Lrp.Core.Registrations;
using TorchSharp;
using static TorchSharp.torch;
using Linear = TorchSharp.Modules.Linear;

namespace Lrp.Tests.Composites;

/// <summary>Composites with rules for the first and the last layer, and a model to explain by them.</summary>
internal static class FirstAndLastLayers
{
    public static Composite FirstAndLast() =>
        new()
        {
            { typeof(Linear), LrpRule.Epsilon() },
            { LayerKey.First(LayerTypes.Linear), LrpRule.Flat() },
            { LayerKey.Last(LayerTypes.Linear), LrpRule.WSquare() },
        };

    public static Composite ByName() =>
        new()
        {
            { typeof(Linear), LrpRule.Epsilon() },
            { "first", LrpRule.Flat() },
            { "last", LrpRule.WSquare() },
        };

    public static Tensor Relevance(Composite composite, nn.Module<Tensor, Tensor> model)
    {
        using var registration = composite.Register(model);
        var x = Input();
        model.call(x).sum().backward();
        registration.ThrowIfFaulted();
        return x.grad!.clone();
    }

    public static IEnumerable<string> RulesIn(Registration registration) =>
        registration.Sites.Select(site => $"{site.Name} {site.Rule!.GetType().Name}");

    public static Tensor Input()
    {
        using var generator = new Generator(3);
        return rand([2, 4], ScalarType.Float64, generator: generator).requires_grad_();
    }

    /// <summary>Declares its layers in the reverse order of use.</summary>
    public sealed class Backwards : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _last;
        private readonly Linear _middle;
        private readonly Linear _first;

        public Backwards()
            : base(nameof(Backwards))
        {
            manual_seed(5);
            _last = nn.Linear(4, 3);
            _middle = nn.Linear(4, 4);
            _first = nn.Linear(4, 4);
            register_module("last", _last);
            register_module("middle", _middle);
            register_module("first", _first);
            this.to(ScalarType.Float64);
        }

        public bool Throws { get; set; }

        public override Tensor forward(Tensor input)
        {
            var features = _middle.call(_first.call(input).relu());
            return Throws ? throw new InvalidOperationException("on purpose") : _last.call(features + input);
        }
    }
}
