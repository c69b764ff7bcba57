using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static RMSProp RMSProp(IEnumerable<Parameter> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) =>
                new(parameters, lr, alpha, eps, weight_decay, momentum, centered, maximize);

            public static RMSProp RMSProp(IEnumerable<(string name, Parameter parameter)> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) =>
                new(parameters.Select(named => named.parameter), lr, alpha, eps, weight_decay, momentum, centered, maximize);

            public static RMSProp RMSProp(IEnumerable<RMSProp.ParamGroup> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) =>
                new(parameters, lr, alpha, eps, weight_decay, momentum, centered, maximize);
        }
    }

    namespace Modules
    {
        /// <summary>
        /// RMSProp (Hinton 2012): v ← αv + (1-α)g², θ ← θ - lr·g / (√v + ε);
        /// centered, v without the square of the mean gradient (Graves 2013).
        /// </summary>
        public class RMSProp : OptimizerHelper, IMomentum
        {
            public RMSProp(IEnumerable<Parameter> parameters, double lr = 1e-3, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false)
                : this([new ParamGroup { Parameters = parameters }], lr, alpha, eps, weight_decay, momentum, centered, maximize)
            {
            }

            public RMSProp(IEnumerable<ParamGroup> parameters, double lr = 1e-3, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false)
            {
                if (lr < 0) throw new ArgumentException($"Invalid learning rate: {lr}");
                if (eps < 0) throw new ArgumentException($"Invalid ε value: {eps}");
                if (alpha < 0) throw new ArgumentException($"Invalid alpha value: {alpha}");
                if (momentum < 0) throw new ArgumentException($"Invalid momentum value: {momentum}");
                if (weight_decay < 0) throw new ArgumentException($"Invalid weight_decay value: {weight_decay}");
                _defaults = new Options
                {
                    LearningRate = lr,
                    InitialLearningRate = lr,
                    maximize = maximize,
                    momentum = momentum,
                    alpha = alpha,
                    eps = eps,
                    weight_decay = weight_decay,
                    centered = centered,
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
                var (lr, alpha, eps) = (options.LearningRate!.Value, options.alpha!.Value, options.eps!.Value);
                var (momentum, decay) = (options.momentum!.Value, options.weight_decay!.Value);
                foreach (var (parameter, raw, state) in WithGradients<State>(group))
                {
                    var gradient = options.maximize!.Value ? raw.neg() : raw;
                    if (decay != 0) gradient = gradient.add(parameter, alpha: decay);
                    state.step++;
                    state.square_avg.mul_(alpha).addcmul_(gradient, gradient, value: 1 - alpha);
                    var second = state.square_avg;
                    if (options.centered!.Value)
                    {
                        var mean = state.grad_avg!.mul_(alpha).add_(gradient, alpha: 1 - alpha);
                        second = second.addcmul(mean, mean, value: -1);
                    }

                    var scale = second.sqrt().add_(eps);
                    if (momentum > 0) parameter.add_(state.momentum_buffer!.mul_(momentum).addcdiv_(gradient, scale), alpha: -lr);
                    else parameter.addcdiv_(gradient, scale, value: -lr);
                }
            }

            public class Options : OptimizerOptions
            {
                public bool? maximize;

                public double? momentum;

                public double? alpha;

                public double? eps;

                public double? weight_decay;

                public bool? centered;

                internal override void Each(OptimizerOptions other, OptionVisitor visitor)
                {
                    var its = (Options)other;
                    visitor.Visit(ref maximize, its.maximize);
                    visitor.Visit(ref momentum, its.momentum);
                    visitor.Visit(ref alpha, its.alpha);
                    visitor.Visit(ref eps, its.eps);
                    visitor.Visit(ref weight_decay, its.weight_decay);
                    visitor.Visit(ref centered, its.centered);
                }
            }

            public sealed class State : OptimizerState, IDisposable
            {
                public long step;

                public Tensor square_avg = null!;

                public Tensor? momentum_buffer;

                public Tensor? grad_avg;

                public State(Parameter parameter)
                    : base(parameter)
                {
                }

                public override void Initialize(OptimizerOptions options)
                {
                    step = 0;
                    Clear(ref square_avg);
                    Clear(ref momentum_buffer!);
                    Clear(ref grad_avg!);
                }

                public override void SaveStateDict(BinaryWriter writer) => Save(writer);

                public override void LoadStateDict(BinaryReader reader) => Load(reader);

                public override void LoadStateDict(OptimizerState source) => CopyFrom(source);

                public void Dispose() => DisposeTensors();

                internal override void Each(OptimizerState other, StateVisitor visitor)
                {
                    var its = (State)other;
                    visitor.Visit(ref step, its.step);
                    visitor.Visit(ref square_avg, its.square_avg);
                    visitor.VisitOptional(ref momentum_buffer, its.momentum_buffer);
                    visitor.VisitOptional(ref grad_avg, its.grad_avg);
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

                public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1e-3, double eps = 1e-8, double alpha = 0.99, double weight_decay = 0, double momentum = 0, bool centered = false)
                    : base(parameters, new Options { LearningRate = lr, eps = eps, alpha = alpha, weight_decay = weight_decay, momentum = momentum, centered = centered })
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
