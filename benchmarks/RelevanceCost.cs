using System.Diagnostics;
using System.Globalization;
using Lrp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Benchmarks;

/// <summary>What an explanation costs beside a plain gradient, in time and in memory, on one thread.</summary>
internal static class RelevanceCost
{
    private const int Rounds = 5;

    public static void Run(Report report)
    {
        set_num_threads(1);
        foreach (string name in Explanations.Models.Keys)
        {
            using nn.Module<Tensor, Tensor> model = Explanations.Model(name);
            foreach (int batch in new[] { 1, 8 })
            {
                using Tensor images = Explanations.Images(batch);
                Dictionary<string, double> ms = Times(model, images);
                double plainPeak = PeakMemory.InChild(name, Explanations.Plain, batch);
                foreach (string composite in Explanations.Composites.Keys)
                {
                    report.AddRow(new Dictionary<string, object>
                    {
                        ["model"] = name,
                        ["composite"] = composite,
                        ["batch"] = batch,
                        ["plain_ms"] = Math.Round(ms[Explanations.Plain], 2),
                        ["ms"] = Math.Round(ms[composite], 2),
                        ["ratio"] = Math.Round(ms[composite] / ms[Explanations.Plain], 3),
                        ["memory_ratio"] = Math.Round(PeakMemory.InChild(name, composite, batch) / plainPeak, 3),
                    });
                }
            }
        }
    }

    // Rounds of plain and every composite in turn, so that a machine that slows down slows all of them; medians.
    private static Dictionary<string, double> Times(nn.Module<Tensor, Tensor> model, Tensor images)
    {
        string[] cases = [Explanations.Plain, .. Explanations.Composites.Keys];
        var times = cases.ToDictionary(c => c, _ => new List<double>());
        for (int round = -1; round < Rounds; round++)
        {
            foreach (string composite in cases)
            {
                using Registration? registration = Explanations.Register(composite, model);
                Explanations.Explain(model, round < 0 ? images[TensorIndex.Slice(0, 1)] : images);
                if (round < 0)
                {
                    continue;
                }

                var clock = Stopwatch.StartNew();
                Explanations.Explain(model, images);
                times[composite].Add(clock.Elapsed.TotalMilliseconds);
            }
        }

        return times.ToDictionary(t => t.Key, t => Median(t.Value));
    }

    internal static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The program's other face: explains three times and prints the process's peak memory in bytes.</summary>
    public static int Child(string[] arguments)
    {
        set_num_threads(1);
        using nn.Module<Tensor, Tensor> model = Explanations.Model(arguments[0]);
        using Tensor images = Explanations.Images(long.Parse(arguments[2], CultureInfo.InvariantCulture));
        using Registration? registration = Explanations.Register(arguments[1], model);
        for (int k = 0; k < 3; k++)
        {
            Explanations.Explain(model, images);
        }

        Console.WriteLine(PeakMemory.OfThisProcess());
        return 0;
    }
}
