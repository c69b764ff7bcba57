namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            /// <summary>The initial learning rate times (1 - step / total_iters) to a power.</summary>
            public static LRScheduler PolynomialLR(Optimizer optimizer, int total_iters = 5, double power = 1, int last_epoch = -1, bool verbose = false) =>
                new impl.PolynomialLR(optimizer, total_iters, power, last_epoch, verbose);

            public static partial class impl
            {
                /// <summary>The initial learning rate times (1 - step / total_iters) to a power.</summary>
                public class PolynomialLR : LRScheduler
                {
                    private readonly int _total_iters;
                    private readonly double _power;

                    public PolynomialLR(Optimizer optimizer, int total_iters = 5, double power = 1.0, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        _total_iters = total_iters;
                        _power = power;
                        step();
                    }

                    protected override IEnumerable<double> get_lr() =>
                        _last_epoch == 0 || _last_epoch > _total_iters ? Scaled(1) : Scaled(FactorAt(_last_epoch) / FactorAt(_last_epoch - 1));

                    protected override IEnumerable<double> get_closed_form_lr() => ScaledBase(FactorAt(_last_epoch));

                    private double FactorAt(int step) => Math.Pow(1 - ((double)Math.Min(_total_iters, step) / _total_iters), _power);
                }
            }
        }
    }
}
