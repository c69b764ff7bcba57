using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Composites;

/// <summary>Models in which batch normalisation stands behind layers in every way that a pass can show.</summary>
internal static class NormedModels
{
    public static Tensor Images()
    {
        using var generator = new Generator(4);
        return rand([2, 3, 5, 5], ScalarType.Float64, generator: generator);
    }

    public static Tensor Sequences()
    {
        using var generator = new Generator(5);
        return rand([2, 3, 4], ScalarType.Float64, generator: generator);
    }

    public sealed class Branching : nn.Module<Tensor, Tensor>
    {
        private readonly Conv2d _layer = nn.Conv2d(3, 4, 3);
        private readonly BatchNorm2d _norm1 = nn.BatchNorm2d(4);
        private readonly BatchNorm2d _norm2 = nn.BatchNorm2d(4);

        public Branching()
            : base(nameof(Branching))
        {
            register_module("layer", _layer);
            register_module("norm1", _norm1);
            register_module("norm2", _norm2);
            _norm1.running_mean!.fill_(0.3);
            _norm2.running_var!.fill_(2);
            eval();
        }

        public override Tensor forward(Tensor x) =>
            x.sum().item<float>() > 0 ? _norm1.call(_layer.call(x)) : _norm2.call(_layer.call(x));
    }

    /// <summary>
    /// As MobileNetV2: the classifier is declared first; and each norm stands behind the other layer.
    /// </summary>
    public sealed class Crossed : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear _classifier = nn.Linear(4, 3);
        private readonly Conv2d _conv2 = nn.Conv2d(4, 4, 3, bias: false);
        private readonly Conv2d _conv1 = nn.Conv2d(3, 4, 3);

        public Crossed()
            : base(nameof(Crossed))
        {
            register_module("classifier", _classifier);
            register_module("conv2", _conv2);
            register_module("norm1", Norm1);
            register_module("conv1", _conv1);
            register_module("norm2", Norm2);
            Randomised(this);
        }

        public BatchNorm2d Norm1 { get; } = nn.BatchNorm2d(4);

        public BatchNorm2d Norm2 { get; } = nn.BatchNorm2d(4);

