using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static Adadelta Adadelta(IEnumerable<Parameter> parameters, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double weight_decay = 0, bool maximize = false) =>
                new(parameters, lr, rho, eps, weight_decay, maximize);

            public static Adadelta Adadelta(IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double weight_decay = 0, bool maximize = false) =>
                new(parameters.Select(named => named.parameter), lr, rho, eps, weight_decay, maximize);

            public static Adadelta Adadelta(IEnumerable<Adadelta.ParamGroup> parameters, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double weight_decay = 0, bool maximize = false) =>
                new(parameters, lr, rho, eps, weight_decay, maximize);
        }
    }

    namespace Modules
    {
        /// <summary>
        /// Adadelta (Zeiler 2012): v ← ρv + (1-ρ)g², Δ = √(u+ε)/√(v+ε)·g, u ← ρu + (1-ρ)Δ², θ ← θ - lr·Δ.
        /// </summary>
        public class Adadelta : OptimizerHelper
        {
            public Adadelta(IEnumerable<Parameter> parameters, double lr, double rho = 0.9, double eps = 1e-6, double weight_decay = 0, bool maximize = false)
                : this([new ParamGroup { Parameters = parameters }], lr, rho, eps, weight_decay, maximize)
            {
            }

            public Adadelta(IEnumerable<ParamGroup> parameters, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double weight_decay = 0, bool maximize = false)
            {
                if (lr < 0) throw new ArgumentException($"Invalid learning rate: {lr}");
                if (rho < 0 || rho > 1) throw new ArgumentException($"Invalid rho value: {rho}");
                if (eps < 0) throw new ArgumentException($"Invalid ε value: {eps}");
                if (weight_decay < 0) throw new ArgumentException($"Invalid weight_decay value: {weight_decay}");
                _defaults = new Options
                {
                    LearningRate = lr,
                    InitialLearningRate = lr,
                    rho = rho,
                    eps = eps,
                    weight_decay = weight_decay,
                    maximize = maximize,
                };
                foreach (var group in parameters) add_param_group(group);
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
                var (lr, rho, eps) = (options.LearningRate!.Value, options.rho!.Value, options.eps!.Value);
                var decay = options.weight_decay!.Value;
                foreach (var (parameter, raw, state) in WithGradients<State>(group))
                {
                    var gradient = options.maximize!.Value ? raw.neg() : raw;
                    if (decay != 0) gradient = gradient.add(parameter, alpha: decay);
                    state.step++;
                    state.square_avg.mul_(rho).addcmul_(gradient, gradient, value: 1 - rho);
                    var delta = state.acc_delta.add(eps).sqrt_().div_(state.square_avg.add(eps).sqrt_()).mul_(gradient);
                    state.acc_delta.mul_(rho).addcmul_(delta, delta, value: 1 - rho);
                    parameter.add_(delta, alpha: -lr);
                }
            }

            public class Options : OptimizerOptions
            {
                public double? rho;

                public double? eps;

                public double? weight_decay;

                public bool? maximize;

                internal override void Each(OptimizerOptions other, OptionVisitor visitor)
                {
                    var its = (Options)other;
                    visitor.Visit(ref rho, its.rho);
                    visitor.Visit(ref eps, its.eps);
                    visitor.Visit(ref weight_decay, its.weight_decay);
                    visitor.Visit(ref maximize, its.maximize);
                }
            }

            public sealed class State : OptimizerState, IDisposable
            {
                public long step;

                public Tensor square_avg = null!;

                public Tensor acc_delta = null!;

                public State(Parameter parameter)
                    : base(parameter)
                {
                }

                public override void Initialize(OptimizerOptions options)
                {
                    step = 0;
                    Clear(ref square_avg);
                    Clear(ref acc_delta);
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
                    visitor.Visit(ref acc_delta, its.acc_delta);
                }
            }

            public class ParamGroup : ParamGroup<Options>
            {
                public ParamGroup()
                {
                }

                public ParamGroup(IEnumerable<Parameter> parameters, Options options)
                    : base(parameters, options)
                {
                }

                public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double weight_decay = 0, bool maximize = false)
                    : base(parameters, new Options { LearningRate = lr, rho = rho, eps = eps, weight_decay = weight_decay, maximize = maximize })
                {
                }
            }
        }
    }
}
