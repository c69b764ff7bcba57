namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            /// <summary>From the initial learning rate to eta_min along half a cosine in T_max steps, and back (Loshchilov and Hutter 2017).</summary>
            public static LRScheduler CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false) =>
                new impl.CosineAnnealingLR(optimizer, T_max, eta_min, last_epoch, verbose);

            public static partial class impl
            {
                /// <summary>From the initial learning rate to eta_min along half a cosine in T_max steps, and back (Loshchilov and Hutter 2017).</summary>
                public class CosineAnnealingLR : LRScheduler
                {
                    private readonly double _T_max;
                    private readonly double _eta_min;

                    public CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        _T_max = T_max;
                        _eta_min = eta_min;
                        step();
                    }

                    protected override IEnumerable<double> get_lr()
                    {
                        if (_last_epoch == 0) return Scaled(1);
                        if ((_last_epoch - 1 - _T_max) % (2 * _T_max) == 0)
                        {
                            // The step before was the minimum, whose height above eta_min, 0, no factor gets away from.
                            return _optimizer.ParamGroups.Zip(_base_lrs, (group, initial) =>
                                group.LearningRate + ((initial - _eta_min) * (1 - Math.Cos(Math.PI / _T_max)) / 2));
                        }

                        var factor = Height(_last_epoch) / Height(_last_epoch - 1);
                        return _optimizer.ParamGroups.Select(group => ((group.LearningRate - _eta_min) * factor) + _eta_min);
                    }

                    protected override IEnumerable<double> get_closed_form_lr() =>
                        _base_lrs.Select(initial => _eta_min + ((initial - _eta_min) * Height(_last_epoch) / 2));

                    private double Height(int step) => 1 + Math.Cos(Math.PI * step / _T_max);
                }
            }
        }
    }
}
