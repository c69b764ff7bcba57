using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static SGD SGD(IEnumerable<Parameter> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);

            public static SGD SGD(IEnumerable<(string name, Parameter parameter)> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters.Select(named => named.parameter), learningRate, momentum, dampening, weight_decay, nesterov, maximize);

            public static SGD SGD(IEnumerable<SGD.ParamGroup> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);
        }
    }

    namespace Modules
    {
        /// <summary>
        /// Gradient descent: θ ← θ - lr·g, with the gradient g
        /// in momentum's place once there is momentum: v ← momentum·v + (1 - dampening)·g (Sutskever et al. 2013).
        /// </summary>
        public class SGD : OptimizerHelper, IMomentum
        {
            public SGD(IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
                : this([new ParamGroup { Parameters = parameters }], lr, momentum, dampening, weight_decay, nesterov, maximize)
            {
            }

            public SGD(IEnumerable<ParamGroup> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
            {
                if (lr < 0) throw new ArgumentException($"Invalid learning rate: {lr}");
                if (momentum < 0) throw new ArgumentException($"Invalid momentum value: {momentum}");
                if (weight_decay < 0) throw new ArgumentException($"Invalid weight_decay value: {weight_decay}");
                if (nesterov && (momentum <= 0 || dampening != 0)) throw new ArgumentException("Nesterov momentum requires a momentum and zero dampening");
                _defaults = new Options
                {
                    LearningRate = lr,
                    InitialLearningRate = lr,
                    momentum = momentum,
                    dampening = dampening,
                    weight_decay = weight_decay,
                    nesterov = nesterov,
                    maximize = maximize,
                };
                foreach (var group in parameters) add_param_group(group);
            }

            public double Momentum
            {
                get => ((Options)_defaults).momentum!.Value;
                set => ((Options)_defaults).momentum = value;
            }

            public override Tensor step(Func<Tensor>? closure = null) => _step<ParamGroup>(Step, closure);

            public override void add_param_group(Modules.ParamGroup param_group) =>
                AddGroup(param_group, new Options(), parameter => new State(parameter));

            protected override void Dispose(bool disposing)
            {
                base.Dispose(disposing);
                if (disposing) DisposeStates();
            }

            private void Step(ParamGroup group)
            {
                var options = group.Options;
                var (momentum, decay) = (options.momentum!.Value, options.weight_decay!.Value);
                var lr = options.maximize!.Value ? options.LearningRate!.Value : -options.LearningRate!.Value;
                foreach (var (parameter, gradient, state) in WithGradients<State>(group))
                {
                    var update = decay != 0 ? gradient.add(parameter, alpha: decay) : gradient;
                    if (momentum != 0)
                    {
                        if (state.momentum_buffer is null) state.momentum_buffer = update.clone().DetachFromDisposeScope();
                        else state.momentum_buffer.mul_(momentum).add_(update, alpha: 1 - options.dampening!.Value);
                        update = options.nesterov!.Value ? update.add(state.momentum_buffer, alpha: momentum) : state.momentum_buffer;
                    }

                    parameter.add_(update, alpha: lr);
                }
            }

            public class Options : OptimizerOptions
            {
                public double? momentum;

                public double? dampening;

                public double? weight_decay;

                public bool? nesterov;

                public bool? maximize;

                internal override void Each(OptimizerOptions other, OptionVisitor visitor)
                {
                    var its = (Options)other;
                    visitor.Visit(ref momentum, its.momentum);
                    visitor.Visit(ref dampening, its.dampening);
                    visitor.Visit(ref weight_decay, its.weight_decay);
                    visitor.Visit(ref nesterov, its.nesterov);
                    visitor.Visit(ref maximize, its.maximize);
                }
            }

            public sealed class State : OptimizerState, IDisposable
            {
                public Tensor? momentum_buffer;

                public State(Parameter parameter)
                    : base(parameter)
                {
                }

                public override void Initialize(OptimizerOptions options)
                {
                    momentum_buffer?.Dispose();
                    momentum_buffer = null;
                }

                public override void SaveStateDict(BinaryWriter writer) => Save(writer);

                public override void LoadStateDict(BinaryReader reader) => Load(reader);

                public override void LoadStateDict(OptimizerState source) => CopyFrom(source);

                public void Dispose() => DisposeTensors();

                internal override void Each(OptimizerState other, StateVisitor visitor)
                {
                    var its = (State)other;
                    visitor.VisitOptional(ref momentum_buffer, its.momentum_buffer);
                }
            }

            public class ParamGroup : ParamGroup<Options>, IMomentum
            {
                public ParamGroup()
                {
                }

                public ParamGroup(IEnumerable<Parameter> parameters, Options options)
                    : base(parameters, options)
                {
                }

                public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1e-3, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
                    : base(parameters, new Options { LearningRate = lr, momentum = momentum, dampening = dampening, weight_decay = weight_decay, nesterov = nesterov, maximize = maximize })
                {
                }

                public double Momentum
                {
                    get => Options.momentum!.Value;
                    set => Options.momentum = value;
                }
            }
        }
    }
}
