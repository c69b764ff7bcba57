using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static Adagrad Adagrad(IEnumerable<Parameter> parameters, double lr = 0.01, double lr_decay = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10) =>
                new(parameters, lr, lr_decay, weight_decay, initial_accumulator_value, eps);

            public static Adagrad Adagrad(IEnumerable<(string name, Parameter parameter)> parameters, double lr = 0.01, double lr_decay = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10) =>
                new(parameters.Select(named => named.parameter), lr, lr_decay, weight_decay, initial_accumulator_value, eps);

            public static Adagrad Adagrad(IEnumerable<Adagrad.ParamGroup> parameters, double lr = 0.01, double lr_decay = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10) =>
                new(parameters, lr, lr_decay, weight_decay, initial_accumulator_value, eps);
        }
    }

    namespace Modules
    {
        /// <summary>
        /// Adagrad (Duchi et al. 2011): s ← s + g², θ ← θ - lr/(1 + (t-1)·decay) · g / (√s + ε).
        /// </summary>
        public class Adagrad : OptimizerHelper
        {
            public Adagrad(IEnumerable<Parameter> parameters, double lr = 0.01, double lr_decay = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10)
                : this([new ParamGroup { Parameters = parameters }], lr, lr_decay, weight_decay, initial_accumulator_value, eps)
            {
            }

            public Adagrad(IEnumerable<ParamGroup> parameters, double lr = 0.01, double lr_decay = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10)
            {
                if (lr < 0) throw new ArgumentException($"Invalid learning rate: {lr}");
                if (eps < 0) throw new ArgumentException($"Invalid ε value: {eps}");
                if (lr_decay < 0) throw new ArgumentException($"Invalid lr_decay value: {lr_decay}");
                if (weight_decay < 0) throw new ArgumentException($"Invalid weight_decay value: {weight_decay}");
                if (initial_accumulator_value < 0) throw new ArgumentException($"Invalid initial_accumulator_value value: {initial_accumulator_value}");
                _defaults = new Options
                {
                    LearningRate = lr,
                    InitialLearningRate = lr,
                    lr_decay = lr_decay,
                    initial_accumulator_value = initial_accumulator_value,
                    eps = eps,
                    weight_decay = weight_decay,
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
                var decay = options.weight_decay!.Value;
                foreach (var (parameter, raw, state) in WithGradients<State>(group))
                {
                    var gradient = decay != 0 ? raw.add(parameter, alpha: decay) : raw;
                    var lr = options.LearningRate!.Value / (1 + (state.step * options.lr_decay!.Value));
                    state.step++;
                    var scale = state.sum.addcmul_(gradient, gradient, value: 1).sqrt().add_(options.eps!.Value);
                    parameter.addcdiv_(gradient, scale, value: -lr);
                }
            }

            public class Options : OptimizerOptions
            {
                public double? lr_decay;

                public double? initial_accumulator_value;

                public double? eps;

                public double? weight_decay;

                internal override void Each(OptimizerOptions other, OptionVisitor visitor)
                {
                    var its = (Options)other;
                    visitor.Visit(ref lr_decay, its.lr_decay);
                    visitor.Visit(ref initial_accumulator_value, its.initial_accumulator_value);
                    visitor.Visit(ref eps, its.eps);
                    visitor.Visit(ref weight_decay, its.weight_decay);
                }
            }

            public sealed class State : OptimizerState, IDisposable
            {
                public long step;

                public Tensor sum = null!;

                public State(Parameter parameter)
                    : base(parameter)
                {
                }

                public override void Initialize(OptimizerOptions options)
                {
                    step = 0;
                    Clear(ref sum);
                    sum.fill_(((Options)options).initial_accumulator_value!.Value);
                }

                public override void SaveStateDict(BinaryWriter writer) => Save(writer);

                public override void LoadStateDict(BinaryReader reader) => Load(reader);

                public override void LoadStateDict(OptimizerState source) => CopyFrom(source);

                public void Dispose() => DisposeTensors();

                internal override void Each(OptimizerState other, StateVisitor visitor)
                {
                    var its = (State)other;
                    visitor.Visit(ref step, its.step);
                    visitor.Visit(ref sum, its.sum);
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

                public ParamGroup(IEnumerable<Parameter> parameters, double lr = 0.01, double lr_decay = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10)
                    : base(parameters, new Options { LearningRate = lr, lr_decay = lr_decay, weight_decay = weight_decay, initial_accumulator_value = initial_accumulator_value, eps = eps })
                {
                }
            }
        }
    }
}
