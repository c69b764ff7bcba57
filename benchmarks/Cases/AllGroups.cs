namespace Lrp.Benchmarks.Cases;

/// <summary>All groups, in the order in which they are measured.</summary>
internal static class AllGroups
{
    /// <summary>The groups.</summary>
    public static readonly IReadOnlyList<Group> Groups =
    [
        Relevance("vgg16", batch: 1, Extent.Quick, timeShare: 45, Extent.Default, memoryShare: 60),
        Relevance("resnet18", batch: 1, Extent.Quick, timeShare: 15, Extent.Default, memoryShare: 30),
        Relevance("resnet18", batch: 8, Extent.Default, timeShare: 40, Extent.Full, memoryShare: 40),
        Relevance("vgg16", batch: 8, Extent.Full, timeShare: 250, Extent.Full, memoryShare: 100),
        .. new[] { "bert-base", "gpt2", "llama-8x512" }.SelectMany(network =>
            new[] { 1, 8 }.Select(batch => OfTransformer(network, batch))
        ),
        .. new[] { "llama-0.1B", "llama-0.3B", "llama-0.6B" }.Select(network => new Group(
            $"memory/{network}",
            TransformerMemory.Plain,
            TransformerMemory.Cases,
            () => new TransformerMemory(network, length: 256)
        )
        {
            Time = Extent.Full,
            MemoryShare = 200,
        }),
        new("loading/0.1B", LoadingCost.Plain, [new("Transformer.Load")], () => new LoadingCost()),
        .. new[] { 1, 2, 4, 8, 16, 32 }.Select(batch => Scaling(depth: 8, batch)),
        .. new[] { 16, 32, 64 }.Select(depth => Scaling(depth, batch: 1)),
        new("decomposition/mlp", "forward of batch 784", [new("784 features")], DecompositionCost.OfMlp)
        {
            Time = Extent.Quick,
        },
        new(
            "decomposition/digits",
            "forward of batch 49",
            [new("49 patches"), new("contextual, 49 masks")],
            DecompositionCost.OfDigits
        )
        {
            Time = Extent.Quick,
        },
        .. new[] { 4, 2 }.Select(patch => new Group(
            $"tree/{28 / patch}x{28 / patch}",
            TreeCost.Plain,
            [new("agglomeration")],
            () => new TreeCost(patch)
        )),
        new(
            "probe",
            ProbeCost.Plain,
            [.. ProbeCost.Solvers.Keys.Where(name => name != ProbeCost.Plain).Select(name => new Case(name))],
            () => new ProbeCost()
        )
        {
            TimeShare = 30,
        },
        .. new[] { 1, 8, 32 }.Select(samples => new Group(
            $"information/samples{samples}",
            $"forward and backward of batch {samples}",
            [new("step")],
            () => new InformationCost(samples)
        )),
        new("onnx/resnet18", OnnxCost.Plain, [new("EpsilonPlus")], () => new OnnxCost()) { TimeShare = 15 },
        new("onnx/100MB", OnnxLoading.Plain, [new("loading")], () => new OnnxLoading()),
        new(
            "addition",
            OperatorCost.Plain,
            [new("in dispose scopes"), new("in dispose scopes, no_grad"), new("left to the collector")],
            () => new OperatorCost()
        )
        {
            Time = Extent.Quick,
        },
    ];

    private static Group Relevance(
        string network,
        int batch,
        Extent time,
        double timeShare,
        Extent memory,
        double memoryShare
    )
    {
        return new(
            $"lrp/{network}/batch{batch}",
            RelevanceCost.Plain,
            [.. MeasuredComposites.All.Select(composite => new Case(composite.Name, composite.From))],
            () => new RelevanceCost(Networks.Named[network], batch, size: 224)
        )
        {
            Time = time,
            TimeShare = timeShare,
            Memory = memory,
            MemoryShare = memoryShare,
        };
    }

    private static Group OfTransformer(string network, int batch) =>
        new(
            $"transformer/{network}/batch{batch}",
            TransformerCost.Plain,
            TransformerCost.Cases,
            () => new TransformerCost(network, batch, length: 128)
        )
        {
            Time = batch == 1 ? Extent.Default : Extent.Full,
            TimeShare = 10 * batch,
        };

    private static Group Scaling(int depth, int batch) =>
        new(
            $"scaling/depth{depth}/batch{batch}",
            RelevanceCost.Plain,
            [new("EpsilonPlus")],
            () => new RelevanceCost(() => Networks.Stack(depth), batch, size: 64)
        );
}
