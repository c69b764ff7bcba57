using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static Adamax Adamax(IEnumerable<Parameter> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay);

            public static Adamax Adamax(IEnumerable<(string name, Parameter parameter)> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0) =>
                new(parameters.Select(named => named.parameter), lr, beta1, beta2, eps, weight_decay);

            public static Adamax Adamax(IEnumerable<Adamax.ParamGroup> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay);
        }
    }

    namespace Modules
    {
        /// <summary>
        /// Adamax (Kingma and Ba 2015, section 7): u ← max(β₂u, |g| + ε), θ ← θ - lr/(1-β₁ᵗ) · m/u.
        /// </summary>
        public class Adamax : OptimizerHelper, IBetas
        {
            public Adamax(IEnumerable<Parameter> parameters, double lr, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0)
                : this([new ParamGroup { Parameters = parameters }], lr, beta1, beta2, eps, weight_decay)
            {
            }

            public Adamax(IEnumerable<ParamGroup> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0)
            {
                if (lr < 0) throw new ArgumentException($"Invalid learning rate: {lr}");
                if (eps < 0) throw new ArgumentException($"Invalid ε value: {eps}");
                if (beta1 < 0 || beta1 >= 1) throw new ArgumentException($"Invalid beta1: {beta1}");
                if (beta2 < 0 || beta2 >= 1) throw new ArgumentException($"Invalid beta2: {beta2}");
                if (weight_decay < 0) throw new ArgumentException($"Invalid weight_decay value: {weight_decay}");
                _defaults = new Options
                {
                    LearningRate = lr,
                    InitialLearningRate = lr,
                    beta1 = beta1,
                    beta2 = beta2,
                    eps = eps,
                    weight_decay = weight_decay,
                };
                foreach (var group in parameters) add_param_group(group);
            }

            public (double, double) Betas
            {
                get => (((Options)_defaults).beta1!.Value, ((Options)_defaults).beta2!.Value);
                set => (((Options)_defaults).beta1, ((Options)_defaults).beta2) = value;
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
                var lr = options.LearningRate!.Value;
                var (beta1, beta2) = group.Betas;
                var decay = options.weight_decay!.Value;
                foreach (var (parameter, raw, state) in WithGradients<State>(group))
                {
                    var gradient = decay != 0 ? raw.add(parameter, alpha: decay) : raw;
                    state.step++;
                    state.exp_avg.mul_(beta1).add_(gradient, alpha: 1 - beta1);
                    state.exp_inf.copy_(maximum(state.exp_inf.mul_(beta2), gradient.abs().add_(options.eps!.Value)));
                    parameter.addcdiv_(state.exp_avg, state.exp_inf, value: -lr / (1 - Math.Pow(beta1, state.step)));
                }
            }

            public class Options : OptimizerOptions
            {
                public double? beta1;

                public double? beta2;

                public double? eps;

                public double? weight_decay;

                internal override void Each(OptimizerOptions other, OptionVisitor visitor)
                {
                    var its = (Options)other;
                    visitor.Visit(ref beta1, its.beta1);
                    visitor.Visit(ref beta2, its.beta2);
                    visitor.Visit(ref eps, its.eps);
                    visitor.Visit(ref weight_decay, its.weight_decay);
                }
            }

            public sealed class State : OptimizerState, IDisposable
            {
                public long step;

                public Tensor exp_avg = null!;

                public Tensor exp_inf = null!;

                public State(Parameter parameter)
                    : base(parameter)
                {
                }

                public override void Initialize(OptimizerOptions options)
                {
                    step = 0;
                    Clear(ref exp_avg);
                    Clear(ref exp_inf);
                }

                public override void SaveStateDict(BinaryWriter writer) => Save(writer);

                public override void LoadStateDict(BinaryReader reader) => Load(reader);

                public override void LoadStateDict(OptimizerState source) => CopyFrom(source);

                public void Dispose() => DisposeTensors();

                internal override void Each(OptimizerState other, StateVisitor visitor)
                {
                    var its = (State)other;
                    visitor.Visit(ref step, its.step);
                    visitor.Visit(ref exp_avg, its.exp_avg);
                    visitor.Visit(ref exp_inf, its.exp_inf);
                }
            }

            public class ParamGroup : ParamGroup<Options>, IBetas
            {
                public ParamGroup()
                {
                }

                public ParamGroup(IEnumerable<Parameter> parameters, Options options)
                    : base(parameters, options)
                {
                }

                public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1.0, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0)
                    : base(parameters, new Options { LearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay })
                {
                }

                public (double, double) Betas
                {
                    get => (Options.beta1!.Value, Options.beta2!.Value);
                    set => (Options.beta1, Options.beta2) = value;
                }
            }
        }
    }
}
