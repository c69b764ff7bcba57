using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static NAdam NAdam(IEnumerable<Parameter> named_parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, double momentum_decay = 4e-3) =>
                new(named_parameters, lr, beta1, beta2, eps, weight_decay, momentum_decay);

            public static NAdam NAdam(IEnumerable<(string name, Parameter parameter)> named_parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, double momentum_decay = 4e-3) =>
                new(named_parameters.Select(named => named.parameter), lr, beta1, beta2, eps, weight_decay, momentum_decay);

            public static NAdam NAdam(IEnumerable<NAdam.ParamGroup> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, double momentum_decay = 4e-3) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, momentum_decay);
        }
    }

    namespace Modules
    {
        /// <summary>
        /// NAdam (Dozat 2016): Adam with Nesterov momentum, μₜ = β₁·(1 - ½·0.96^(t·momentum_decay)).
        /// </summary>
        public class NAdam : OptimizerHelper, IBetas
        {
            public NAdam(IEnumerable<Parameter> parameters, double lr, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, double momentum_decay = 4e-3)
                : this([new ParamGroup { Parameters = parameters }], lr, beta1, beta2, eps, weight_decay, momentum_decay)
            {
            }

            public NAdam(IEnumerable<ParamGroup> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, double momentum_decay = 4e-3)
            {
                if (lr < 0) throw new ArgumentException($"Invalid learning rate: {lr}");
                if (eps < 0) throw new ArgumentException($"Invalid ε value: {eps}");
                if (beta1 < 0 || beta1 >= 1) throw new ArgumentException($"Invalid beta1: {beta1}");
                if (beta2 < 0 || beta2 >= 1) throw new ArgumentException($"Invalid beta2: {beta2}");
                if (weight_decay < 0) throw new ArgumentException($"Invalid weight_decay value: {weight_decay}");
                if (momentum_decay < 0) throw new ArgumentException($"Invalid momentum_decay value: {momentum_decay}");
                _defaults = new Options
                {
                    LearningRate = lr,
                    InitialLearningRate = lr,
                    beta1 = beta1,
                    beta2 = beta2,
                    eps = eps,
                    weight_decay = weight_decay,
                    momentum_decay = momentum_decay,
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
                double Mu(long step) => beta1 * (1 - (0.5 * Math.Pow(0.96, step * options.momentum_decay!.Value)));
                foreach (var (parameter, raw, state) in WithGradients<State>(group))
                {
                    var gradient = decay != 0 ? raw.add(parameter, alpha: decay) : raw;
                    state.step++;
                    var (mu, next) = (Mu(state.step), Mu(state.step + 1));
                    state.mu_product *= mu;
                    state.exp_avg.mul_(beta1).add_(gradient, alpha: 1 - beta1);
                    state.exp_avg_sq.mul_(beta2).addcmul_(gradient, gradient, value: 1 - beta2);
                    var scale = state.exp_avg_sq.div(1 - Math.Pow(beta2, state.step)).sqrt_().add_(options.eps!.Value);
                    parameter.addcdiv_(gradient, scale, value: -lr * (1 - mu) / (1 - state.mu_product));
                    parameter.addcdiv_(state.exp_avg, scale, value: -lr * next / (1 - (state.mu_product * next)));
                }
            }

            public class Options : OptimizerOptions
            {
                public double? beta1;

                public double? beta2;

                public double? eps;

                public double? weight_decay;

                public double? momentum_decay;

                internal override void Each(OptimizerOptions other, OptionVisitor visitor)
                {
                    var its = (Options)other;
                    visitor.Visit(ref beta1, its.beta1);
                    visitor.Visit(ref beta2, its.beta2);
                    visitor.Visit(ref eps, its.eps);
                    visitor.Visit(ref weight_decay, its.weight_decay);
                    visitor.Visit(ref momentum_decay, its.momentum_decay);
                }
            }

            public sealed class State : OptimizerState, IDisposable
            {
                public long step;

                public double mu_product;

                public Tensor exp_avg = null!;

                public Tensor exp_avg_sq = null!;

                public State(Parameter parameter)
                    : base(parameter)
                {
                }

                public override void Initialize(OptimizerOptions options)
                {
                    step = 0;
                    mu_product = 1;
                    Clear(ref exp_avg);
                    Clear(ref exp_avg_sq);
                }

                public override void SaveStateDict(BinaryWriter writer) => Save(writer);

                public override void LoadStateDict(BinaryReader reader) => Load(reader);

                public override void LoadStateDict(OptimizerState source) => CopyFrom(source);

                public void Dispose() => DisposeTensors();

                internal override void Each(OptimizerState other, StateVisitor visitor)
                {
                    var its = (State)other;
                    visitor.Visit(ref step, its.step);
                    visitor.Visit(ref mu_product, its.mu_product);
                    visitor.Visit(ref exp_avg, its.exp_avg);
                    visitor.Visit(ref exp_avg_sq, its.exp_avg_sq);
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

                public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1.0, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, double momentum_decay = 4e-3)
                    : base(parameters, new Options { LearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay, momentum_decay = momentum_decay })
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
