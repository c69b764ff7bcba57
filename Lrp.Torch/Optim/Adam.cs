using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static Adam Adam(IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            public static Adam Adam(IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters.Select(named => named.parameter), lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            public static Adam Adam(IEnumerable<Adam.ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }
    }

    namespace Modules
    {
        /// <summary>
        /// Adam (Kingma and Ba 2015): m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g²,
        /// θ ← θ - lr·m̂ / (√v̂ + ε), with m̂ = m/(1-β₁ᵗ) and v̂ = v/(1-β₂ᵗ); with amsgrad the largest v so far (Reddi et al. 2018).
        /// Weight decay is added to the gradient.
        /// </summary>
        public class Adam : OptimizerHelper, IBetas
        {
            public Adam(IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
                : this([new ParamGroup { Parameters = parameters }], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
            {
            }

            public Adam(IEnumerable<ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
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
                    amsgrad = amsgrad,
                    maximize = maximize,
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
                    var gradient = options.maximize!.Value ? raw.neg() : raw;
                    if (decay != 0) gradient = gradient.add(parameter, alpha: decay);
                    state.step++;
                    state.exp_avg.mul_(beta1).add_(gradient, alpha: 1 - beta1);
                    state.exp_avg_sq.mul_(beta2).addcmul_(gradient, gradient.is_complex() ? gradient.conj() : gradient, value: 1 - beta2);
                    var second = state.exp_avg_sq;
                    if (options.amsgrad!.Value)
                    {
                        var largest = state.max_exp_avg_sq!;
                        second = state.max_exp_avg_sq = maximum(largest, second).DetachFromDisposeScope();
                        largest.Dispose();
                    }

                    var (bias1, bias2) = (1 - Math.Pow(beta1, state.step), 1 - Math.Pow(beta2, state.step));
                    var scale = second.sqrt().div_(Math.Sqrt(bias2)).add_(options.eps!.Value);
                    parameter.addcdiv_(state.exp_avg, scale, value: -lr / bias1);
                }
            }

            public class Options : OptimizerOptions
            {
                public double? beta1;

                public double? beta2;

                public double? eps;

                public double? weight_decay;

                public bool? amsgrad;

                public bool? maximize;

                internal override void Each(OptimizerOptions other, OptionVisitor visitor)
                {
                    var its = (Options)other;
                    visitor.Visit(ref beta1, its.beta1);
                    visitor.Visit(ref beta2, its.beta2);
                    visitor.Visit(ref eps, its.eps);
                    visitor.Visit(ref weight_decay, its.weight_decay);
                    visitor.Visit(ref amsgrad, its.amsgrad);
                    visitor.Visit(ref maximize, its.maximize);
                }
            }

            public sealed class State : OptimizerState, IDisposable
            {
                public long step;

                public Tensor exp_avg = null!;

                public Tensor exp_avg_sq = null!;

                public Tensor? max_exp_avg_sq;

                public State(Parameter parameter)
                    : base(parameter)
                {
                }

                public override void Initialize(OptimizerOptions options)
                {
                    step = 0;
                    Clear(ref exp_avg);
                    Clear(ref exp_avg_sq);
                    max_exp_avg_sq?.Dispose();
                    max_exp_avg_sq = ((Options)options).amsgrad!.Value ? zeros_like(_parameter).DetachFromDisposeScope() : null;
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
                    visitor.Visit(ref exp_avg_sq, its.exp_avg_sq);
                    visitor.VisitOptional(ref max_exp_avg_sq, its.max_exp_avg_sq);
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

                public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
                    : base(parameters, new Options { LearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay, amsgrad = amsgrad, maximize = maximize })
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