        public override Tensor forward(Tensor input) =>
            _classifier.call(Norm2.call(_conv2.call(Norm1.call(_conv1.call(input)).relu())).mean([2L, 3L]));
    }

    public sealed class Odd : nn.Module<Tensor, Tensor>
    {
        private readonly Conv1d _conv = nn.Conv1d(3, 4, 3, padding: 1);
        private readonly BatchNorm1d _norm = nn.BatchNorm1d(4);
        private readonly TorchSharp.Modules.ReLU _act = nn.ReLU();
        private readonly TorchSharp.Modules.Linear _fc = nn.Linear(4, 4);
        private readonly string _way;

        public Odd(string way)
            : base(nameof(Odd))
        {
            _way = way;
            register_module("conv", _conv);
            register_module("norm", _norm);
            register_module("act", _act);
            register_module("fc", _fc);
            Randomised(this);
        }

        public override Tensor forward(Tensor input)
        {
            switch (_way)
            {
                case "relu between":
                    return _norm.call(_act.call(_conv.call(input)));
                case "function between":
                    return _norm.call(_conv.call(input).tanh());
                case "in place between":
                    var doubled = _conv.call(input);
                    doubled.mul_(2);
                    return _norm.call(doubled);
                case "used twice":
                    var features = _conv.call(input);
                    return _norm.call(features) + _act.call(features);
                case "called twice":
                    return _norm.call(_conv.call(input)) + _conv.call(input * 2);
                case "by forward":
                    return _norm.forward(_conv.call(input));
                default:
                    return _norm.call(_fc.call(_conv.call(input)));
            }
        }
    }

    /// <summary>One pair that may be merged, and one whose layer's output a function uses too.</summary>
    public sealed class Leaking : nn.Module<Tensor, Tensor>
    {
        private readonly Conv1d _good = nn.Conv1d(3, 3, 3, padding: 1);
        private readonly BatchNorm1d _goodNorm = nn.BatchNorm1d(3);
        private readonly Conv1d _bad = nn.Conv1d(3, 4, 3);
        private readonly BatchNorm1d _badNorm = nn.BatchNorm1d(4);

        public Leaking()
            : base(nameof(Leaking))
        {
            register_module("good_conv", _good);
            register_module("good_norm", _goodNorm);
            register_module("bad_conv", _bad);
            register_module("bad_norm", _badNorm);
            Randomised(this);
        }

        public bool Noise { get; set; }

        public override Tensor forward(Tensor input)
        {
            var features = _bad.call(_goodNorm.call(_good.call(input)));
            Seen.Passes++;
            return _badNorm.call(features) + features * 0.5 + (Noise ? Seen.Passes : 0);
        }

        /// <summary>What no snapshot of the model can know.</summary>
        private static class Seen
        {
            public static int Passes { get; set; }
        }
    }

    public sealed class Stateful : nn.Module<Tensor, Tensor>
    {
        private readonly Conv1d _conv = nn.Conv1d(3, 4, 3);

        public Stateful()
            : base(nameof(Stateful))
        {
            register_module("conv", _conv);
            register_module("norm", Norm);
            register_module("drop", Drop);
            Randomised(this);
            register_buffer("counter", Counter);
        }

        public BatchNorm1d Norm { get; } = nn.BatchNorm1d(4);

        public Dropout Drop { get; } = nn.Dropout(0.5);

        public Tensor Counter { get; } = zeros(1, ScalarType.Int64);

        public int Calls { get; private set; }

        public Tensor? Cache { get; private set; }

        public Tensor? Drawn { get; private set; }

        public List<Tensor> History { get; } = [];

        public Memory Store { get; } = new();

        public override Tensor forward(Tensor input)
        {
            Calls++;
            Counter.add_(1);
            Drawn = rand(3);
            var features = Norm.call(_conv.call(input));
            Cache = Cache is null ? features.detach() : cat([Cache, features.detach()]);
            History.Add(features.detach());
            Store.Steps["step" + Store.Steps.Count] = features.detach();
            return Drop.call(features);
        }

        public sealed class Memory
        {
            public Dictionary<string, Tensor> Steps { get; } = [];
        }
    }

    public sealed class Several : nn.Module<Tensor, int, Tensor?, (Tensor, Dictionary<string, Tensor>)>
    {
        private readonly Conv1d _conv = nn.Conv1d(3, 4, 3);

        public Several()
            : base(nameof(Several))
        {
            register_module("norm", Norm);
            register_module("conv", _conv);
            Randomised(this);
        }

        public BatchNorm1d Norm { get; } = nn.BatchNorm1d(4);

        public override (Tensor, Dictionary<string, Tensor>) forward(Tensor input, int factor, Tensor? mask)
        {
            var features = Norm.call(_conv.call(input));
            return (features, new Dictionary<string, Tensor> { ["doubled"] = features * factor });
        }
    }

    public sealed class Shared : nn.Module<Tensor, Tensor>
    {
        private readonly Conv1d _left = nn.Conv1d(3, 4, 3);
        private readonly Conv1d _right = nn.Conv1d(3, 4, 3, bias: false);

        public Shared()
            : base(nameof(Shared))
        {
            register_module("left", _left);
            register_module("right", _right);
            register_module("norm", Norm);
            Randomised(this);
        }

        public BatchNorm1d Norm { get; } = nn.BatchNorm1d(4);

        public override Tensor forward(Tensor input) => Norm.call(_left.call(input)) + Norm.call(_right.call(input));
    }

    private static T Randomised<T>(T model)
        where T : nn.Module
    {
        model.to(ScalarType.Float64);
        using (no_grad())
        {
            foreach (var (_, tensor) in model.state_dict().Where(entry => entry.Value.is_floating_point()))
            {
                tensor.add_(rand_like(tensor));
            }
        }

        model.eval();
        return model;
    }
}
