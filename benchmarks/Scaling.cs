using System.Diagnostics;
using Lrp.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Benchmarks;

/// <summary>Time and memory a sample with growing batches and growing depth, for EpsilonPlus on a plain stack of convolutions.</summary>
internal static class Scaling
{
    private const int Rounds = 5;
    private const string Composite = "EpsilonPlus";

    public static void Run(Report report)
    {
        set_num_threads(1);
        foreach (int batch in new[] { 1, 2, 4, 8, 16, 32 })
        {
            Measure(report, 8, batch);
        }

        foreach (int depth in new[] { 16, 32, 64 })
        {
            Measure(report, depth, 1);
        }
    }

    private static void Measure(Report report, int depth, int batch)
    {
        using nn.Module<Tensor, Tensor> model = Stack(depth);
        using Tensor images = Explanations.Images(batch, 64);
        var plain = new List<double>();
        var relevance = new List<double>();
        long held = 0;
        for (int round = 0; round <= Rounds; round++)
        {
            double p = Time(model, images);
            using Registration registration = Explanations.Register(Composite, model)!;
            Explanations.Explain(model, images);
            double r = Time(model, images);
            held = Held(model, images);
            if (round > 0)
            {
                plain.Add(p);
                relevance.Add(r);
            }
        }

        double ms = RelevanceCost.Median(relevance);
        report.AddRow(new Dictionary<string, object>
        {
            ["depth"] = depth,
            ["batch"] = batch,
            ["composite"] = Composite,
            ["plain_ms_per_sample"] = Math.Round(RelevanceCost.Median(plain) / batch, 3),
            ["ms_per_sample"] = Math.Round(ms / batch, 3),
            ["ratio"] = Math.Round(ms / RelevanceCost.Median(plain), 3),
            ["held_kib_per_sample"] = held / batch / 1024,
        });
    }

    private static double Time(nn.Module<Tensor, Tensor> model, Tensor images)
    {
        var clock = Stopwatch.StartNew();
        Explanations.Explain(model, images);
        return clock.Elapsed.TotalMilliseconds;
    }

    // What a forward pass keeps for its backward pass: the growth of the process while the graph lives.
    private static long Held(nn.Module<Tensor, Tensor> model, Tensor images)
    {
        using DisposeScope scope = NewDisposeScope();
        using var process = Process.GetCurrentProcess();
        long before = process.WorkingSet64;
        Tensor logits = model.call(images.detach().requires_grad_());
        process.Refresh();
        long after = process.WorkingSet64;
        logits.sum().backward();
        return Math.Max(0, after - before);
    }

    private static nn.Module<Tensor, Tensor> Stack(int depth)
    {
        manual_seed(0);
        var layers = new List<nn.Module<Tensor, Tensor>>();
        for (int k = 0; k < depth; k++)
        {
            layers.Add(nn.Conv2d(k == 0 ? 3 : 32, 32, 3L, padding: 1L));
            layers.Add(nn.ReLU());
        }

        layers.Add(nn.Flatten());
        layers.Add(nn.Linear(32 * 64 * 64, 10));
        nn.Module<Tensor, Tensor> model = nn.Sequential([.. layers]);
        foreach (Parameter parameter in model.parameters())
        {
            parameter.requires_grad = false;
        }

        model.eval();
        return model;
    }
}
